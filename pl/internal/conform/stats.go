package conform

import (
	"testing"
	"time"

	"github.com/penstock/penstock/pl"
)

// stats: the numbers of the Monitor.
func stats(t *testing.T, s *Suite) {
	s.test(t, "after the run", func(e *env) {
		b, f := s.Backend, s.Funcs
		list := items(100, func(it *Item) {
			if it.N%10 == 4 {
				it.Do = Fail
			}
		})
		st := pl.Pipe3(pl.From(list),
			pl.Filter(b, f.Keep, pl.Name("keep"), pl.Workers(2), pl.MaxSize(7), pl.Skip(ErrBoom)),
			pl.FlatMap(b, f.Spread, pl.Name("spread"), pl.Skip(ErrBoom)),
			pl.Map(b, f.Inc, pl.Name("inc"), pl.MaxSize(0)))
		var m pl.Monitor
		e.Empty(m.Stages())
		e.NoError(m.Err())
		v, err := st.Collect(e.t.Context(), pl.Watch(&m))
		e.NoError(err)
		all := m.Stages()
		e.Len(all, 4)
		src, keep, spread, inc := all[0], all[1], all[2], all[3]
		e.Equal("From(100 values)", src.Name)
		e.Empty(src.Backend)
		e.EqualValues(100, src.Out)
		e.Equal("keep", keep.Name)
		e.Equal(b.String(), keep.Backend)
		e.Equal(7, keep.MaxSize)
		e.EqualValues(100, keep.In)
		e.EqualValues(40, keep.Out)
		e.EqualValues(10, keep.Dropped)
		e.EqualValues(40, spread.In)
		e.EqualValues(len(v), spread.Out)
		e.EqualValues(len(v), inc.In)
		e.EqualValues(len(v), inc.Out)
		e.Zero(inc.MaxSize)
		for _, x := range all {
			e.Zero(x.Busy, x.Name)
			e.Zero(x.Waiting, x.Name)
			e.Zero(x.Timeouts+x.Retries+x.Restarts+x.Abandoned, x.Name)
		}
		e.NoError(m.Err())
	})

	s.test(t, "during the run", func(e *env) {
		src, pulls := spring(func(it *Item) { it.Do = Wait })
		var m pl.Monitor
		ctx, cancel := contextWithCause(e.t)
		end := make(chan error, 1)
		go func() {
			end <- pl.Map(s.Backend, s.Funcs.Act, pl.Workers(3), pl.MaxSize(4))(src).Run(ctx, pl.Watch(&m))
		}()
		e.settle(s.workers(3)+4+1, func() int { return int(pulls.Load()) })
		all := m.Stages()
		cancel(ErrBoom)
		e.Same(ErrBoom, <-end)
		e.Len(all, 2)
		st := all[1]
		e.Equal(s.workers(3), st.Workers)
		e.Equal(s.workers(3), st.Busy)
		e.Equal(5, st.Waiting, "the four of MaxSize, and the one that the source hands over")
		e.EqualValues(s.workers(3), st.In)
		e.Zero(st.Out)
		e.Same(ErrBoom, m.Err())
	})

	s.test(t, "time", func(e *env) {
		list := items(5, func(it *Item) { it.For = 20 * time.Millisecond })
		var m pl.Monitor
		e.NoError(pl.Map(s.Backend, s.Funcs.Act, pl.Workers(2))(pl.From(list)).Run(e.t.Context(), pl.Watch(&m)))
		spent := m.Stages()[1].Time
		e.GreaterOrEqual(spent, 100*time.Millisecond)
		if e.Bubble {
			e.Equal(100*time.Millisecond, spent)
		}
	})
}
