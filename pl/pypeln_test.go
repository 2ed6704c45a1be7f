package pl_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
)

// The cases of pypeln's own tests, on every backend. Its properties are tested with
// these lists.
var lists = [][]int{nil, {0}, {7, -3, 7}, {-1 << 62, 1 << 40, -5}, seq(100)}

func sq(x int) int { return x * x }

func pypelnMap(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, nums := range lists {
			// Called and piped, and squared.
			v, err := pl.Map(b, pl.Fn(id))(pl.From(nums)).Collect(t.Context())
			require.NoError(t, err)
			require.Equal(t, nums, v)
			v, err = pl.Pipe1(pl.From(nums), pl.Map(b, pl.Fn(id))).Collect(t.Context())
			require.NoError(t, err)
			require.Equal(t, nums, v)
			v, err = pl.Map(b, pl.Fn(square))(pl.From(nums)).Collect(t.Context())
			require.NoError(t, err)
			require.ElementsMatch(t, mapped(nums, sq), v)
			// With several workers.
			v, err = pl.Map(b, pl.Fn(square), pl.Workers(2))(pl.From(nums)).Collect(t.Context())
			require.NoError(t, err)
			require.ElementsMatch(t, mapped(nums, sq), v)
		}
	})
}

func pypelnMapOnStart(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, nums := range lists {
			var flag atomic.Int32
			h := pl.OnStart(func(context.Context, pl.Worker) (int, error) { flag.Store(1); return 0, nil })
			v, err := pl.Map(b, pl.With(h, func(_ context.Context, _, x int) (int, error) { return x * x, nil }))(pl.From(nums)).Collect(t.Context())
			require.NoError(t, err)
			require.ElementsMatch(t, mapped(nums, sq), v)
			if b != task.Backend || len(nums) > 0 { // places of task start when they are needed
				require.EqualValues(t, 1, flag.Load())
			}
		}

		who := pl.OnStart(func(_ context.Context, w pl.Worker) (int, error) { return w.Index, nil })
		v, err := pl.Map(b, pl.With(who, func(_ context.Context, index, _ int) (int, error) { return index, nil }), pl.Workers(4))(pl.Range(100)).Collect(t.Context())
		require.NoError(t, err)
		require.Subset(t, seq(4), v)

		var stored atomic.Value
		abc := pl.OnStart(func(context.Context, pl.Worker) (string, error) { return "abc", nil }).
			OnDone(func(_ context.Context, y string, _ pl.Status) error { stored.Store(y); return nil })
		s, err := pl.Map(b, pl.With(abc, func(_ context.Context, y string, _ int) (string, error) { return y, nil }), pl.Workers(4))(pl.Range(100)).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, mapped(seq(100), func(int) string { return "abc" }), s)
		require.Equal(t, "abc", stored.Load())
	})
}

func pypelnMapTimeout(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		f := func(ctx context.Context, x int) (int, error) {
			for x == 2 && ctx.Err() == nil {
				time.Sleep(20 * time.Millisecond)
			}
			return x, nil
		}
		v, err := pl.Map(b, pl.Fn(f), pl.Timeout(500*time.Millisecond), pl.Skip(pl.ErrTimeout))(pl.Range(10)).Collect(t.Context())
		require.NoError(t, err)
		require.Len(t, v, 9)
		time.Sleep(time.Second)
	})
}

func pypelnMapEventEnd(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, nums := range lists {
			var mu sync.Mutex
			x := 0
			var seen []pl.Status
			h := pl.OnStart(func(context.Context, pl.Worker) (int, error) {
				mu.Lock()
				defer mu.Unlock()
				x = 1
				return 0, nil
			}).OnDone(func(_ context.Context, _ int, s pl.Status) error {
				mu.Lock()
				defer mu.Unlock()
				x = 2
				seen = append(seen, s)
				return nil
			})
			f := pl.With(h, func(_ context.Context, _, x int) (int, error) { return x, nil })
			require.NoError(t, pl.Map(b, f, pl.Workers(3))(pl.From(nums)).Run(t.Context()))
			if b == task.Backend && len(nums) == 0 {
				continue
			}
			require.Equal(t, 2, x)
			done := 0
			for _, s := range seen {
				require.Equal(t, s.Active == 0, s.Done())
				if s.Done() {
					done++
				}
			}
			require.Equal(t, 1, done, "exactly one worker is the last")
		}
	})
}

func pypelnMapError(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		require.ErrorIs(t, pl.Map(b, pl.Fn(failing))(pl.Range(10)).Run(t.Context()), errBoom)
	})
}

func pypelnMapMaxsize(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		calls := 0
		f := func(_ context.Context, x int) (int, error) { calls++; return x, nil }
		for _, err := range pl.Pipe2(pl.Range(20), pl.Map(b, pl.Fn(f)), pl.Buffer[int](3)).All(t.Context()) {
			require.NoError(t, err)
			synctest.Wait()
			require.Equal(t, 5, calls, "one taken, three in the queue, one handed over")
			break
		}
	})
}

func pypelnFilter(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, workers := range []int{1, 2, 3} {
			for _, nums := range lists {
				var want []int
				for _, x := range nums {
					for i := range 3 {
						if y := x*x + i; y > 1 {
							want = append(want, y)
						}
					}
				}
				v, err := pl.Pipe3(pl.From(nums), pl.Map(b, pl.Fn(square)), pl.FlatMap(b, pl.Fn(three), pl.Workers(workers)), pl.Filter(b, pl.Fn(gt1))).Collect(t.Context())
				require.NoError(t, err)
				require.ElementsMatch(t, want, v)
			}
		}
	})
}

func pypelnFlatMap(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, nums := range lists {
			var want []int
			for _, x := range nums {
				want = append(want, x*x, x*x+1, x*x+2)
			}
			v, err := pl.Pipe2(pl.From(nums), pl.Map(b, pl.Fn(square)), pl.FlatMap(b, pl.Fn(three))).Collect(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, v)
			v, err = pl.Pipe2(pl.From(nums), pl.Map(b, pl.Fn(square)), pl.FlatMap(b, pl.Fn(three), pl.Workers(3))).Collect(t.Context())
			require.NoError(t, err)
			require.ElementsMatch(t, want, v)
		}
	})
}

func pypelnEach(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, nums := range lists {
			s := pl.Each(b, pl.Do(discard))(pl.From(nums))
			require.NoError(t, s.Run(t.Context()))
			v, err := s.Collect(t.Context())
			require.NoError(t, err)
			require.Empty(t, v)
		}
	})
}

func pypelnConcat(t *testing.T) { // concat is Merge here
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, nums := range lists {
			calls := new(atomic.Int64)
			base := pl.Map(b, pl.Fn(func(_ context.Context, x int) (int, error) { calls.Add(1); return x + 1, nil }))(pl.From(nums))
			squares := pl.Map(b, pl.Fn(square))(base)
			negatives := pl.Map(b, pl.Fn(pl.Lift(func(x int) int { return -x })))(base)
			v, err := pl.Merge(squares, negatives).Collect(t.Context())
			require.NoError(t, err)
			inc := mapped(nums, func(x int) int { return x + 1 })
			require.ElementsMatch(t, append(mapped(inc, sq), mapped(inc, func(x int) int { return -x })...), v)
			require.EqualValues(t, len(nums), calls.Load(), "what two stages share runs once")

			s1 := pl.Merge(base, base)
			v, err = pl.Merge(s1, base).Collect(t.Context())
			require.NoError(t, err)
			require.ElementsMatch(t, append(append(inc, inc...), inc...), v)
		}
	})
}

func pypelnOrdered(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, nums := range lists {
			v, err := pl.Pipe2(pl.From(nums), pl.Map(b, pl.Fn(square), pl.Workers(2)), pl.Ordered).Collect(t.Context())
			require.NoError(t, err)
			if len(nums) > 0 {
				require.Equal(t, mapped(nums, sq), v)
			}
		}
	})
}

func pypelnIterables(t *testing.T) {
	for _, nums := range lists {
		v, err := pl.From(nums).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, nums, v)
	}
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		chunks := func(in iter.Seq[int]) iter.Seq[[]int] {
			return func(yield func([]int) bool) {
				var c []int
				for x := range in {
					if c = append(c, x); len(c) == 10 {
						if !yield(c) {
							return
						}
						c = nil
					}
				}
				if len(c) > 0 {
					yield(c)
				}
			}
		}
		sum := func(_ context.Context, c []int) (int, error) {
			n := 0
			for _, x := range c {
				n += x
			}
			return n, nil
		}
		v, err := pl.Pipe2(pl.Range(25), pl.Through(chunks), pl.Map(b, pl.Fn(sum))).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{45, 145, 110}, v)
	})
}

func pypelnMixtures(t *testing.T) { // the order survives every border
	for _, a := range backends {
		for _, b := range backends {
			t.Run(fmt.Sprintf("%v-%v", a, b), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					f := func(_ context.Context, x int) (int, error) {
						time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
						return x, nil
					}
					s := pl.Pipe3(pl.Range(200), pl.Map(a, pl.Fn(f), pl.Workers(2)), pl.Map(b, pl.Fn(f), pl.Workers(2)), pl.Ordered)
					v, err := s.Collect(t.Context())
					require.NoError(t, err)
					require.Equal(t, seq(200), v)
				})
			})
		}
	}
}

func pypelnFailuresReachTheConsumer(t *testing.T) { // error in a worker
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		f := func(_ context.Context, x int) (int, error) {
			if x == 50 {
				return 0, errBoom
			}
			return x, nil
		}
		for _, workers := range []int{1, 4, 30} {
			_, err := pl.Map(b, pl.Fn(f), pl.Workers(workers))(pl.Range(1000)).Collect(t.Context())
			require.ErrorIs(t, err, errBoom)
		}
	})
}
