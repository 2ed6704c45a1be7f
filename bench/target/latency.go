package target

import (
	"context"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/report"
)

// latency compares how long single items take through three stages that have nothing
// else to do with what unbuffered channels take: an item must not wait for company.
type latency struct {
	most float64 // of the 99th percentiles
}

func (latency) Name() string { return "latency" }

const (
	latencyItems = 1_000
	latencyEvery = time.Millisecond
)

func (t latency) Measure(ctx context.Context, e Env) ([]report.Target, error) {
	n := max(100, latencyItems/max(1, e.Shrink))
	series, err := measure.Interleave(ctx, []measure.Entry{
		{Name: "latency, penstock thread", Run: func(ctx context.Context) (float64, error) { return stageLatency(ctx, n) }},
		{Name: "latency, channels", Run: func(context.Context) (float64, error) { return channelLatency(n), nil }},
	}, measure.Options{Rounds: e.Rounds, Warmup: true, Before: e.Before})
	if err != nil {
		return nil, err
	}
	ratio := measure.Ratio(series[0], series[1], measure.Value)
	return []report.Target{{
		Name:    "latency: 3 idle stages, one item per ms, p99",
		Against: "channels, unbuffered",
		Unit:    "µs",
		Ours:    measure.Summarize(series[0].Of(measure.Value)).Median / 1e3,
		Theirs:  measure.Summarize(series[1].Of(measure.Value)).Median / 1e3,
		Ratio:   ratio,
		Most:    t.most,
		Met:     met(ratio.Median, t.most),
	}}, nil
}

// stageLatency returns the 99th percentile in nanoseconds. An item is the time at
// which it was emitted.
func stageLatency(ctx context.Context, n int) (float64, error) {
	src := pl.Generate(func(ctx context.Context, emit func(time.Time) bool) error {
		for range n {
			time.Sleep(latencyEvery)
			if !emit(time.Now()) {
				return ctx.Err()
			}
		}
		return nil
	})
	pass := func(_ context.Context, t time.Time) (time.Time, error) { return t, nil }
	var took []float64
	for at, err := range pl.Pipe3(src, thread.Map(pass), thread.Map(pass), thread.Map(pass)).All(ctx) {
		if err != nil {
			return 0, err
		}
		took = append(took, float64(time.Since(at)))
	}
	return measure.Quantile(took, 0.99), nil
}

// channelLatency is stageLatency with three goroutines between unbuffered channels.
func channelLatency(n int) float64 {
	c := make(chan time.Time)
	go func() {
		defer close(c)
		for range n {
			time.Sleep(latencyEvery)
			c <- time.Now()
		}
	}()
	out := (<-chan time.Time)(c)
	for range 3 {
		out = pass(out)
	}
	var took []float64
	for at := range out {
		took = append(took, float64(time.Since(at)))
	}
	return measure.Quantile(took, 0.99)
}

func pass(in <-chan time.Time) <-chan time.Time {
	out := make(chan time.Time)
	go func() {
		defer close(out)
		for t := range in {
			out <- t
		}
	}()
	return out
}
