// Package compare measures all contenders on one workload beside each other and
// makes a table of it.
package compare

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

// Options say what to compare.
type Options struct {
	Contenders []peer.Contender
	Rounds     int // at least 1; a workload may have a lower limit, unless Force is set
	Force      bool
	Before     func(done, total int, name string) // as in measure.Options
}

// rounds returns how many rounds o has for w.
func (o Options) rounds(w workload.Workload) int {
	if w.Rounds > 0 && !o.Force {
		return min(o.Rounds, w.Rounds)
	}
	return o.Rounds
}

// Table runs job on all contenders that can, interleaved, after one round that does
// not count, and returns the rows in the order of time, and the samples of the complete
// rounds in the order of o.Contenders. When ctx ends, the table has the rounds that were
// complete until then, and the error is the cause.
func Table(ctx context.Context, job *workload.Job, o Options) (report.Table, []measure.Series, error) {
	t := report.Table{
		Workload: job.Name, Title: job.Title, Items: job.Items, Workers: job.Workers, Memory: job.Memory, InOrder: job.InOrder,
	}
	var entries []measure.Entry
	rivals := map[string]bool{}
	for _, c := range o.Contenders {
		e, note, ok := c.Entry(job)
		if !ok {
			continue
		}
		entries = append(entries, e)
		t.Rows = append(t.Rows, report.Row{Name: c.Name, Kind: string(c.Kind), Note: note})
		rivals[c.Name] = c.Rival(job)
	}
	series, err := measure.Interleave(ctx, entries, measure.Options{
		Rounds: o.rounds(job.Workload), Warmup: true, Peak: job.Memory, Before: o.Before,
	})
	t.Rounds = complete(series)
	if t.Rounds == 0 {
		t.Rows = nil
		return t, nil, err
	}
	perItem := 1 / float64(max(1, job.Items*job.Repeat))
	for i := range t.Rows {
		series[i].Samples = series[i].Samples[:t.Rounds]
		s := series[i]
		r := &t.Rows[i]
		r.Time = measure.Summarize(s.Of(measure.Wall)).Scale(perItem)
		r.Allocs = measure.Summarize(s.Of(measure.Allocs)).Median * perItem
		r.Bytes = measure.Summarize(s.Of(measure.Bytes)).Median * perItem
		r.Peak = measure.Summarize(s.Of(measure.Peak)).Median
	}
	slices.SortStableFunc(t.Rows, func(a, b report.Row) int {
		return cmp.Compare(a.Time.Median, b.Time.Median)
	})
	relate(&t, rivals)
	return t, series, err
}

// relate fills in the ratios to the fastest rival. The rows are in the order of time.
func relate(t *report.Table, rivals map[string]bool) {
	i := slices.IndexFunc(t.Rows, func(r report.Row) bool { return rivals[r.Name] })
	if i < 0 {
		return
	}
	t.Reference = t.Rows[i].Name
	for k := range t.Rows {
		t.Rows[k].Ratio = t.Rows[k].Time.Median / t.Rows[i].Time.Median
	}
}

// complete returns in how many rounds all series have a sample.
func complete(series []measure.Series) int {
	if len(series) == 0 {
		return 0
	}
	n := math.MaxInt
	for _, s := range series {
		n = min(n, len(s.Samples))
	}
	return n
}
