package pl_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

func TestFromContextElsewhere(t *testing.T) {
	_, ok := pl.FromContext(t.Context())
	require.False(t, ok)
	h := pl.OnStart(func(ctx context.Context, w pl.Worker) (int, error) {
		_, ok := pl.FromContext(ctx)
		require.False(t, ok, "a hook is no call")
		require.Equal(t, pl.Worker{Stage: "s", Backend: "thread", Index: w.Index, PID: os.Getpid()}, w)
		return 0, nil
	})
	f := func(ctx context.Context, _, x int) (int, error) {
		type key struct{}
		sub, cancel := context.WithCancel(context.WithValue(ctx, key{}, 1))
		defer cancel()
		i, ok := pl.FromContext(sub)
		require.True(t, ok, "a context made of that of the call has it too")
		require.Equal(t, []int{x}, i.Index)
		require.Equal(t, "s", i.Worker.Stage)
		return x, nil
	}
	require.NoError(t, pl.Map(thread.Backend, pl.With(h, f), pl.Workers(2), pl.Name("s"))(pl.Range(20)).Run(t.Context()))
}

func TestValuesOfTheContextReachFunctionsAndHooks(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "v")
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		seen := 0
		see := func(ctx context.Context) {
			if ctx.Value(key{}) == "v" {
				seen++
			}
		}
		h := pl.OnStart(func(ctx context.Context, _ pl.Worker) (int, error) { see(ctx); return 0, nil }).
			OnDone(func(ctx context.Context, _ int, _ pl.Status) error { see(ctx); return nil })
		f := func(ctx context.Context, _, x int) (int, error) { see(ctx); return x, nil }
		bctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, ctx.Value(key{})))
		defer cancel()
		require.NoError(t, pl.Map(b, pl.With(h, f), pl.Timeout(time.Minute))(pl.Range(1)).Run(bctx))
		require.Equal(t, 3, seen)
	})
}

// TestResourceIsExclusive relies on the race detector: the counters are not guarded.
func TestResourceIsExclusive(t *testing.T) {
	type resource struct{ uses, index int }
	for _, b := range backends {
		for _, rr := range []bool{false, true} {
			var mu sync.Mutex
			total, open := 0, 0
			h := pl.OnStart(func(_ context.Context, w pl.Worker) (*resource, error) {
				mu.Lock()
				defer mu.Unlock()
				open++
				return &resource{index: w.Index}, nil
			}).OnDone(func(_ context.Context, r *resource, s pl.Status) error {
				mu.Lock()
				defer mu.Unlock()
				total += r.uses
				open--
				require.Equal(t, r.index, s.Worker.Index)
				return nil
			})
			f := func(ctx context.Context, r *resource, x int) (int, error) {
				r.uses++
				i, _ := pl.FromContext(ctx)
				require.Equal(t, r.index, i.Worker.Index)
				return x, nil
			}
			opts := []pl.Option{pl.Workers(8)}
			if rr {
				opts = append(opts, pl.RoundRobin())
			}
			require.NoError(t, pl.Map(b, pl.With(h, f), opts...)(pl.Range(5000)).Run(t.Context()))
			require.Equal(t, 5000, total)
			require.Zero(t, open)
		}
	}
}

// In a pool of places, a burst opens as many resources as it needs, and later items
// use them again.
func TestTaskOpensResourcesWhenNeeded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var mu sync.Mutex
		opened := map[int]int{}
		h := pl.OnStart(func(_ context.Context, w pl.Worker) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			opened[w.Index]++
			return w.Index, nil
		})
		f := func(_ context.Context, _, x int) (int, error) { time.Sleep(time.Second); return x, nil }
		src := pl.Generate(func(_ context.Context, emit func(int) bool) error {
			for _, burst := range []int{2, 30, 1, 7} {
				for range burst {
					emit(burst)
				}
				time.Sleep(time.Minute)
			}
			return nil
		})
		begin := time.Now()
		v, err := pl.Map(task.Backend, pl.With(h, f), pl.Workers(1000))(src).Collect(t.Context())
		require.NoError(t, err)
		require.Len(t, v, 40)
		require.Equal(t, 4*time.Minute, time.Since(begin))
		require.GreaterOrEqual(t, len(opened), 30)
		require.Less(t, len(opened), 60)
		for _, n := range opened {
			require.Equal(t, 1, n)
		}
	})
}

func TestWorkersRunAtOnce(t *testing.T) {
	for _, b := range []pl.Backend{thread.Backend, task.Backend} {
		for _, n := range []int{1, 3, 200} {
			bubble(t, func(t *testing.T) {
				var mu sync.Mutex
				running, most := 0, 0
				f := func(_ context.Context, x int) (int, error) {
					mu.Lock()
					running++
					most = max(most, running)
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					running--
					mu.Unlock()
					return x, nil
				}
				begin := time.Now()
				require.NoError(t, pl.Map(b, pl.Fn(f), pl.Workers(n), pl.MaxSize(3))(pl.Range(3*n)).Run(t.Context()))
				require.Equal(t, 3*time.Second, time.Since(begin))
				require.Equal(t, n, most)
			})
		}
	}
}
