package conform

import (
	"context"
	"fmt"
	"testing"

	"github.com/penstock/penstock/pl"
)

func contextWithCause(t *testing.T) (context.Context, context.CancelCauseFunc) {
	return context.WithCancelCause(t.Context())
}

// faults: the first error ends the run and says where it happened.
func faults(t *testing.T, s *Suite) {
	deeds := []struct {
		name  string
		do    Deed
		check func(e *env, err error)
	}{
		{"Fail", Fail, func(e *env, err error) { e.ErrorIs(err, ErrBoom) }},
		{"Panic", Panic, func(e *env, err error) {
			var p *pl.PanicError
			e.ErrorAs(err, &p)
			e.Equal("panic at 9", fmt.Sprint(p.Value))
			e.Contains(string(p.Stack), "conform.obey")
		}},
		{"PanicError", PanicError, func(e *env, err error) {
			e.ErrorIs(err, ErrBoom)
			var p *pl.PanicError
			e.ErrorAs(err, &p)
		}},
		{"Goexit", Goexit, func(e *env, err error) { e.ErrorIs(err, pl.ErrGoexit) }},
	}
	for _, d := range deeds {
		for _, op := range []string{"Map", "Filter", "FlatMap", "Each"} {
			for _, workers := range []int{1, 3} {
				s.test(t, fmt.Sprintf("%s/%s,workers=%d", d.name, op, workers), func(e *env) {
					src, _ := spring(func(it *Item) {
						if it.N == 9 {
							it.Do = d.do
						}
					})
					for _, o := range s.operators(src, pl.Workers(workers), pl.MaxSize(1), pl.Name("the stage")) {
						if o.name != op {
							continue
						}
						err := pl.Join(o.stage).Run(e.t.Context())
						var at *pl.StageError
						e.ErrorAs(err, &at)
						e.Equal("the stage", at.Worker.Stage)
						e.Equal(s.Backend.String(), at.Worker.Backend)
						e.Equal([]int{9}, at.Index)
						e.Equal(Item{N: 9, Do: d.do}, at.Item)
						e.Empty(at.Hook)
						d.check(e, err)
					}
				})
			}
		}
	}

	for _, max := range []int{1, 0, 40, 512} {
		s.test(t, fmt.Sprintf("values before the error are delivered/max=%d", max), func(e *env) {
			for _, at := range []int{0, 5, 100, 399} {
				list := items(400, func(it *Item) {
					if it.N == at {
						it.Do = Fail
					}
				})
				v, err := pl.Map(s.Backend, s.Funcs.Act, pl.MaxSize(max))(pl.From(list)).Collect(e.t.Context())
				e.ErrorIs(err, ErrBoom)
				e.Equal(fmt.Sprint(numbers(at)), fmt.Sprint(v))
				v, err = pl.Map(s.Backend, s.Funcs.Act, pl.MaxSize(max), pl.Workers(4), pl.InOrder())(pl.From(list)).Collect(e.t.Context())
				e.ErrorIs(err, ErrBoom)
				e.Equal(fmt.Sprint(numbers(len(v))), fmt.Sprint(v))
				e.LessOrEqual(len(v), at)
			}
		})
	}

	s.test(t, "the error is the last pair, and the only error", func(e *env) {
		list := items(10, func(it *Item) {
			if it.N == 7 {
				it.Do = Fail
			}
		})
		var errs []error
		n := 0
		for v, err := range pl.Map(s.Backend, s.Funcs.Act)(pl.From(list)).All(e.t.Context()) {
			e.Empty(errs, "nothing comes after the error")
			if err != nil {
				e.Zero(v)
				errs = append(errs, err)
				continue
			}
			e.Equal(n, v)
			n++
		}
		e.Len(errs, 1)
		e.Equal(7, n)
	})

	s.test(t, "the third stage fails behind full queues", func(e *env) {
		src, _ := spring(func(it *Item) { it.N++ })
		one := pl.MaxSize(1)
		st := pl.Pipe3(src,
			pl.Filter(s.Backend, s.Funcs.Keep, one, pl.Workers(2)),
			pl.Filter(s.Backend, s.Funcs.Keep, one, pl.Workers(2)),
			pl.Map(pl.Sync, pl.Fn(func(_ context.Context, it Item) (int, error) {
				if it.N > 50 {
					return 0, ErrBoom
				}
				return it.N, nil
			}), one))
		e.ErrorIs(st.Run(e.t.Context()), ErrBoom)
	})

	s.test(t, "a failing source", func(e *env) {
		src := pl.FromSeq2(func(yield func(Item, error) bool) {
			for i := range 20 {
				if !yield(Item{N: i}, nil) {
					return
				}
			}
			yield(Item{}, ErrBoom)
		})
		for _, o := range s.operators(src, pl.Workers(3), pl.MaxSize(2)) {
			err := pl.Join(o.stage).Run(e.t.Context())
			e.ErrorIs(err, ErrBoom, o.name)
			var at *pl.StageError
			e.ErrorAs(err, &at)
			e.Equal("FromSeq2", at.Worker.Stage)
			e.Nil(at.Index)
		}
	})

	s.test(t, "only one error of workers that fail together", func(e *env) {
		list := items(50, func(it *Item) { it.Do = Fail })
		err := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(4))(pl.From(list)).Run(e.t.Context())
		e.ErrorIs(err, ErrBoom)
		var at *pl.StageError
		e.ErrorAs(err, &at)
	})

	s.test(t, "the cause of the context of other calls is the error", func(e *env) {
		if s.Single {
			e.t.Skip("there are no other calls")
		}
		list := items(2, func(it *Item) {
			it.Do = Wait
			if it.N == 1 {
				it.Do, it.For = Fail, 20_000_000
			}
		})
		err := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(2), pl.MaxSize(1))(pl.From(list)).Run(e.t.Context())
		var at *pl.StageError
		e.ErrorAs(err, &at)
		e.Equal([]int{1}, at.Index)
		e.NotErrorIs(err, context.Canceled)
	})
}
