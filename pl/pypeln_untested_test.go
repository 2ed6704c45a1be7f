package pl_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// What pypeln's tests leave out, and where it is known to fail.

func pypelnMatrix(t *testing.T) { // every item once, whatever the bounds; task lost some
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, n := range []int{1, 20, 500} {
			for _, workers := range []int{1, 2, 4, 33} {
				for _, max := range []int{1, 2, 4, 16, 17, 100, 0} {
					opts := pl.Options(pl.Workers(workers), pl.MaxSize(max))
					v, err := pl.Pipe2(pl.Range(n), pl.Map(b, pl.Fn(id), opts), pl.Map(b, pl.Fn(id), opts)).Collect(t.Context())
					require.NoError(t, err)
					require.ElementsMatch(t, seq(n), v)
					if workers == 1 { // one worker keeps the order, with any bound
						require.Equal(t, seq(n), v)
					}
				}
			}
		}
	})
}

func pypelnErrorIsNeverSwallowed(t *testing.T) { // task reported only the last errors
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, n := range []int{4, 5, 8, 10, 50, 1000} {
			for _, fault := range []error{errBoom, context.Canceled, context.DeadlineExceeded, pl.ErrTimeout} {
				f := func(_ context.Context, x int) (int, error) {
					if x == 3 {
						return 0, fault
					}
					return x, nil
				}
				v, err := pl.Map(b, pl.Fn(f), pl.Workers(4))(pl.Range(n)).Collect(t.Context())
				require.ErrorIs(t, err, fault)
				require.NotContains(t, v, 3)
				var at *pl.StageError
				require.ErrorAs(t, err, &at, "an error of the user is no cancellation")
				require.Equal(t, 3, at.Item)
			}
		}
		src, _ := counter()
		f := func(_ context.Context, x int) (int, error) {
			if x == 3 {
				return 0, errBoom
			}
			return x, nil
		}
		require.ErrorIs(t, pl.Map(b, pl.Fn(f), pl.Workers(4))(src).Run(t.Context()), errBoom)
	})
}

func pypelnConcatOfUnequalSpeeds(t *testing.T) { // the slower branch was lost
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		fast := pl.Map(b, pl.Fn(id))(pl.Range(5))
		slow := pl.Map(b, pl.Fn(slowly(time.Second, id)))(pl.Range(20))
		v, err := pl.Merge(fast, slow).Collect(t.Context())
		require.NoError(t, err)
		require.ElementsMatch(t, append(seq(5), seq(20)...), v)

		var calls atomic.Int32
		count := func(context.Context, int) error { time.Sleep(time.Second); calls.Add(1); return nil }
		require.NoError(t, pl.Join(pl.Each(b, pl.Do(discard))(pl.Range(5)), pl.Each(b, pl.Do(count))(pl.Range(20))).Run(t.Context()))
		require.EqualValues(t, 20, calls.Load())
	})
}

func pypelnElementIndex(t *testing.T) { // indices nest, through every backend
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		index := func(ctx context.Context, _ int) (string, error) {
			i, ok := pl.FromContext(ctx)
			require.True(t, ok)
			return fmt.Sprint(i.Index), nil
		}
		two := func(_ context.Context, x int) ([]int, error) { return []int{x, x}, nil }
		v, err := pl.Pipe4(pl.Of(1, 2),
			pl.FlatMap(b, pl.Fn(two)),
			pl.Filter(thread.Backend, pl.Fn(func(context.Context, int) (bool, error) { return true, nil })),
			pl.FlatMap(task.Backend, pl.Fn(two)),
			pl.Map(b, pl.Fn(index), pl.Workers(2), pl.InOrder())).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"[0 0 0]", "[0 0 1]", "[0 1 0]", "[0 1 1]", "[1 0 0]", "[1 0 1]", "[1 1 0]", "[1 1 1]"}, v)
	})
}

func pypelnIteratingTwice(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		var calls atomic.Int32
		s := pl.Map(b, pl.Fn(func(_ context.Context, x int) (int, error) { calls.Add(1); return x, nil }))(pl.Range(3))
		seqOf := s.All(t.Context())
		for range 2 {
			var v []int
			for x, err := range seqOf {
				require.NoError(t, err)
				v = append(v, x)
			}
			require.Equal(t, seq(3), v)
		}
		require.EqualValues(t, 6, calls.Load())

		for x, err := range s.All(t.Context()) { // two runs at once do not know of each other
			require.NoError(t, err)
			v, err := s.Collect(t.Context())
			require.NoError(t, err)
			require.Equal(t, seq(3), v)
			require.Less(t, x, 3)
		}
	})
}

func pypelnRunOfSeveralStages(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		require.NoError(t, pl.Join().Run(t.Context()))
		var calls atomic.Int32
		count := pl.Do(func(context.Context, int) error { calls.Add(1); return nil })
		base := pl.Map(b, pl.Fn(id))(pl.Range(10))
		require.NoError(t, pl.Join(pl.Each(b, count)(base), pl.Each(b, count, pl.Workers(2))(base), pl.Of("other", "type")).Run(t.Context()))
		require.EqualValues(t, 20, calls.Load())
	})
}

func pypelnFanOutWithBackpressure(t *testing.T) { // the slowest branch sets the pace
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		begin := time.Now()
		base := pl.Map(b, pl.Fn(id), pl.MaxSize(1))(pl.Range(100))
		var fast, slow atomic.Int32
		worst := int32(0)
		quick := pl.Each(b, pl.Do(func(context.Context, int) error {
			worst = max(worst, fast.Add(1)-slow.Load())
			return nil
		}), pl.MaxSize(1))(base)
		lame := pl.Each(b, pl.Do(func(context.Context, int) error {
			time.Sleep(4 * time.Millisecond)
			slow.Add(1)
			return nil
		}), pl.MaxSize(1))(base)
		require.NoError(t, pl.Join(quick, lame).Run(t.Context()))
		require.EqualValues(t, 100, fast.Load())
		require.EqualValues(t, 100, slow.Load())
		require.LessOrEqual(t, worst, int32(4), "one waits, one is worked on, one is handed over")
		require.Equal(t, 400*time.Millisecond, time.Since(begin))
	})
}

func pypelnBreakWhileAFunctionIgnoresItsContext(t *testing.T) { // hung for ever
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		src, _ := counter()
		begin := time.Now()
		f := func(_ context.Context, x int) (int, error) {
			if x > 0 {
				time.Sleep(2 * time.Second)
			}
			return x, nil
		}
		for range pl.Map(b, pl.Fn(f), pl.Workers(3), pl.MaxSize(1))(src).All(t.Context()) {
			synctest.Wait()
			break
		}
		require.Equal(t, 2*time.Second, time.Since(begin), "the loop ends when the functions have")
	})
}

func pypelnStagesBetweenStages(t *testing.T) { // task between threads, bounded
	bubble(t, func(t *testing.T) {
		one := pl.MaxSize(1)
		s := pl.Pipe3(pl.Range(1000),
			thread.Map(id, one, pl.Workers(2)),
			task.Map(id, one, pl.Workers(5)),
			thread.Map(id, one, pl.Workers(2)))
		v, err := s.Collect(t.Context())
		require.NoError(t, err)
		require.ElementsMatch(t, seq(1000), v)
	})
}

func pypelnIdleCostsNothing(t *testing.T) { // polling burnt a processor
	bubble(t, func(t *testing.T) {
		src := pl.Generate(func(_ context.Context, emit func(int) bool) error {
			for i := range 10 {
				time.Sleep(10_000 * time.Hour) // in a bubble, any timer below would fire 10^11 times
				emit(i)
			}
			return nil
		})
		s := pl.Pipe3(src, thread.Map(id, pl.Workers(10)), thread.Map(id, pl.Workers(10), pl.InOrder()), pl.Ordered)
		v, err := s.Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, seq(10), v)
	})
}

func pypelnSlowLoopDoesNotTimeOut(t *testing.T) { // fast elements were lost
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		var v []int
		s := pl.Map(b, pl.Fn(id), pl.Timeout(200*time.Millisecond), pl.Skip(pl.ErrTimeout), pl.MaxSize(1))(pl.Range(6))
		for x, err := range s.All(t.Context()) {
			require.NoError(t, err)
			v = append(v, x)
			time.Sleep(400 * time.Millisecond)
		}
		require.Equal(t, seq(6), v)
	})
}

func pypelnWaitingResultsAreNotDiscarded(t *testing.T) { // only [0] arrived
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, max := range []int{1, 3, 512, 0} {
			f := func(_ context.Context, x int) (int, error) {
				if x == 5 {
					return 0, errBoom
				}
				return x, nil
			}
			s := pl.Pipe2(pl.Range(6), pl.Map(b, pl.Fn(f), pl.MaxSize(max)), pl.Buffer[int](10))
			var v []int
			var last error
			for x, err := range s.All(t.Context()) {
				if last = err; err == nil {
					v = append(v, x)
					time.Sleep(time.Second) // the error is there after the first value
				}
			}
			require.ErrorIs(t, last, errBoom)
			require.Equal(t, seq(5), v)
		}
	})
}

func pypelnNilIsAValue(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		v, err := pl.Map(b, pl.Fn(func(_ context.Context, x any) (any, error) { return x, nil }))(pl.Of[any](nil, 1, nil)).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []any{nil, 1, nil}, v)
	})
}
