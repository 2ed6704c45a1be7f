package task_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
)

func TestShortForms(t *testing.T) {
	ctx := t.Context()
	even := func(_ context.Context, x int) (bool, error) { return x%2 == 0, nil }
	double := func(_ context.Context, x int) ([]int, error) { return []int{x, x}, nil }
	text := func(_ context.Context, x int) (string, error) { return fmt.Sprint(x), nil }
	var seen []string
	note := func(_ context.Context, s string) error { seen = append(seen, s); return nil }
	s := pl.Pipe4(pl.Range(4), task.Filter(even), task.FlatMap(double), task.Map(text), task.Each(note))
	require.NoError(t, s.Run(ctx))
	require.Equal(t, []string{"0", "0", "2", "2"}, seen)
	require.Equal(t, "task", task.Backend.String())
}

func sleep(_ context.Context, x int) (int, error) { time.Sleep(time.Second); return x, nil }

func TestThousandsOfTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		v, err := task.Map(sleep, pl.Workers(10_000))(pl.Range(20_000)).Collect(t.Context())
		require.NoError(t, err)
		require.Len(t, v, 20_000)
		require.Equal(t, 2*time.Second, time.Since(begin))
	})
}

// What is not needed is not there: neither before the items, nor after a burst.
func TestGoroutinesFollowTheItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		few := before + 20 + runtime.GOMAXPROCS(0)
		src := pl.Generate(func(_ context.Context, emit func(int) bool) error {
			time.Sleep(time.Second)
			require.LessOrEqual(t, runtime.NumGoroutine(), few, "before the first item")
			for i := range 2000 {
				emit(i)
			}
			time.Sleep(100 * time.Millisecond)
			require.Greater(t, runtime.NumGoroutine(), 1000, "in the burst")
			time.Sleep(time.Minute)
			require.LessOrEqual(t, runtime.NumGoroutine(), few, "a minute later")
			emit(0)
			return nil
		})
		v, err := task.Map(sleep, pl.Workers(10_000), pl.MaxSize(1))(src).Collect(t.Context())
		require.NoError(t, err)
		require.Len(t, v, 2001)
	})
}

// With round robin each place has a queue of its own, so that it cannot leave an item
// that comes late to another one.
func TestRoundRobinWithAResourceAndPauses(t *testing.T) {
	h := pl.OnStart(func(context.Context, pl.Worker) (int, error) { return 0, nil })
	f := pl.With(h, func(_ context.Context, _, x int) (int, error) { return x, nil })
	for workers := 1; workers < 6; workers++ {
		synctest.Test(t, func(t *testing.T) {
			src := pl.Generate(func(_ context.Context, emit func(int) bool) error {
				for i := range 20 {
					time.Sleep(time.Second)
					emit(i)
				}
				return nil
			})
			begin := time.Now()
			for v, err := range pl.Map(task.Backend, f, pl.Workers(workers), pl.RoundRobin())(src).All(t.Context()) {
				require.NoError(t, err)
				require.Equal(t, time.Duration(v+1)*time.Second, time.Since(begin), "an item waits for a later one")
			}
			require.Equal(t, 20*time.Second, time.Since(begin))
		})
	}
}
