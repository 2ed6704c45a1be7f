package compare

import (
	"context"
	"time"

	"github.com/penstock/penstock/bench/hop"
	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/report"
)

// HopOptions say how to compare ways to another process and back.
type HopOptions struct {
	Rounds int                                // at least 1
	Shrink int                                // divides the number of items, at least 1
	Before func(done, total int, name string) // as in measure.Options
}

// Hop runs all ways of a load, interleaved, after one round that does not count. When
// ctx ends, the result has the rounds that were complete until then, and the error is
// the cause.
func Hop(ctx context.Context, l hop.Load, workers int, o HopOptions) (report.Hop, error) {
	h := report.Hop{
		Load: l.Name, Title: l.Title, Bytes: l.Bytes, Workers: workers, Reference: hop.Gob, Limit: hop.Copy,
	}
	var entries []measure.Entry
	at := map[string]int{}
	for i, w := range l.Ways {
		n := w.Over(o.Shrink)
		entries = append(entries, w.Entry(n, workers))
		h.Rows = append(h.Rows, report.HopRow{Name: w.Name, Items: n, Note: w.Note})
		at[w.Name] = i
	}
	series, err := measure.Interleave(ctx, entries, measure.Options{Rounds: o.Rounds, Warmup: true, Before: o.Before})
	if h.Rounds = complete(series); h.Rounds == 0 {
		h.Rows = nil
		return h, err
	}
	for i := range series {
		series[i].Samples = series[i].Samples[:h.Rounds]
	}
	for i := range h.Rows {
		r := &h.Rows[i]
		r.Time = measure.Summarize(series[i].Of(measure.Value))
		r.Ratio = measure.Ratio(series[i], series[at[hop.Gob]], measure.Value).Median
		r.OfLimit = measure.Ratio(series[i], series[at[hop.Copy]], measure.Value).Median
	}
	return h, err
}

// Starts measures what the workers of the ways of a load cost to start and end.
func Starts(ctx context.Context, l hop.Load, workers int, o HopOptions) ([]report.Start, error) {
	var entries []measure.Entry
	for _, w := range l.Ways {
		entries = append(entries, w.Start(workers))
	}
	series, err := measure.Interleave(ctx, entries, measure.Options{Rounds: o.Rounds, Warmup: true, Before: o.Before})
	rounds := complete(series)
	if rounds == 0 {
		return nil, err
	}
	var starts []report.Start
	for _, s := range series {
		s.Samples = s.Samples[:rounds]
		starts = append(starts, report.Start{
			Name: s.Name, Workers: workers, Rounds: rounds,
			Time: measure.Summarize(s.Of(measure.Value)).Scale(1 / float64(time.Millisecond)),
		})
	}
	return starts, err
}
