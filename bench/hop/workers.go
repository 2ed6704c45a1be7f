package hop

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// share runs body once per worker, each in a goroutine, and returns the sum of what
// they have counted. next gives out the numbers from 0 to n-1, each to one of them.
// The first error ends all.
func share(ctx context.Context, n, workers int, body func(ctx context.Context, next func() (int, bool), t *timing) error) (timing, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		given atomic.Int64
		wg    sync.WaitGroup
		mu    sync.Mutex
		sum   timing
		errs  []error
	)
	next := func() (int, bool) {
		i := int(given.Add(1)) - 1
		return i, i < n && ctx.Err() == nil
	}
	for range workers {
		wg.Go(func() {
			var t timing
			err := body(ctx, next, &t)
			mu.Lock()
			defer mu.Unlock()
			sum.merge(t)
			if err != nil {
				errs = append(errs, err)
				cancel(err)
			}
		})
	}
	wg.Wait()
	if len(errs) == 0 && ctx.Err() != nil {
		errs = append(errs, context.Cause(ctx))
	}
	return sum, errors.Join(errs...)
}
