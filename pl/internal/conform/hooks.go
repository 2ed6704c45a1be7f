package conform

import (
	"context"
	"testing"

	"github.com/penstock/penstock/pl"
)

// hooks: OnStart and OnDone, once for each worker, however the run ends.
func hooks(t *testing.T, s *Suite) {
	const n = 3
	opts := pl.Options(pl.Workers(n), pl.MaxSize(2), pl.Name("hooked"))
	balanced := func(e *env) {
		starts, dones := e.journal.lines("start"), e.journal.lines("done")
		e.Len(dones, len(starts))
		seen := map[string]int{}
		for _, f := range starts {
			seen[f[0]]++
		}
		for _, f := range dones {
			seen[f[0]]--
			e.NotEqual("canceled-context", f[2])
		}
		for worker, left := range seen {
			e.Zero(left, "worker %s", worker)
		}
	}

	for _, count := range []int{0, 1, 50} {
		s.test(t, "input exhausted", func(e *env) {
			v, err := pl.Map(s.Backend, s.Funcs.Hooked, opts)(pl.From(items(count, nil))).Collect(e.t.Context())
			e.NoError(err)
			e.Len(v, count)
			balanced(e)
			starts := e.journal.count("start")
			if s.Eager {
				e.Equal(s.workers(n), starts)
			} else {
				e.LessOrEqual(starts, min(count, n)+1)
			}
			last := 0
			for _, f := range e.journal.lines("done") {
				e.Equal("nil", f[2])
				if f[1] == "0" {
					last++
				}
			}
			if starts > 0 {
				e.Equal(1, last, "one worker is the last")
			}
		})
	}

	for name, do := range map[string]Deed{"error": Fail, "panic": Panic, "Goexit": Goexit} {
		s.test(t, name, func(e *env) {
			src, _ := spring(func(it *Item) {
				if it.N == 20 {
					it.Do = do
				}
			})
			e.Error(pl.Map(s.Backend, s.Funcs.Hooked, opts)(src).Run(e.t.Context()))
			balanced(e)
			if do == Fail {
				for _, f := range e.journal.lines("done") {
					e.Equal("boom", f[2], "Status.Err is why the run ended")
				}
			}
		})
	}

	s.test(t, "cancel", func(e *env) {
		src, _ := spring(func(it *Item) { it.Do = Wait })
		ctx, cancel := context.WithCancel(e.t.Context())
		end := make(chan error, 1)
		go func() { end <- pl.Map(s.Backend, s.Funcs.Hooked, opts)(src).Run(ctx) }()
		e.settle(1, func() int { return e.journal.count("call") })
		cancel()
		e.Equal(context.Canceled, <-end)
		balanced(e)
		e.NotZero(e.journal.count("start"))
		for _, f := range e.journal.lines("done") {
			e.Equal("other", f[2])
		}
	})

	starts := []struct {
		name  string
		f     pl.Func[Item, int]
		check func(e *env, err error)
	}{
		{"OnStart fails", s.Funcs.StartFails, func(e *env, err error) { e.ErrorIs(err, ErrBoom) }},
		{"OnStart panics", s.Funcs.StartPanics, func(e *env, err error) {
			var p *pl.PanicError
			e.ErrorAs(err, &p)
			e.ErrorIs(err, ErrBoom)
		}},
		{"OnStart exits", s.Funcs.StartExits, func(e *env, err error) { e.ErrorIs(err, pl.ErrGoexit) }},
	}
	for _, c := range starts {
		s.test(t, c.name, func(e *env) {
			src, _ := spring(nil)
			err := pl.Map(s.Backend, c.f, opts)(src).Run(e.t.Context())
			c.check(e, err)
			var at *pl.StageError
			e.ErrorAs(err, &at)
			e.Equal("OnStart", at.Hook)
			e.Equal("hooked", at.Worker.Stage)
			e.Zero(at.Worker.Index)
			e.Nil(at.Item)
			e.Nil(at.Index)
			balanced(e)
		})
	}

	s.test(t, "OnDone fails", func(e *env) {
		v, err := pl.Map(s.Backend, s.Funcs.DoneFails, pl.Name("hooked"))(pl.From(items(10, nil))).Collect(e.t.Context())
		e.ErrorIs(err, ErrBoom)
		e.Equal(numbers(10), v, "the values are there all the same")
		var at *pl.StageError
		e.ErrorAs(err, &at)
		e.Equal("OnDone", at.Hook)
		balanced(e)
		err = pl.Map(s.Backend, s.Funcs.DoneFails, opts)(pl.From(items(10, nil))).Run(e.t.Context())
		e.ErrorIs(err, ErrBoom)
		balanced(e)
	})

	s.test(t, "OnDone panics", func(e *env) {
		err := pl.Map(s.Backend, s.Funcs.DonePanics, opts)(pl.From(items(10, nil))).Run(e.t.Context())
		e.ErrorIs(err, ErrBoom)
		var p *pl.PanicError
		e.ErrorAs(err, &p)
		balanced(e)
	})

	s.test(t, "OnDone fails after another error", func(e *env) {
		list := items(10, func(it *Item) {
			if it.N == 4 {
				it.Do = Panic
			}
		})
		err := pl.Map(s.Backend, s.Funcs.DoneFails, pl.Name("hooked"))(pl.From(list)).Run(e.t.Context())
		var at *pl.StageError
		e.ErrorAs(err, &at)
		e.Empty(at.Hook, "the first error comes first")
		var p *pl.PanicError
		e.ErrorAs(err, &p)
		e.ErrorIs(err, ErrBoom, "that of OnDone is joined to it")
	})

	s.test(t, "OnDone fails after the loop was left", func(e *env) {
		src, _ := spring(nil)
		var m pl.Monitor
		for _, err := range pl.Map(s.Backend, s.Funcs.DoneFails, opts)(src).All(e.t.Context(), pl.Watch(&m)) {
			e.NoError(err)
			break
		}
		e.ErrorIs(m.Err(), ErrBoom)
		balanced(e)
	})
}
