package target

import (
	"context"
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
	return []report.Target{t.judge(job, series[0])}, nil
}
