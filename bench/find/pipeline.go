package find

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
	"github.com/penstock/penstock/pl/tune"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

// ErrCrew is the error of a crew that no pipeline can have.
var ErrCrew = errors.New("find: a stage needs at least one worker")

// A Crew is how many workers each stage has.
type Crew struct{ Fetch, Compute, Store int }

// DefaultCrew has its bottleneck in the middle.
var DefaultCrew = Crew{Fetch: 16, Compute: 1, Store: 8}

// What an item costs in each stage.
const (
	fetchTime   = time.Millisecond       // of waiting
	computeTime = 200 * time.Microsecond // of a processor
	storeTime   = time.Millisecond       // of waiting
)

// PipelineOptions say how to run a pipeline.
type PipelineOptions struct {
	Crew   Crew
	Items  int // of a run, at least 1
	Rounds int // at least 1
	Before func(done, total int, name string)
}

// Pipeline runs a pipeline of three stages in rounds, and takes the verdict of each
// run. If the verdict of the first says that one more worker in a stage would help,
// runs with it take turns with the others, so that what it brings can be compared with
// the estimate.
func Pipeline(ctx context.Context, spin workload.Spin, o PipelineOptions) (report.Pipeline, error) {
	if min(o.Crew.Fetch, o.Crew.Compute, o.Crew.Store) < 1 {
		return report.Pipeline{}, fmt.Errorf("%w: %+v", ErrCrew, o.Crew)
	}
	p := pipeline{spin: spin, items: o.Items}
	if o.Before != nil {
		o.Before(0, 2*(o.Rounds+1), "first look")
	}
	if _, err := p.run(ctx, o.Crew); err != nil {
		return report.Pipeline{}, err
	}
	stage, more := p.verdict.Bottleneck, o.Crew
	if stage >= 0 {
		*more.of(p.verdict.Loads[stage].Name)++
	}
	var verdicts []tune.Verdict
	entries := []measure.Entry{{Name: "as it is", Run: func(ctx context.Context) (float64, error) {
		rate, err := p.run(ctx, o.Crew)
		verdicts = append(verdicts, p.verdict)
		return rate, err
	}}}
	if stage >= 0 {
		entries = append(entries, measure.Entry{Name: "one more worker", Run: func(ctx context.Context) (float64, error) { return p.run(ctx, more) }})
	}
	series, err := measure.Interleave(ctx, entries, measure.Options{Rounds: o.Rounds, Before: o.Before})
	if len(series[0].Samples) == 0 {
		return report.Pipeline{}, err
	}
	return sumUp(o, stage, verdicts, series), err
}

// sumUp makes a report of the rounds.
func sumUp(o PipelineOptions, stage int, verdicts []tune.Verdict, series []measure.Series) report.Pipeline {
	r := report.Pipeline{
		Title: fmt.Sprintf("fetch (%v of waiting, task), compute (%v of CPU, thread), store (%v of waiting, thread)", fetchTime, computeTime, storeTime),
		Items: o.Items, Rounds: len(series[0].Samples), Rate: measure.Summarize(series[0].Of(measure.Value)),
	}
	v := verdicts[len(verdicts)-1]
	r.Verdict = v.String()
	var gains []float64
	for _, v := range verdicts {
		gains = append(gains, v.Gain)
	}
	for i, l := range v.Loads {
		var busy, fill []float64
		for _, v := range verdicts {
			busy, fill = append(busy, v.Loads[i].Busy), append(fill, v.Loads[i].Fill)
		}
		r.Stages = append(r.Stages, report.Load{
			Name: l.Name, Backend: l.Backend, Workers: l.Workers, MaxSize: l.MaxSize,
			Busy: measure.Summarize(busy).Median, Fill: measure.Summarize(fill).Median,
		})
	}
	if stage >= 0 && len(series[1].Samples) > 0 {
		r.Bottleneck = v.Loads[stage].Name
		r.Estimate = measure.Summarize(gains)
		r.Measured = measure.Ratio(series[1], series[0], measure.Value)
	}
	return r
}

// of returns the workers of a stage.
func (c *Crew) of(stage string) *int {
	switch stage {
	case "fetch":
		return &c.Fetch
	case "compute":
		return &c.Compute
	default:
		return &c.Store
	}
}

type pipeline struct {
	spin    workload.Spin
	items   int
	verdict tune.Verdict // of the latest run
}

// run returns the items per second.
func (p *pipeline) run(ctx context.Context, c Crew) (float64, error) {
	busy := p.spin.Busy(computeTime)
	pause := func(d time.Duration) func(context.Context, int) (int, error) {
		return func(_ context.Context, x int) (int, error) { time.Sleep(d); return x, nil }
	}
	s := pl.Pipe3(pl.Range(p.items),
		task.Map(pause(fetchTime), pl.Workers(c.Fetch), pl.Name("fetch"), pl.MaxSize(64)),
		thread.Map(pl.Lift(busy), pl.Workers(c.Compute), pl.Name("compute"), pl.MaxSize(64)),
		thread.Map(pause(storeTime), pl.Workers(c.Store), pl.Name("store"), pl.MaxSize(64)))
	var m pl.Monitor
	rec := tune.Record(&m)
	start := time.Now()
	err := s.Run(ctx, pl.Watch(&m))
	rate := float64(p.items) / time.Since(start).Seconds()
	p.verdict = rec.Stop()
	return rate, err
}
