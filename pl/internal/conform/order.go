package conform

import (
	"fmt"
	"testing"
	"time"

	"github.com/penstock/penstock/pl"
)

// uneven makes every third item slow, and every tenth slower.
func uneven(it *Item) {
	switch {
	case it.N%10 == 0:
		it.For = 9 * time.Millisecond
	case it.N%3 == 0:
		it.For = 2 * time.Millisecond
	}
}

// order: InOrder keeps the order of the input, Ordered restores that of the source.
func order(t *testing.T, s *Suite) {
	src := func() pl.Stage[Item] { return pl.From(items(60, uneven)) }
	for _, max := range []int{1, 0, 64} {
		for _, window := range []int{1, 3, 1024} {
			s.test(t, fmt.Sprintf("InOrder/max=%d,window=%d", max, window), func(e *env) {
				opts := pl.Options(pl.Workers(4), pl.MaxSize(max), pl.InOrder(), pl.Window(window))
				mapped, err := pl.Map(s.Backend, s.Funcs.Act, opts)(src()).Collect(e.t.Context())
				e.NoError(err)
				e.Equal(numbers(60), mapped)
				kept, err := pl.Filter(s.Backend, s.Funcs.Keep, opts)(src()).Collect(e.t.Context())
				e.NoError(err)
				e.Len(kept, 30)
				for i := range kept {
					e.Equal(2*i, kept[i].N)
				}
				spread, err := pl.FlatMap(s.Backend, s.Funcs.Spread, opts)(src()).Collect(e.t.Context())
				e.NoError(err)
				e.Equal(spreadOf(60), spread)
			})
		}
	}

	s.test(t, "the window bounds what is held back", func(e *env) {
		const window = 5
		list := items(100, func(it *Item) {
			if it.N == 10 {
				it.Do = Wait
			}
		})
		st := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(3), pl.InOrder(), pl.Window(window), pl.Timeout(time.Minute))(pl.From(list))
		end := make(chan error, 1)
		ctx, cancel := contextWithCause(e.t)
		go func() { end <- st.Run(ctx) }()
		want := 10 + window // the one that is waited for, and those held back
		if s.Single {
			want = 11
		}
		e.settle(want, func() int { return e.journal.count("call") })
		calls := e.journal.count("call")
		cancel(ErrBoom)
		e.ErrorIs(<-end, ErrBoom)
		e.Equal(want, calls)
	})

	s.test(t, "Ordered through filters and flat maps", func(e *env) {
		b, f, w := s.Backend, s.Funcs, pl.Workers(3)
		st := pl.Pipe5(src(),
			pl.Filter(b, f.Keep, w),
			pl.Map(b, f.Act, w),
			pl.FlatMap(b, f.Twice, w),
			pl.Filter(b, f.Even, w),
			pl.Ordered)
		v, err := st.Collect(e.t.Context())
		e.NoError(err)
		var want []int
		for i := 0; i < 60; i += 2 {
			want = append(want, 10*i)
		}
		e.Equal(want, v)
	})

	s.test(t, "Ordered after skipped items", func(e *env) {
		list := items(60, func(it *Item) {
			uneven(it)
			if it.N%7 == 3 {
				it.Do = Fail
			}
		})
		st := pl.Pipe2(pl.From(list), pl.FlatMap(s.Backend, s.Funcs.Spread, pl.Workers(4), pl.Skip(ErrBoom)), pl.Ordered)
		v, err := st.Collect(e.t.Context())
		e.NoError(err)
		var want []int
		for i := range 60 {
			for range i % 4 {
				if i%7 != 3 {
					want = append(want, i)
				}
			}
		}
		e.Equal(want, v)
	})

	s.test(t, "Ordered does not wait for the end", func(e *env) {
		source, _ := spring(nil)
		st := pl.Pipe3(source, pl.Filter(s.Backend, s.Funcs.Keep, pl.Workers(3)), pl.Map(s.Backend, s.Funcs.Act, pl.Workers(3)), pl.Ordered)
		next := 0
		for v, err := range st.All(e.t.Context()) {
			e.NoError(err)
			e.Equal(next, v)
			if next += 2; next > 100 {
				break
			}
		}
		e.Greater(next, 100)
	})
}

func spreadOf(n int) []int {
	var v []int
	for i := range n {
		for range i % 4 {
			v = append(v, i)
		}
	}
	return v
}
