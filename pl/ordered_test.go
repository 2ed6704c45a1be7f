package pl_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

func TestOrderedMerge(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		dup := pl.FlatMap(b, pl.Fn(func(_ context.Context, x int) ([]int, error) { return []int{x, x}, nil }), pl.Workers(2))
		v, err := pl.Ordered(pl.Merge(dup(pl.Of(1, 2)), pl.Of(10, 20, 30))).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{10, 1, 1, 20, 2, 2, 30}, v)

		v, err = pl.Ordered(pl.Merge(pl.Of(10, 20, 30), dup(pl.Of(1, 2)))).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{10, 1, 1, 20, 2, 2, 30}, v)

		odd := pl.Filter(b, pl.Fn(func(_ context.Context, x int) (bool, error) { return x%2 == 1, nil }), pl.Workers(2))
		v, err = pl.Ordered(pl.Merge(pl.Of(10, 20, 30), odd(dup(pl.Of(1, 2, 3))))).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{10, 1, 1, 20, 30, 3, 3}, v)

		v, err = pl.Ordered(pl.Merge(pl.Of(1, 2, 3), pl.Of(10), pl.Stage[int]{}, pl.Of(100, 200))).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{1, 10, 100, 2, 200, 3}, v)

		one := pl.Of(1, 2, 3)
		v, err = pl.Ordered(pl.Merge(one, pl.Merge(pl.Of(7, 8), one))).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{1, 7, 1, 2, 8, 2, 3, 3}, v)

		v, err = pl.Ordered(pl.Concat(dup(pl.Of(1, 2)), pl.Of(10, 20))).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{1, 1, 2, 2, 10, 20}, v)
	})
}

// TestOrderedStreams checks the time of every value: it comes out as soon as all
// earlier ones have arrived, or are known not to.
func TestOrderedStreams(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	rapid.Check(t, func(rt *rapid.T) {
		type child struct{ takes int }
		type item struct {
			first, second int // how long the stages take
			fate          int // 0: filtered, 1: skipped, 2: flat map
			children      []child
		}
		dur := rapid.IntRange(0, 40)
		var list []item
		for range rapid.IntRange(0, 10).Draw(rt, "items") {
			it := item{dur.Draw(rt, "first"), dur.Draw(rt, "second"), rapid.IntRange(0, 4).Draw(rt, "fate"), nil}
			for range rapid.IntRange(0, 3).Draw(rt, "children") {
				it.children = append(it.children, child{dur.Draw(rt, "child")})
			}
			list = append(list, it)
		}
		var want []time.Duration
		latest := 0
		for _, it := range list {
			latest = max(latest, it.first)
			switch it.fate {
			case 0:
			case 1:
				latest = max(latest, it.first+it.second)
			default:
				latest = max(latest, it.first+it.second)
				for _, c := range it.children {
					latest = max(latest, it.first+it.second+c.takes)
					want = append(want, ms(latest))
				}
			}
		}
		b := backends[rapid.IntRange(1, 2).Draw(rt, "backend")]
		opts := pl.Options(pl.Workers(40), pl.MaxSize(16)) // no lease of several items
		if rapid.Bool().Draw(rt, "bounded") {              // enough workers: nothing ever waits for one
			opts = pl.Options(pl.Workers(40), pl.MaxSize(1))
		}
		s := pl.Pipe4(pl.From(list),
			pl.Filter(b, pl.Fn(func(_ context.Context, it item) (bool, error) {
				time.Sleep(ms(it.first))
				return it.fate != 0, nil
			}), opts),
			pl.FlatMap(b, pl.Fn(func(_ context.Context, it item) ([]child, error) {
				time.Sleep(ms(it.second))
				if it.fate == 1 {
					return nil, errBoom
				}
				return it.children, nil
			}), opts, pl.Skip()),
			pl.Map(b, pl.Fn(func(_ context.Context, c child) (child, error) {
				time.Sleep(ms(c.takes))
				return c, nil
			}), opts),
			pl.Ordered)
		var got []time.Duration
		bubble(t, func(t *testing.T) {
			begin := time.Now()
			for _, err := range s.All(t.Context()) {
				require.NoError(t, err)
				got = append(got, time.Since(begin))
			}
		})
		if !slices.Equal(got, want) {
			rt.Fatalf("%+v\n got %v\nwant %v", list, got, want)
		}
	})
}

func TestOrderedStreamsBehindMergeAndConcat(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := pl.Range(1000) // Ordered holds what is ahead, without a bound
		begin := time.Now()
		late := pl.Generate(func(_ context.Context, emit func(int) bool) error {
			for i := range 3 {
				time.Sleep(time.Second)
				emit(-i)
			}
			return nil
		})
		s := pl.Ordered(pl.Merge(thread.Map(id, pl.Workers(4))(src), task.Map(id, pl.Workers(4))(late)))
		var v []int
		for x, err := range s.All(t.Context()) {
			require.NoError(t, err)
			if v = append(v, x); len(v) == 9 {
				break
			}
		}
		require.Equal(t, []int{0, 0, 1, -1, 2, -2, 3, 4, 5}, v)
		require.Equal(t, 3*time.Second, time.Since(begin))
	})
	bubble(t, func(t *testing.T) {
		src, _ := counter()
		s := pl.Ordered(pl.Concat(thread.Map(id, pl.Workers(4))(pl.Range(5)), thread.Map(id, pl.Workers(4))(src)))
		var v []int
		for x, err := range s.All(t.Context()) {
			require.NoError(t, err)
			if v = append(v, x); len(v) == 10 {
				break
			}
		}
		require.Equal(t, append(seq(5), seq(5)...), v)
	})
}

func TestOrderedBehindTake(t *testing.T) {
	jitter := func(_ context.Context, x int) (int, error) {
		time.Sleep(time.Duration(x*7919%17) * time.Millisecond)
		return x, nil
	}
	takes := map[string]func(pl.Stage[int]) pl.Stage[int]{
		"one": func(s pl.Stage[int]) pl.Stage[int] { return pl.Take[int](6)(s) },
		"two, the first is shorter": func(s pl.Stage[int]) pl.Stage[int] {
			return pl.Pipe3(s, pl.Take[int](6), thread.Map(jitter, pl.Workers(3)), pl.Take[int](50))
		},
		"two, the second is shorter": func(s pl.Stage[int]) pl.Stage[int] {
			return pl.Pipe3(s, pl.Take[int](50), thread.Map(jitter, pl.Workers(3)), pl.Take[int](6))
		},
		"behind a flat map": func(s pl.Stage[int]) pl.Stage[int] {
			return pl.Pipe2(s, thread.FlatMap(func(_ context.Context, x int) ([]int, error) { return []int{x, x, x}[:x%4], nil }, pl.Workers(3)), pl.Take[int](6))
		},
		"before a filter": func(s pl.Stage[int]) pl.Stage[int] {
			return pl.Pipe2(s, pl.Take[int](12), thread.Filter(func(_ context.Context, x int) (bool, error) { return x%2 == 0, nil }, pl.Workers(3)))
		},
	}
	for name, take := range takes {
		t.Run(name, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, b pl.Backend) {
				for range 5 {
					src, _ := counter()
					s := pl.Ordered(take(pl.Map(b, pl.Fn(jitter), pl.Workers(5), pl.MaxSize(2))(src)))
					v, err := s.Collect(t.Context())
					require.NoError(t, err)
					require.True(t, slices.IsSorted(v), "%v", v)
					if name != "before a filter" {
						require.Len(t, v, 6)
					}
				}
			})
		})
	}

	t.Run("what can be known is given out before the end", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			// One worker takes an hour over item 0, the other one makes 1 to 6. When Take
			// has those, 0 cannot come any more, and they need not wait for it.
			f := func(ctx context.Context, x int) (int, error) {
				if x == 0 {
					select {
					case <-ctx.Done():
					case <-time.After(time.Hour):
					}
				}
				return x, ctx.Err()
			}
			src, _ := counter()
			begin := time.Now()
			v, err := pl.Pipe3(src, thread.Map(f, pl.Workers(2), pl.MaxSize(1)), pl.Take[int](6), pl.Ordered).Collect(t.Context())
			require.NoError(t, err)
			require.Equal(t, []int{1, 2, 3, 4, 5, 6}, v)
			require.Zero(t, time.Since(begin))
		})
	})
}

func TestOrderedBehindTakeDoesNotWaitForWhatCannotCome(t *testing.T) {
	bubble(t, func(t *testing.T) {
		// One worker takes an hour over item 0 and cannot be stopped, the other one
		// makes 1 and 2, which are all that Take wants.
		f := func(_ context.Context, x int) (int, error) {
			if x == 0 {
				time.Sleep(time.Hour)
			}
			return -x, nil
		}
		src, _ := counter()
		some := pl.Pipe2(src, thread.Map(f, pl.Workers(2), pl.MaxSize(1)), pl.Take[int](2))
		others := pl.Generate(func(_ context.Context, emit func(int) bool) error {
			for i := range 5 {
				emit(i)
			}
			time.Sleep(30 * time.Minute) // this stream is not over
			return nil
		})
		begin := time.Now()
		var v []int
		for x, err := range pl.Ordered(pl.Merge(some, others)).All(t.Context()) {
			require.NoError(t, err)
			require.Zero(t, time.Since(begin))
			v = append(v, x)
		}
		require.Equal(t, []int{0, -1, 1, -2, 2, 3, 4}, v)
		require.Equal(t, time.Hour, time.Since(begin), "the function is waited for")
	})
}

func TestOrderedOfBranches(t *testing.T) { // two trackers behind one stage
	bubble(t, func(t *testing.T) {
		base := pl.Pipe2(pl.Range(50), thread.Map(id, pl.Workers(4)), thread.Filter(func(_ context.Context, x int) (bool, error) { return x%3 != 0, nil }, pl.Workers(4)))
		var a, b []int
		sa := pl.Tap(func(x int) { a = append(a, x) })(pl.Ordered(base))
		sb := pl.Tap(func(x int) { b = append(b, x) })(pl.Ordered(task.FlatMap(func(_ context.Context, x int) ([]int, error) { return []int{x, -x}[:x%2+1], nil }, pl.Workers(4))(base)))
		require.NoError(t, pl.Join(sa, sb).Run(t.Context()))
		var wantA, wantB []int
		for x := range 50 {
			if x%3 != 0 {
				wantA = append(wantA, x)
				if wantB = append(wantB, x); x%2 == 1 {
					wantB = append(wantB, -x)
				}
			}
		}
		require.Equal(t, wantA, a)
		require.Equal(t, wantB, b)
		synctest.Wait()
	})
}
