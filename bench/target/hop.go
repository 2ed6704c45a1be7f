package target

import (
	"context"

	"github.com/penstock/penstock/bench/hop"
	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/report"
)

// far compares the process backend with another way to another process and back.
type far struct {
	load    string
	workers int
	theirs  string
	most    float64
}

func (t far) Name() string { return "process-" + t.load }

func (t far) Measure(ctx context.Context, e Env) ([]report.Target, error) {
	l, err := hop.Find(t.load, hop.All())
	if err != nil {
		return nil, err
	}
	var entries []measure.Entry
	for _, name := range []string{hop.Penstock, t.theirs} {
		w, err := l.Way(name)
		if err != nil {
			return nil, err
		}
		entries = append(entries, w.Entry(w.Over(e.Shrink), t.workers))
	}
	series, err := measure.Interleave(ctx, entries, measure.Options{Rounds: e.Rounds, Warmup: true, Before: e.Before})
	if err != nil {
		return nil, err
	}
	ratio := measure.Ratio(series[0], series[1], measure.Value)
	return []report.Target{{
		Name:    titleOf(t.Name(), t.workers),
		Against: t.theirs,
		Unit:    perItem.name,
		Ours:    measure.Summarize(series[0].Of(measure.Value)).Median,
		Theirs:  measure.Summarize(series[1].Of(measure.Value)).Median,
		Ratio:   ratio,
		Most:    t.most,
		Met:     met(ratio.Median, t.most),
	}}, nil
}
