package target

import (
	"context"
	"math"
	"time"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/report"
)

// ideal compares a workload that only waits with the time that its waits take at
// least, one after the other on each worker.
type ideal struct {
	workload string
	ours     string
	wait     time.Duration // of each item
	most     float64
}

func (t ideal) Name() string { return t.workload }

func (t ideal) Measure(ctx context.Context, e Env) ([]report.Target, error) {
	job, err := e.fullJob(t.workload, 0)
	if err != nil {
		return nil, err
	}
	entries, err := contenders(job, t.ours)
	if err != nil {
		return nil, err
	}
	series, err := measure.Interleave(ctx, entries, e.options(job.Workload))
	if err != nil {
		return nil, err
	}
	turns := math.Ceil(float64(job.Items) / float64(job.Workers))
	best := turns * float64(t.wait)
	ratio := measure.Summarize(series[0].Of(measure.Wall)).Scale(1 / best)
	return []report.Target{{
		Name:    title(job),
		Against: "ideal",
		Unit:    "ms",
		Ours:    ratio.Median * best / float64(time.Millisecond),
		Theirs:  best / float64(time.Millisecond),
		Ratio:   ratio,
		Most:    t.most,
		Met:     met(ratio.Median, t.most),
	}}, nil
}
