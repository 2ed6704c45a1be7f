package pl_test

import (
	"context"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

func TestRoundRobin(t *testing.T) {
	for _, b := range []pl.Backend{thread.Backend, task.Backend} {
		for _, max := range []int{1, 3, 512, 0} {
			bubble(t, func(t *testing.T) {
				who := func(ctx context.Context, x int) (int, error) {
					i, _ := pl.FromContext(ctx)
					if i.Worker.Index == 1 {
						time.Sleep(time.Second) // the turn of a slow worker is waited for
					}
					if i.Worker.Index != x%4 {
						return 0, errBoom
					}
					return x, nil
				}
				v, err := pl.Map(b, pl.Fn(who), pl.Workers(4), pl.RoundRobin(), pl.MaxSize(max), pl.InOrder())(pl.Range(50)).Collect(t.Context())
				require.NoError(t, err)
				require.Equal(t, seq(50), v)
				v, err = pl.Map(b, pl.Fn(who), pl.Workers(4), pl.RoundRobin(), pl.MaxSize(max))(pl.Range(50)).Collect(t.Context())
				require.NoError(t, err)
				require.ElementsMatch(t, seq(50), v)
			})
		}
	}
}

// shares returns what each worker of a Work stage got.
func shares(t *testing.T, n int, s pl.Stage[int], f func(who int, x int) bool, opts ...pl.Option) [][]int {
	var mu sync.Mutex
	got := make([][]int, n)
	work := func(ctx context.Context, in iter.Seq[int], emit func(int) bool) error {
		i, ok := pl.FromContext(ctx)
		require.True(t, ok)
		require.Nil(t, i.Index)
		for x := range in {
			mu.Lock()
			got[i.Worker.Index] = append(got[i.Worker.Index], x)
			mu.Unlock()
			if !f(i.Worker.Index, x) || !emit(x) {
				return nil
			}
		}
		return nil
	}
	require.NoError(t, pl.Work(thread.Backend, work, append(opts, pl.Workers(n))...)(s).Run(t.Context()))
	return got
}

func TestWorkRoundRobin(t *testing.T) {
	for _, max := range []int{1, 5, 512} {
		bubble(t, func(t *testing.T) {
			got := shares(t, 3, pl.Range(20), func(int, int) bool { return true }, pl.RoundRobin(), pl.MaxSize(max))
			require.Equal(t, [][]int{{0, 3, 6, 9, 12, 15, 18}, {1, 4, 7, 10, 13, 16, 19}, {2, 5, 8, 11, 14, 17}}, got)
		})
	}
}

func TestWorkThatReturnsEarly(t *testing.T) {
	bubble(t, func(t *testing.T) { // the others take over from one queue
		got := shares(t, 3, pl.Range(20), func(who, _ int) bool { return who == 2 }, pl.MaxSize(1))
		var all []int
		for _, list := range got {
			all = append(all, list...)
		}
		require.ElementsMatch(t, seq(20), all)
	})
	bubble(t, func(t *testing.T) { // with round robin its turns are dropped, and counted
		var m pl.Monitor
		work := func(ctx context.Context, in iter.Seq[int], emit func(int) bool) error {
			i, _ := pl.FromContext(ctx)
			for x := range in {
				if !emit(x) || i.Worker.Index == 1 {
					return nil
				}
			}
			return nil
		}
		v, err := pl.Work(thread.Backend, work, pl.Workers(3), pl.RoundRobin(), pl.MaxSize(2))(pl.Range(30)).Collect(t.Context(), pl.Watch(&m))
		require.NoError(t, err)
		require.Len(t, v, 21)
		require.EqualValues(t, 9, lastStage(&m).Dropped)
	})
	bubble(t, func(t *testing.T) { // all have returned: the source ends
		src, _ := counter()
		work := func(_ context.Context, in iter.Seq[int], emit func(int) bool) error {
			for x := range in {
				emit(x)
				return nil
			}
			return nil
		}
		for _, opts := range [][]pl.Option{nil, {pl.RoundRobin()}, {pl.MaxSize(1)}} {
			v, err := pl.Work(thread.Backend, work, append(opts, pl.Workers(3))...)(src).Collect(t.Context())
			require.NoError(t, err)
			require.Len(t, v, 3)
		}
	})
}

func TestWork(t *testing.T) {
	sum := func(_ context.Context, in iter.Seq[int], emit func(int) bool) error {
		total := 0
		for x := range in {
			total += x
		}
		emit(total)
		return nil
	}
	for _, b := range []pl.Backend{pl.Sync, thread.Backend} {
		bubble(t, func(t *testing.T) {
			v, err := pl.Work(b, sum, pl.Workers(4))(pl.Range(101)).Collect(t.Context())
			require.NoError(t, err)
			require.Len(t, v, workersOf(b, 4))
			total := 0
			for _, x := range v {
				total += x
			}
			require.Equal(t, 5050, total)

			v, err = pl.Work(b, sum, pl.Workers(4))(pl.Stage[int]{}).Collect(t.Context())
			require.NoError(t, err)
			require.Len(t, v, workersOf(b, 4), "without items, f runs all the same")

			fails := func(context.Context, iter.Seq[int], func(int) bool) error { return errBoom }
			err = pl.Work(b, fails, pl.Workers(2), pl.Name("w"))(pl.Range(9)).Run(t.Context())
			require.ErrorIs(t, err, errBoom)
			var at *pl.StageError
			require.ErrorAs(t, err, &at)
			require.Equal(t, "w", at.Worker.Stage)
			require.Nil(t, at.Index)
		})
	}
	err := pl.Work(task.Backend, sum)(pl.Range(3)).Err()
	require.ErrorContains(t, err, "task")
}
