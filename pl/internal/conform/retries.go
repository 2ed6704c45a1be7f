package conform

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/penstock/penstock/pl"
)

// retries: Retry, then Skip, then OnError, then the end of the run.
func retries(t *testing.T, s *Suite) {
	flaky := func(tries int) []Item {
		return items(8, func(it *Item) {
			if it.N == 3 {
				it.Do, it.Try = Fail, tries
			}
		})
	}

	s.test(t, "until it succeeds", func(e *env) {
		var m pl.Monitor
		start := time.Now()
		v, err := pl.Map(s.Backend, s.Funcs.Act, pl.Retry(3, 10*time.Millisecond), pl.InOrder())(pl.From(flaky(3))).Collect(e.t.Context(), pl.Watch(&m))
		e.NoError(err)
		e.Equal(numbers(8), v)
		took := time.Since(start)
		e.GreaterOrEqual(took, 35*time.Millisecond) // about 10+20+40
		if e.Bubble {
			e.LessOrEqual(took, 140*time.Millisecond)
		}
		all := m.Stages()
		e.EqualValues(3, all[len(all)-1].Retries)
		e.Equal(8+3, e.journal.count("call"))
		var attempts []string
		for _, f := range e.journal.lines("call") {
			if f[0] == "3" {
				attempts = append(attempts, f[1])
			}
		}
		e.Equal([]string{"0", "1", "2", "3"}, attempts)
	})

	s.test(t, "until there are no tries left", func(e *env) {
		for _, o := range s.operators(pl.From(flaky(3)), pl.Retry(2, 0), pl.Workers(2)) {
			e.ErrorIs(pl.Join(o.stage).Run(e.t.Context()), ErrBoom, o.name)
		}
	})

	s.test(t, "not if the error is permanent", func(e *env) {
		list := []Item{{N: 0}, {N: 1, Do: FailFinal}}
		err := pl.Map(s.Backend, s.Funcs.Act, pl.Retry(5, time.Hour))(pl.From(list)).Run(e.t.Context())
		e.ErrorIs(err, ErrBoom)
		e.Equal(2, e.journal.count("call"))
	})

	s.test(t, "panics and exits too", func(e *env) {
		for _, do := range []Deed{Panic, Goexit} {
			list := items(5, func(it *Item) {
				if it.N == 2 {
					it.Do, it.Try = do, 2
				}
			})
			v, err := pl.Map(s.Backend, s.Funcs.Act, pl.Retry(2, 0), pl.InOrder())(pl.From(list)).Collect(e.t.Context())
			e.NoError(err)
			e.Equal(numbers(5), v)
		}
	})

	s.test(t, "the run ends during the wait", func(e *env) {
		list := []Item{{N: 0, Do: Fail}}
		ctx, cancel := contextWithCause(e.t)
		end := make(chan error, 1)
		go func() {
			end <- pl.Map(s.Backend, s.Funcs.Act, pl.Retry(5, time.Hour))(pl.From(list)).Run(ctx)
		}()
		e.settle(1, func() int { return e.journal.count("call") })
		cause := errors.New("enough")
		cancel(cause)
		e.Same(cause, <-end)
	})

	s.test(t, "Retry, Skip, OnError, in this order", func(e *env) {
		list := []Item{{N: 0}, {N: 1, Do: Fail}, {N: 2, Do: Panic}, {N: 3}, {N: 4, Do: Fail, Try: 1}}
		var m pl.Monitor
		var asked []any
		v, err := pl.Map(s.Backend, s.Funcs.Act,
			pl.OnError(func(_ context.Context, err *pl.StageError) error {
				asked = append(asked, err.Item)
				return nil
			}),
			pl.Skip(ErrBoom),
			pl.Retry(1, time.Millisecond),
		)(pl.From(list)).Collect(e.t.Context(), pl.Watch(&m))
		e.NoError(err)
		e.Equal([]int{0, 3, 4}, v)
		e.Equal([]any{list[2]}, asked, "OnError is not asked about what was skipped")
		all := m.Stages()
		e.EqualValues(2, all[len(all)-1].Dropped)
		e.EqualValues(3, all[len(all)-1].Retries)
		e.Equal(5+3, e.journal.count("call"))
	})

	s.test(t, "Skip skips only what it names", func(e *env) {
		err := pl.Map(s.Backend, s.Funcs.Act, pl.Skip(pl.ErrTimeout, context.Canceled))(pl.From(flaky(9))).Run(e.t.Context())
		e.ErrorIs(err, ErrBoom)
		v, err := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(2), pl.Skip())(pl.From(flaky(9))).Collect(e.t.Context())
		e.NoError(err)
		e.ElementsMatch(numbers(8, 3), v)
	})

	s.test(t, "OnError can end the run with another error", func(e *env) {
		other := errors.New("other")
		err := pl.Map(s.Backend, s.Funcs.Act, pl.OnError(func(_ context.Context, err *pl.StageError) error {
			return other
		}))(pl.From(flaky(9))).Run(e.t.Context())
		e.ErrorIs(err, other)
	})

	s.test(t, "OnError that panics ends the run", func(e *env) {
		err := pl.Map(s.Backend, s.Funcs.Act, pl.OnError(func(context.Context, *pl.StageError) error {
			panic("in OnError")
		}))(pl.From(flaky(9))).Run(e.t.Context())
		var p *pl.PanicError
		e.ErrorAs(err, &p)
	})
}
