package pl_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

func TestBatch(t *testing.T) {
	v, err := pl.Batch[int](3, 0)(pl.Range(8)).Collect(t.Context())
	require.NoError(t, err)
	require.Equal(t, [][]int{{0, 1, 2}, {3, 4, 5}, {6, 7}}, v)
	v, err = pl.Batch[int](3, time.Hour)(pl.Range(0)).Collect(t.Context())
	require.NoError(t, err)
	require.Empty(t, v)
	back, err := pl.Pipe2(pl.Range(1000), pl.Batch[int](7, time.Hour), pl.Unbatch[int]).Collect(t.Context())
	require.NoError(t, err)
	require.Equal(t, seq(1000), back)
}

func TestBatchWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		at := func(after ...int) pl.Stage[int] { // values after so many milliseconds
			return pl.Generate(func(_ context.Context, emit func(int) bool) error {
				begin := time.Now()
				for i, ms := range after {
					time.Sleep(time.Until(begin.Add(time.Duration(ms) * time.Millisecond)))
					emit(i)
				}
				return nil
			})
		}
		type event struct {
			at    time.Duration
			batch []int
		}
		collect := func(s pl.Stage[[]int]) (events []event) {
			begin := time.Now()
			for b, err := range s.All(t.Context()) {
				require.NoError(t, err)
				events = append(events, event{time.Since(begin), b})
			}
			return events
		}
		ms := time.Millisecond
		// A batch goes when it is full, when its first value has waited, or at the end.
		require.Equal(t, []event{
			{2 * ms, []int{0, 1, 2}},
			{13 * ms, []int{3, 4}},
			{30 * ms, []int{5}},
			{45 * ms, []int{6}},
		}, collect(pl.Batch[int](3, 10*ms)(at(0, 1, 2, 3, 9, 20, 45))))
		// The time starts anew with every batch.
		require.Equal(t, []event{
			{8 * ms, []int{0, 1}},
			{19 * ms, []int{2}},
			{25 * ms, []int{3}},
		}, collect(pl.Batch[int](2, 10*ms)(at(0, 8, 9, 25))))
	})
	bubble(t, func(t *testing.T) { // a slow consumer gets full batches
		s := pl.Batch[int](4, time.Millisecond)(pl.Range(20))
		for b, err := range s.All(t.Context()) {
			require.NoError(t, err)
			require.Len(t, b, 4)
			time.Sleep(time.Second)
		}
	})
}

func TestTake(t *testing.T) {
	for _, n := range []int{0, 1, 5, 100} {
		v, err := pl.Take[int](n)(pl.Range(5)).Collect(t.Context())
		require.NoError(t, err)
		require.Len(t, v, min(n, 5))
	}
	bubble(t, func(t *testing.T) { // Take(0) ends everything before it at once
		src, _ := counter()
		v, err := pl.Pipe2(src, thread.Map(id), pl.Take[int](0)).Collect(t.Context())
		require.NoError(t, err)
		require.Empty(t, v)
	})
	eachBackend(t, func(t *testing.T, b pl.Backend) { // and not what others need
		calls := 0
		base := pl.Tap(func(int) { calls++ })(pl.Range(100))
		few := pl.Take[int](3)(pl.Map(b, pl.Fn(id), pl.MaxSize(1))(base))
		all := pl.Map(b, pl.Fn(slowly(time.Second, id)), pl.MaxSize(1), pl.Workers(2))(base)
		v, err := pl.Merge(few, all).Collect(t.Context())
		require.NoError(t, err)
		require.Len(t, v, 103)
		require.Equal(t, 100, calls)

		src, _ := counter() // two of them end it together
		s := pl.Map(b, pl.Fn(id), pl.MaxSize(1))(src)
		v, err = pl.Merge(pl.Take[int](3)(s), pl.Take[int](7)(s)).Collect(t.Context())
		require.NoError(t, err)
		require.Len(t, v, 10)
	})
}

func TestTap(t *testing.T) {
	var seen []int
	v, err := pl.Tap(func(x int) { seen = append(seen, x) })(pl.Range(300)).Collect(t.Context())
	require.NoError(t, err)
	require.Equal(t, v, seen)
}

func TestThrough(t *testing.T) {
	bubble(t, func(t *testing.T) {
		stop := func(in iter.Seq[int]) iter.Seq[string] {
			return func(yield func(string) bool) {
				for x := range in {
					if x == 3 || !yield(string(rune('a'+x))) {
						return
					}
				}
			}
		}
		src, _ := counter()
		v, err := pl.Through(stop)(src).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "c"}, v)
		ignores := func(iter.Seq[int]) iter.Seq[int] { return slices.Values([]int{7, 8}) }
		src, _ = counter()
		w, err := pl.Through(ignores)(src).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{7, 8}, w)
	})
}

func TestSharedStages(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		calls := 0
		base := pl.Tap(func(int) { calls++ })(pl.Map(b, pl.Fn(id), pl.Workers(2), pl.MaxSize(1))(pl.Range(50)))
		for name, c := range map[string]struct {
			s pl.Stage[int]
			n int
		}{
			"Merge":           {pl.Merge(base, base), 100},
			"Concat":          {pl.Concat(base, base, base), 150},
			"Concat, mapped":  {pl.Concat(pl.Map(b, pl.Fn(id), pl.MaxSize(1))(base), base), 100},
			"Merge of Concat": {pl.Merge(base, pl.Concat(base, base)), 150},
			"Concat of Merge": {pl.Concat(pl.Merge(base, base), base), 150},
			"Ordered":         {pl.Ordered(pl.Merge(base, pl.Ordered(base))), 100},
		} {
			calls = 0
			v, err := c.s.Collect(t.Context())
			require.NoError(t, err, name)
			require.Len(t, v, c.n, name)
			require.Equal(t, 50, calls, name)
		}
		calls = 0
		require.NoError(t, pl.Join(base, base, pl.Take[int](1)(base), pl.Join(base)).Run(t.Context()))
		require.Equal(t, 50, calls)
		v, err := pl.Concat(base, base).Collect(t.Context())
		require.NoError(t, err)
		require.ElementsMatch(t, v[:50], v[50:])
	})
}

func TestMergeAndConcatEnds(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		src, _ := counter()
		endless := pl.Map(b, pl.Fn(id), pl.Workers(2), pl.MaxSize(1))(src)
		bad := pl.Map(b, pl.Fn(failing))(pl.Range(3))
		for _, s := range []pl.AnyStage{
			pl.Merge(endless, bad), pl.Concat(endless, bad), pl.Concat(bad, endless), pl.Join(endless, bad),
			pl.Merge(endless, endless, bad), pl.Ordered(pl.Merge(endless, bad)),
		} {
			require.ErrorIs(t, pl.Join(s).Run(t.Context()), errBoom)
		}
		for _, s := range []pl.Stage[int]{pl.Merge(endless, endless), pl.Concat(endless, pl.Range(4)), pl.Concat(pl.Range(4), endless)} {
			n := 0
			for _, err := range s.All(t.Context()) {
				require.NoError(t, err)
				if n++; n == 20 {
					break
				}
			}
			v, err := pl.Take[int](15)(s).Collect(t.Context())
			require.NoError(t, err)
			require.Len(t, v, 15)
		}
		synctest.Wait()
	})
}
