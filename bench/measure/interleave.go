package measure

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// ErrOptions is the error of [Interleave] for options out of range.
var ErrOptions = errors.New("measure: bad options")

// Options say how to measure.
type Options struct {
	Rounds int           // at least 1
	Warmup bool          // run everything once before, uncounted
	Peak   bool          // watch the memory in use; costs a look per millisecond
	Limit  time.Duration // of one run; 0 is two minutes
	// Before, if set, is called before every run: the number of runs done, the number
	// of all, and what comes next.
	Before func(done, total int, name string)
}

// Interleave runs every entry once per round and returns a series for each, in the
// order of entries. The order within a round changes from round to round and is the
// same in every process.
//
// The first error of a run ends it, because what was not done right need not be
// measured: the error names the entry. When ctx ends, the run under way is
// completed, and the error is the cause.
func Interleave(ctx context.Context, entries []Entry, o Options) ([]Series, error) {
	if o.Rounds < 1 || o.Limit < 0 {
		return nil, fmt.Errorf("%w: Rounds is %d, Limit %v: give at least one round and no negative limit", ErrOptions, o.Rounds, o.Limit)
	}
	if o.Limit == 0 {
		o.Limit = 2 * time.Minute
	}
	series := make([]Series, len(entries))
	for i, e := range entries {
		series[i].Name = e.Name
	}
	first := 0
	if o.Warmup {
		first = -1
	}
	done, total := 0, (o.Rounds-first)*len(entries)
	order := rand.New(rand.NewPCG(1, 2))
	for round := first; round < o.Rounds; round++ {
		for _, i := range order.Perm(len(entries)) {
			if ctx.Err() != nil {
				return series, context.Cause(ctx)
			}
			if o.Before != nil {
				o.Before(done, total, entries[i].Name)
			}
			s, err := take(ctx, entries[i], o)
			if err != nil {
				return series, fmt.Errorf("measure: %s: %w", entries[i].Name, err)
			}
			if round >= 0 {
				series[i].Samples = append(series[i].Samples, s)
			}
			done++
		}
	}
	return series, nil
}
