//go:build !race

package pl_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// allocsPerItem returns how many allocations a run over n items makes for each.
func allocsPerItem(t *testing.T, n int, s pl.Stage[int]) float64 {
	t.Helper()
	var before, after runtime.MemStats
	require.NoError(t, s.Run(t.Context()))
	runtime.ReadMemStats(&before)
	require.NoError(t, s.Run(t.Context()))
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n)
}

// In the steady state an item costs no allocation. What is left is the start of
// the run, and of timers and workers that follow the load.
func TestAllocations(t *testing.T) {
	const n = 100_000
	even := func(_ context.Context, x int) (bool, error) { return x%2 == 0, nil }
	h := pl.OnStart(func(context.Context, pl.Worker) (int, error) { return 1, nil })
	with := pl.With(h, func(_ context.Context, one, x int) (int, error) { return x + one, nil })
	for _, b := range []pl.Backend{pl.Sync, thread.Backend, task.Backend} {
		for name, s := range map[string]pl.Stage[int]{
			"Map":           pl.Map(b, pl.Fn(id), pl.Workers(4))(pl.Range(n)),
			"Map, MaxSize":  pl.Map(b, pl.Fn(id), pl.Workers(4), pl.MaxSize(4))(pl.Range(n)),
			"Map, InOrder":  pl.Map(b, pl.Fn(id), pl.Workers(4), pl.InOrder())(pl.Range(n)),
			"With":          pl.Map(b, with, pl.Workers(4))(pl.Range(n)),
			"Filter":        pl.Filter(b, pl.Fn(even), pl.Workers(4))(pl.Range(n)),
			"three stages":  pl.Pipe3(pl.Range(n), pl.Map(b, pl.Fn(id), pl.Workers(2)), pl.Filter(b, pl.Fn(even), pl.Workers(2)), pl.Map(b, pl.Fn(id), pl.Workers(2))),
			"Tap and Take":  pl.Pipe2(pl.Range(n), pl.Tap(func(int) {}), pl.Take[int](n)),
			"Ordered":       pl.Pipe2(pl.Range(n), pl.Map(b, pl.Fn(id), pl.Workers(2)), pl.Ordered),
			"broadcast":     shared(b, n),
			"with a source": pl.Map(b, pl.Fn(id), pl.Workers(2))(pl.Take[int](n)(endless())),
		} {
			t.Run(fmt.Sprintf("%v/%s", b, name), func(t *testing.T) {
				got := allocsPerItem(t, n, s)
				t.Logf("%.4f allocations per item", got)
				require.Less(t, got, 0.02)
			})
		}
	}
}

func shared(b pl.Backend, n int) pl.Stage[int] {
	base := pl.Map(b, pl.Fn(id))(pl.Range(n))
	return pl.Merge(base, pl.Map(b, pl.Fn(id))(base))
}

func endless() pl.Stage[int] {
	s, _ := counter()
	return s
}

// Places cost nothing before there is work for them: neither goroutines nor memory.
func TestManyWorkersAndFewItems(t *testing.T) {
	slow := func(_ context.Context, x int) (int, error) { time.Sleep(time.Millisecond); return x, nil }
	for _, b := range []pl.Backend{thread.Backend, task.Backend} {
		t.Run(b.String(), func(t *testing.T) {
			var before, after runtime.MemStats
			goroutines := runtime.NumGoroutine()
			most := 0
			count := func(ctx context.Context, x int) (int, error) {
				most = max(most, runtime.NumGoroutine())
				return slow(ctx, x)
			}
			run := func() {
				s := pl.Map(pl.Sync, pl.Fn(count))(pl.Map(b, pl.Fn(slow), pl.Workers(100_000))(pl.Range(10)))
				require.NoError(t, s.Run(t.Context()))
			}
			run()
			runtime.ReadMemStats(&before)
			run()
			runtime.ReadMemStats(&after)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<10), "bytes for 10 items")
			require.Less(t, most, goroutines+40)
		})
	}
}
