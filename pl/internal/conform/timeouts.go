package conform

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/penstock/penstock/pl"
)

// timeouts: an item fails at its deadline, whatever its function does.
func timeouts(t *testing.T, s *Suite) {
	const limit, late = 100 * time.Millisecond, 3 * time.Second
	stuck := func(at int) []Item {
		return items(10, func(it *Item) {
			if it.N == at {
				it.For = late
			}
		})
	}
	only := func(e *env, m *pl.Monitor) pl.StageStats {
		all := m.Stages()
		return all[len(all)-1]
	}
	abandoned := func(n int64) int64 {
		if s.Kills {
			return 0
		}
		return n
	}

	for _, workers := range []int{1, 3} {
		for _, order := range []bool{false, true} {
			s.test(t, fmt.Sprintf("skipped/workers=%d,order=%t", workers, order), func(e *env) {
				opts := []pl.Option{pl.Workers(workers), pl.Timeout(limit), pl.Skip(pl.ErrTimeout)}
				if order {
					opts = append(opts, pl.InOrder())
				}
				var m pl.Monitor
				start := time.Now()
				v, err := pl.Map(s.Backend, s.Funcs.Hooked, opts...)(pl.From(stuck(2))).Collect(e.t.Context(), pl.Watch(&m))
				took := time.Since(start)
				e.NoError(err)
				if order || s.workers(workers) == 1 {
					e.Equal(numbers(10, 2), v)
				} else {
					e.ElementsMatch(numbers(10, 2), v)
				}
				if e.Bubble {
					e.Equal(limit, took, "the item fails at its deadline")
				}
				st := only(e, &m)
				e.EqualValues(1, st.Timeouts)
				e.EqualValues(1, st.Dropped)
				e.Equal(abandoned(1), st.Abandoned)
				e.EqualValues(1, st.Restarts)
				e.EqualValues(9, st.Out)
				e.Zero(st.Busy)
				starts, dones := e.journal.count("start"), e.journal.count("done")
				e.Equal(starts-1, dones, "the late worker is not done yet")
				e.sleeps(late)
				if e.Bubble {
					e.Equal(starts, e.journal.count("done"), "now it is")
				}
				e.Equal(10, e.journal.count("call"))
			})
		}
	}

	s.test(t, "all operators", func(e *env) {
		src := pl.From(stuck(4))
		for _, o := range s.operators(src, pl.Workers(2), pl.Timeout(limit), pl.Name("slow")) {
			err := pl.Join(o.stage).Run(e.t.Context())
			e.ErrorIs(err, pl.ErrTimeout, o.name)
			e.ErrorIs(err, context.DeadlineExceeded, o.name)
			var at *pl.StageError
			e.ErrorAs(err, &at)
			e.Equal([]int{4}, at.Index)
			e.Equal(Item{N: 4, For: late}, at.Item)
			e.Equal("slow", at.Worker.Stage)
		}
		e.sleeps(late)
	})

	s.test(t, "every item, one after the other", func(e *env) {
		list := items(5, func(it *Item) { it.For = late })
		var m pl.Monitor
		start := time.Now()
		v, err := pl.Map(s.Backend, s.Funcs.Act, pl.Timeout(limit), pl.Skip())(pl.From(list)).Collect(e.t.Context(), pl.Watch(&m))
		e.NoError(err)
		e.Empty(v)
		if e.Bubble {
			e.Equal(5*limit, time.Since(start))
		}
		st := only(e, &m)
		e.EqualValues(5, st.Timeouts)
		e.Equal(abandoned(5), st.Abandoned)
		e.EqualValues(5, st.Restarts)
		e.sleeps(late)
	})

	if !s.Kills && !s.Switch {
		s.test(t, "a function that minds its context keeps its worker", func(e *env) {
			list := items(6, func(it *Item) {
				if it.N%2 == 1 {
					it.Do = Wait
				}
			})
			var m pl.Monitor
			start := time.Now()
			v, err := pl.Map(s.Backend, s.Funcs.Hooked, pl.Timeout(limit), pl.Skip(pl.ErrTimeout))(pl.From(list)).Collect(e.t.Context(), pl.Watch(&m))
			e.NoError(err)
			e.Equal([]int{0, 2, 4}, v)
			if e.Bubble {
				e.Equal(3*limit, time.Since(start))
			}
			st := only(e, &m)
			e.EqualValues(3, st.Timeouts)
			e.Zero(st.Abandoned)
			e.Zero(st.Restarts)
			e.Equal(1, e.journal.count("start"))
			e.Equal(1, e.journal.count("done"))
		})
	}

	s.test(t, "retry after a timeout", func(e *env) {
		list := items(6, func(it *Item) {
			if it.N == 2 {
				it.For, it.Try = late, 2
			}
		})
		var m pl.Monitor
		start := time.Now()
		v, err := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(2), pl.InOrder(), pl.Timeout(limit), pl.Retry(2, 0))(pl.From(list)).Collect(e.t.Context(), pl.Watch(&m))
		e.NoError(err)
		e.Equal(numbers(6), v)
		if e.Bubble {
			e.Equal(2*limit, time.Since(start), "each try has the whole time")
		}
		st := only(e, &m)
		e.EqualValues(2, st.Timeouts)
		e.EqualValues(2, st.Retries)
		e.Equal(abandoned(2), st.Abandoned)
		e.Zero(st.Dropped)
		e.sleeps(late)
	})

	s.test(t, "OnError sees the timeout", func(e *env) {
		var seen []*pl.StageError
		v, err := pl.Map(s.Backend, s.Funcs.Act, pl.Timeout(limit), pl.OnError(func(_ context.Context, err *pl.StageError) error {
			seen = append(seen, err)
			return nil
		}))(pl.From(stuck(3))).Collect(e.t.Context())
		e.NoError(err)
		e.Equal(numbers(10, 3), v)
		e.Len(seen, 1)
		e.ErrorIs(seen[0], pl.ErrTimeout)
		e.Equal(Item{N: 3, For: late}, seen[0].Item)
		e.sleeps(late)
	})

	s.test(t, "a timeout that nobody needs costs nothing", func(e *env) {
		var m pl.Monitor
		v, err := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(3), pl.Timeout(time.Hour))(pl.From(items(300, nil))).Collect(e.t.Context(), pl.Watch(&m))
		e.NoError(err)
		e.ElementsMatch(numbers(300), v)
		e.Zero(only(e, &m).Timeouts)
	})

	s.test(t, "waiting for room does not count", func(e *env) {
		st := pl.Map(s.Backend, s.Funcs.Act, pl.MaxSize(1), pl.Timeout(limit))(pl.From(items(6, nil)))
		n := 0
		for v, err := range st.All(e.t.Context()) {
			e.NoError(err)
			e.Equal(n, v)
			n++
			time.Sleep(2 * limit) // a slow loop behind a full queue
		}
		e.Equal(6, n)
	})
}
