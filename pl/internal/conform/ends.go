package conform

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/penstock/penstock/pl"
)

// ends: cancellation, and loops that are left.
func ends(t *testing.T, s *Suite) {
	for _, max := range []int{1, 30} {
		s.test(t, "cancel while functions wait", func(e *env) {
			src, pulls := spring(func(it *Item) { it.Do = Wait })
			for _, o := range s.operators(src, pl.Workers(3), pl.MaxSize(max)) {
				ctx, cancel := contextWithCause(e.t)
				cause := errors.New("enough")
				end := make(chan error, 1)
				go func() { end <- pl.Join(o.stage).Run(ctx) }()
				e.settle(1, func() int { return int(pulls.Load()) })
				cancel(cause)
				e.Same(cause, <-end, o.name)
			}
		})

		s.test(t, "cancel while everything flows", func(e *env) {
			src, _ := spring(nil)
			ctx, cancel := contextWithCause(e.t)
			cause := errors.New("enough")
			n := 0
			var last error
			for _, err := range pl.Map(s.Backend, s.Funcs.Act, pl.Workers(3), pl.MaxSize(max))(src).All(ctx) {
				if last = err; err != nil {
					continue
				}
				if n++; n == 20 {
					cancel(cause)
				}
			}
			e.Same(cause, last)
		})

		s.test(t, "break", func(e *env) {
			src, pulls := spring(nil)
			for range pl.Map(s.Backend, s.Funcs.Hooked, pl.Workers(3), pl.MaxSize(max))(src).All(e.t.Context()) {
				break
			}
			e.Equal(e.journal.count("start"), e.journal.count("done"), "everything has ended after the loop")
			before, calls := pulls.Load(), e.journal.count("call")
			e.settle(0, func() int { return int(pulls.Load()) })
			e.Equal(before, pulls.Load())
			e.Equal(calls, e.journal.count("call"))
		})
	}

	s.test(t, "break while functions wait", func(e *env) {
		src, _ := spring(func(it *Item) {
			if it.N > 0 {
				it.Do = Wait
			}
		})
		var m pl.Monitor
		for v, err := range pl.Map(s.Backend, s.Funcs.Act, pl.Workers(3), pl.MaxSize(2))(src).All(e.t.Context(), pl.Watch(&m)) {
			e.NoError(err)
			e.Zero(v)
			break
		}
		e.NoError(m.Err())
	})

	s.test(t, "a panic of the loop body ends the run", func(e *env) {
		src, _ := spring(nil)
		e.PanicsWithValue("mine", func() {
			for range pl.Map(s.Backend, s.Funcs.Hooked, pl.Workers(2))(src).All(e.t.Context()) {
				panic("mine")
			}
		})
		e.Equal(e.journal.count("start"), e.journal.count("done"))
	})

	s.test(t, "deadline of the run", func(e *env) {
		src, _ := spring(func(it *Item) { it.Do = Wait })
		ctx, cancel := context.WithTimeout(e.t.Context(), 30*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(2))(src).Collect(ctx)
		e.Equal(context.DeadlineExceeded, err)
		if e.Bubble {
			e.Equal(30*time.Millisecond, time.Since(start))
		}
	})

	s.test(t, "a context that has ended starts nothing", func(e *env) {
		ctx, cancel := contextWithCause(e.t)
		cancel(ErrBoom)
		src, pulls := spring(nil)
		v, err := pl.Map(s.Backend, s.Funcs.Hooked)(src).Collect(ctx)
		e.Same(ErrBoom, err)
		e.Empty(v)
		e.Zero(pulls.Load())
		e.Zero(e.journal.count("start"))
	})

	s.test(t, "Take ends the stages before it", func(e *env) {
		src, _ := spring(nil)
		st := pl.Pipe2(src, pl.Map(s.Backend, s.Funcs.Hooked, pl.Workers(3), pl.MaxSize(1)), pl.Take[int](5))
		v, err := st.Collect(e.t.Context())
		e.NoError(err)
		e.Len(v, 5)
		e.Equal(e.journal.count("start"), e.journal.count("done"))
	})

	s.test(t, "Take beside a shared stage", func(e *env) {
		base := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(2), pl.MaxSize(1))(pl.From(items(200, nil)))
		first := pl.Take[int](3)(base)
		rest := pl.Map(s.Backend, s.Funcs.Inc, pl.MaxSize(1))(base)
		v, err := pl.Merge(first, rest).Collect(e.t.Context())
		e.NoError(err)
		e.Len(v, 203)
		e.Equal(200, e.journal.count("call"))
	})
}
