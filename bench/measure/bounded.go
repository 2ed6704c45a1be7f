package measure

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/sourcegraph/conc/panics"
)

// ErrHang is the error of a run that did not end within [Options.Limit].
var ErrHang = errors.New("measure: run did not end")

// bounded runs e and gives up on it after limit. Its goroutines cannot be ended, so
// the only thing to do with the process then is to read the stacks and leave.
func bounded(ctx context.Context, e Entry, limit time.Duration) (float64, error) {
	type result struct {
		value float64
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		if p := panics.Try(func() { r.value, r.err = e.Run(ctx) }); p != nil {
			r.err = p.AsError()
		}
		done <- r
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		return 0, fmt.Errorf("%w: %s: within %v\n\n%s", ErrHang, e.Name, limit, stacks)
	}
}
