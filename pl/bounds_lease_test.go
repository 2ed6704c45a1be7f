package pl_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
)

// Fast items are taken many at a time. When the function suddenly stops, those that
// were taken and not started still count for MaxSize, and so do results that were
// not passed on. This runs in real time, and looks at the bound at every event.
func TestBoundWhenAFastFunctionStops(t *testing.T) {
	for _, b := range backends {
		for _, size := range []struct{ n, m int }{{1, 17}, {1, 64}, {2, 100}, {4, 512}, {3, 5}} {
			t.Run(fmt.Sprintf("%v,workers=%d,max=%d", b, size.n, size.m), func(t *testing.T) {
				const fast = 5000
				n := workersOf(b, size.n)
				var pulls, started, passed, finished, worst, behind atomic.Int64
				var stop sync.Once
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				src := pl.Generate(func(_ context.Context, emit func(int) bool) error {
					for i := 0; ; i++ {
						// The workers have at most n more than have started; one is in the hand.
						over := pulls.Add(1) - started.Load() - int64(size.m+n+1)
						worst.Store(max(worst.Load(), over))
						if !emit(i) {
							return nil
						}
					}
				})
				f := func(ctx context.Context, x int) (int, error) {
					started.Add(1)
					if x >= fast {
						stop.Do(func() { time.AfterFunc(20*time.Millisecond, cancel) })
						<-ctx.Done()
					}
					over := finished.Add(1) - passed.Load() - int64(size.m+n+n)
					behind.Store(max(behind.Load(), over))
					return x, nil
				}
				opts := pl.Options(pl.Workers(size.n), pl.MaxSize(size.m))
				next := pl.Map(b, pl.Fn(func(_ context.Context, x int) (int, error) { passed.Add(1); return x, nil }), opts)
				err := pl.Pipe2(src, pl.Map(b, pl.Fn(f), opts), next).Run(ctx)
				require.Equal(t, context.Canceled, err)
				require.LessOrEqual(t, worst.Load(), int64(0), "too many in front of the first stage")
				require.LessOrEqual(t, behind.Load(), int64(n), "too many in front of the second stage") // n more were finished by the cancellation
			})
		}
	}
}
