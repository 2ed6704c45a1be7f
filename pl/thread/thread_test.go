package thread_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/internal/conform"
	"github.com/penstock/penstock/pl/thread"
)

func TestConformLocked(t *testing.T) {
	conform.Run(t, conform.Suite{Backend: thread.New(thread.LockOSThread()), Bubble: true, Eager: true, Switch: true})
}

func TestShortForms(t *testing.T) {
	ctx := t.Context()
	even := func(_ context.Context, x int) (bool, error) { return x%2 == 0, nil }
	double := func(_ context.Context, x int) ([]int, error) { return []int{x, x}, nil }
	text := func(_ context.Context, x int) (string, error) { return fmt.Sprint(x), nil }
	var seen []string
	note := func(_ context.Context, s string) error { seen = append(seen, s); return nil }
	s := pl.Pipe4(pl.Range(4), thread.Filter(even), thread.FlatMap(double), thread.Map(text), thread.Each(note))
	require.NoError(t, s.Run(ctx))
	require.Equal(t, []string{"0", "0", "2", "2"}, seen)
	require.Equal(t, "thread", thread.Backend.String())
}

// A thread that is locked and never unlocked belongs to one worker, from OnStart to
// OnDone.
func TestLockOSThread(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("threads are told apart on Linux only")
	}
	var mu sync.Mutex
	threads := map[int]map[int]bool{} // of each worker
	see := func(worker int) {
		mu.Lock()
		defer mu.Unlock()
		if threads[worker] == nil {
			threads[worker] = map[int]bool{}
		}
		threads[worker][threadID()] = true
	}
	h := pl.OnStart(func(_ context.Context, w pl.Worker) (int, error) { see(w.Index); return w.Index, nil }).
		OnDone(func(_ context.Context, w int, _ pl.Status) error { see(w); return nil })
	f := func(_ context.Context, w, x int) (int, error) {
		see(w)
		runtime.Gosched()
		return x, nil
	}
	b := thread.New(thread.LockOSThread())
	require.NoError(t, pl.Map(b, pl.With(h, f), pl.Workers(4))(pl.Range(2000)).Run(t.Context()))
	require.Len(t, threads, 4)
	owner := map[int]int{}
	for worker, ids := range threads {
		require.Len(t, ids, 1, "worker %d", worker)
		for id := range ids {
			other, taken := owner[id]
			require.False(t, taken, "workers %d and %d", worker, other)
			owner[id] = worker
		}
	}
}
