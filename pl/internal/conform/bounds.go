package conform

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/penstock/penstock/pl"
)

// full checks that as many items are on their way as may be: size of them waiting,
// and others elsewhere. A long queue may be filled in portions.
func (e *env) full(size, others, got int) {
	e.t.Helper()
	e.LessOrEqual(got, size+others)
	e.GreaterOrEqual(got, e.least(size, others))
}

func (e *env) least(size, others int) int {
	if size <= 16 {
		return size + others
	}
	return size / 2
}

// bounds: MaxSize is exact. A source without end counts what it was asked for.
func bounds(t *testing.T, s *Suite) {
	for _, size := range []struct{ workers, max int }{{1, 1}, {1, 3}, {3, 1}, {2, 5}, {4, 16}, {1, 17}, {3, 100}, {2, 512}} {
		n, m := size.workers, size.max
		s.test(t, fmt.Sprintf("stuck functions/workers=%d,max=%d", n, m), func(e *env) {
			for _, op := range []string{"Map", "Filter", "FlatMap", "Each"} {
				src, pulls := spring(func(it *Item) { it.Do = Wait })
				var st pl.AnyStage
				for _, o := range s.operators(src, pl.Workers(n), pl.MaxSize(m)) {
					if o.name == op {
						st = o.stage
					}
				}
				ctx, cancel := context.WithCancelCause(e.t.Context())
				end := make(chan error, 1)
				go func() { end <- pl.Join(st).Run(ctx) }()
				e.settle(e.least(m, s.workers(n)+1), func() int { return int(pulls.Load()) })
				got := pulls.Load()
				cancel(ErrBoom)
				e.ErrorIs(<-end, ErrBoom)
				// Waiting, in functions, and the one that the source hands over.
				e.full(m, s.workers(n)+1, int(got))
			}
		})

		s.test(t, fmt.Sprintf("paused loop/workers=%d,max=%d", n, m), func(e *env) {
			src, pulls := spring(nil)
			st := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(n), pl.MaxSize(m))(src)
			ctx, cancel := context.WithCancel(e.t.Context())
			defer cancel()
			for _, err := range st.All(ctx) {
				e.NoError(err)
				least := 0
				if m <= 16 {
					least = 1 + s.workers(n) + m + 1
				}
				e.settle(least, func() int { return int(pulls.Load()) })
				queue := 0
				if m > 16 { // the loop has a queue as long as that of the last stage
					queue = m
				}
				calls := e.journal.count("call")
				e.LessOrEqual(calls, 1+queue+s.workers(n), "calls")
				e.LessOrEqual(int(pulls.Load()), 1+queue+s.workers(n)+m+1, "pulls")
				if m <= 16 {
					e.Equal(1+s.workers(n), calls, "calls")
					e.EqualValues(1+s.workers(n)+m+1, pulls.Load(), "pulls")
				}
				break
			}
		})
	}

	for _, m := range []int{1, 3} {
		s.test(t, fmt.Sprintf("Buffer before a paused loop/max=%d", m), func(e *env) {
			src, pulls := spring(nil)
			st := pl.Pipe2(src, pl.Map(s.Backend, s.Funcs.Act, pl.MaxSize(m)), pl.Buffer[int](4))
			for _, err := range st.All(e.t.Context()) {
				e.NoError(err)
				e.settle(1+4+1+m+1, func() int { return int(pulls.Load()) })
				e.Equal(1+4+1, e.journal.count("call"))
				e.EqualValues(1+4+1+m+1, pulls.Load())
				break
			}
		})

		s.test(t, fmt.Sprintf("broadcast goes at the pace of the slowest/max=%d", m), func(e *env) {
			src, pulls := spring(func(it *Item) { it.Do = Wait })
			passed := 0
			free := pl.Tap(func(Item) { passed++ })(src)
			stuck := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(2), pl.MaxSize(m))(src)
			ctx, cancel := context.WithCancelCause(e.t.Context())
			end := make(chan error, 1)
			go func() { end <- pl.Join(free, stuck).Run(ctx) }()
			e.settle(m+s.workers(2)+1, func() int { return int(pulls.Load()) })
			got := pulls.Load()
			cancel(ErrBoom)
			e.ErrorIs(<-end, ErrBoom)
			e.EqualValues(m+s.workers(2)+1, got)
			e.LessOrEqual(passed, int(got))
		})
	}

	s.test(t, "MaxSize 0 has no limit", func(e *env) {
		const n = 3000
		src, pulls := spring(func(it *Item) { it.Do = Wait })
		st := pl.Map(s.Backend, s.Funcs.Act, pl.MaxSize(0))(pl.Take[Item](n)(src))
		ctx, cancel := context.WithCancel(e.t.Context())
		end := make(chan error, 1)
		go func() { end <- st.Run(ctx) }()
		e.settle(n, func() int { return int(pulls.Load()) })
		e.GreaterOrEqual(int(pulls.Load()), n)
		cancel()
		e.ErrorIs(<-end, context.Canceled)
	})

	s.test(t, "by default the queue is bounded", func(e *env) {
		src, pulls := spring(func(it *Item) { it.Do = Wait })
		st := pl.Map(s.Backend, s.Funcs.Act)(src)
		ctx, cancel := context.WithCancelCause(e.t.Context())
		end := make(chan error, 1)
		go func() { end <- st.Run(ctx) }()
		e.settle(e.least(512, 1+1), func() int { return int(pulls.Load()) })
		got := pulls.Load()
		cancel(errors.New("enough"))
		e.Error(<-end)
		e.full(512, 1+1, int(got))
	})
}
