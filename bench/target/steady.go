package target

import (
	"context"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

// steady measures what an item allocates once a run is under way: what a run of
// twice the items allocates more, per item.
type steady struct {
	workload string
	ours     string
	most     float64 // objects per item
}

func (t steady) Name() string { return t.workload + "-allocs" }

func (t steady) Measure(ctx context.Context, e Env) ([]report.Target, error) {
	w, err := workload.Find(t.workload, e.Workloads)
	if err != nil {
		return nil, err
	}
	n := w.ItemsOver(e.Shrink)
	job := w.Job(2*n, w.Workers)
	long, err := contenders(job, t.ours)
	if err != nil {
		return nil, err
	}
	half, err := contenders(w.Job(n, w.Workers), t.ours)
	if err != nil {
		return nil, err
	}
	series, err := measure.Interleave(ctx, append(long, half...), e.options(w))
	if err != nil {
		return nil, err
	}
	more := make([]float64, len(series[0].Samples))
	for i := range more {
		more[i] = (measure.Allocs(series[0].Samples[i]) - measure.Allocs(series[1].Samples[i])) / float64(n)
	}
	s := measure.Summarize(more)
	return []report.Target{{
		Name:  t.workload + ": allocations once under way",
		Unit:  "allocs/item",
		Ours:  s.Median,
		Ratio: s,
		Most:  t.most,
		Met:   met(s.Median, t.most),
	}}, nil
}
