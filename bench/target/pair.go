package target

import (
	"context"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

// A Pair compares two contenders on one workload.
type Pair struct {
	Workload string
	Workers  int // 0 for those of the workload
	Ours     string
	Theirs   string
	Bounds   []Bound
}

// A Bound is the most that the ratio of a quantity may be.
type Bound struct {
	Unit Unit
	Most float64
}

// A Unit is a quantity that can be compared.
type Unit struct {
	name   string
	metric measure.Metric
	scale  func(j *workload.Job) float64
}

var (
	perItem = Unit{"ns/item", measure.Wall, func(j *workload.Job) float64 {
		return 1 / float64(max(1, j.Items*j.Repeat))
	}}
	peakMemory = Unit{"peak MiB", measure.Peak, func(*workload.Job) float64 { return 1.0 / (1 << 20) }}
)

// Name is the name of the workload.
func (p Pair) Name() string { return p.Workload }

// Measure runs both contenders interleaved and returns a target per bound.
func (p Pair) Measure(ctx context.Context, e Env) ([]report.Target, error) {
	job, err := e.fullJob(p.Workload, p.Workers)
	if err != nil {
		return nil, err
	}
	entries, err := contenders(job, p.Ours, p.Theirs)
	if err != nil {
		return nil, err
	}
	series, err := measure.Interleave(ctx, entries, e.options(job.Workload))
	if err != nil {
		return nil, err
	}
	return p.judge(job, series[0], series[1]), nil
}

func (p Pair) judge(job *workload.Job, ours, theirs measure.Series) []report.Target {
	var targets []report.Target
	for _, b := range p.Bounds {
		scale := b.Unit.scale(job)
		ratio := measure.Ratio(ours, theirs, b.Unit.metric)
		targets = append(targets, report.Target{
			Name:    title(job),
			Against: p.Theirs,
			Unit:    b.Unit.name,
			Ours:    measure.Summarize(ours.Of(b.Unit.metric)).Median * scale,
			Theirs:  measure.Summarize(theirs.Of(b.Unit.metric)).Median * scale,
			Ratio:   ratio,
			Most:    b.Most,
			Met:     met(ratio.Median, b.Most),
		})
	}
	return targets
}

// contenders returns the entries of contenders by name. One that does not run the
// job is as unknown as one that does not exist.
func contenders(job *workload.Job, names ...string) ([]measure.Entry, error) {
	var entries []measure.Entry
	for _, name := range names {
		c, err := peer.Find(name, peer.All())
		if err != nil {
			return nil, err
		}
		entry, _, ok := c.Entry(job)
		if !ok {
			return nil, &NoRunError{Contender: name, Workload: job.Name}
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// A NoRunError says that a target asks a contender for what it does not do.
type NoRunError struct {
	Contender string
	Workload  string
}

func (e *NoRunError) Error() string {
	return "target: " + e.Contender + " does not run " + e.Workload + ": choose another contender for this target"
}
