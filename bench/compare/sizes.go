package compare

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/pl"

	"github.com/penstock/penstock/bench/hop"
	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

// enough is how much slower than the best a bound may be to be worth choosing.
const enough = 1.2

// Sizes measures the bounds of a queue beside each other, for the job of a stage on
// backend b. The rows are in the order of the sizes, and their notes say how they relate
// to the best.
func Sizes(ctx context.Context, b pl.Backend, job *workload.Job, sizes []int, o Options) (report.Table, error) {
	o.Contenders = peer.Sized(b, sizes)
	var entries []measure.Entry
	for _, c := range o.Contenders {
		e, _, _ := c.Entry(job)
		entries = append(entries, e)
	}
	perItem := 1 / float64(max(1, job.Items*job.Repeat))
	t := report.Table{Title: job.Title + ", on " + b.String(), Items: job.Items, Workers: job.Workers}
	return sized(ctx, t, entries, measure.Wall, perItem, o)
}

// FarSizes is Sizes for package process and items that are integers. What a worker takes
// to start does not count.
func FarSizes(ctx context.Context, workers, shrink int, sizes []int, o Options) (report.Table, error) {
	t := report.Table{Title: "1 stage, x+1, on process", Workers: workers}
	var entries []measure.Entry
	for _, w := range hop.Sized(sizes) {
		entries = append(entries, w.Entry(w.Over(shrink), workers))
		t.Items = max(t.Items, w.Over(shrink))
	}
	return sized(ctx, t, entries, measure.Value, 1, o)
}

func sized(ctx context.Context, t report.Table, entries []measure.Entry, m measure.Metric, scale float64, o Options) (report.Table, error) {
	t.Workload = "maxsize"
	series, err := measure.Interleave(ctx, entries, measure.Options{Rounds: o.Rounds, Warmup: true, Before: o.Before})
	if t.Rounds = complete(series); t.Rounds == 0 {
		return t, err
	}
	best := 0
	for i := range series {
		s := &series[i]
		s.Samples = s.Samples[:t.Rounds]
		t.Rows = append(t.Rows, report.Row{
			Name: s.Name, Kind: string(peer.Penstock),
			Time:   measure.Summarize(s.Of(m)).Scale(scale),
			Allocs: measure.Summarize(s.Of(measure.Allocs)).Median / float64(max(1, t.Items)),
			Bytes:  measure.Summarize(s.Of(measure.Bytes)).Median / float64(max(1, t.Items)),
		})
		if t.Rows[i].Time.Median < t.Rows[best].Time.Median {
			best = i
		}
	}
	chosen := false
	for i := range t.Rows {
		r := &t.Rows[i]
		r.Ratio = measure.Ratio(series[i], series[best], m).Median
		r.Note = fmt.Sprintf("%.2f of the best", r.Ratio)
		if !chosen && r.Ratio <= enough {
			chosen = true
			r.Note += ": the smallest within 20 %"
		}
	}
	return t, err
}
