package conform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/penstock/penstock/pl"
)

// results: what the operators yield, and how often they call their functions.
func results(t *testing.T, s *Suite) {
	for _, n := range []int{0, 1, 2, 100, 700} {
		for _, workers := range []int{1, 4} {
			s.test(t, fmt.Sprintf("operators/n=%d,workers=%d", n, workers), func(e *env) {
				src, w := pl.From(items(n, nil)), pl.Workers(workers)
				var kept, spread []int
				for i := range n {
					if i%2 == 0 {
						kept = append(kept, i)
					}
					for range i % 4 {
						spread = append(spread, i)
					}
				}
				same := e.ElementsMatch
				if workers == 1 {
					same = func(want, got any, args ...any) { e.Equal(fmt.Sprint(want), fmt.Sprint(got), args...) }
				}
				mapped, err := pl.Map(s.Backend, s.Funcs.Act, w)(src).Collect(e.t.Context())
				e.NoError(err)
				same(numbers(n), mapped)
				filtered, err := pl.Filter(s.Backend, s.Funcs.Keep, w)(src).Collect(e.t.Context())
				e.NoError(err)
				e.Len(filtered, len(kept))
				same(kept, ns(filtered))
				flat, err := pl.FlatMap(s.Backend, s.Funcs.Spread, w)(src).Collect(e.t.Context())
				e.NoError(err)
				same(spread, flat)
				none, err := pl.Each(s.Backend, s.Funcs.Visit, w)(src).Collect(e.t.Context())
				e.NoError(err)
				e.Empty(none)
				e.Equal(4*n, e.journal.count("call"), "each function is called once per item")
			})
		}
	}

	s.test(t, "the results of one FlatMap call keep their order", func(e *env) {
		opts := pl.Options(pl.Workers(4), pl.MaxSize(3))
		v, err := pl.FlatMap(s.Backend, s.Funcs.Twice, opts)(pl.Range(200)).Collect(e.t.Context())
		e.NoError(err)
		e.Len(v, 400)
		at := map[int]int{}
		for i, x := range v {
			at[x] = i
		}
		for x := range 200 {
			e.Less(at[10*x], at[10*x+1])
		}
		v, err = pl.FlatMap(s.Backend, s.Funcs.Twice, opts, pl.InOrder())(pl.Range(200)).Collect(e.t.Context())
		e.NoError(err)
		for i := 0; i < len(v); i += 2 {
			e.Equal(v[i]+1, v[i+1], "with InOrder they stay together")
		}
	})

	s.test(t, "chain", func(e *env) {
		b, f := s.Backend, s.Funcs
		chain := pl.Pipe4(pl.Range(300),
			pl.Map(b, f.Inc, pl.Workers(2), pl.MaxSize(1)),
			pl.Filter(b, f.Even, pl.Workers(3)),
			pl.FlatMap(b, f.Twice, pl.Workers(2), pl.MaxSize(0)),
			pl.Map(b, f.Inc))
		var want []int
		for i := range 300 {
			if x := i + 1; x%2 == 0 {
				want = append(want, 10*x+1, 10*x+2)
			}
		}
		for range 2 { // a stage can be run again
			got, err := chain.Collect(e.t.Context())
			e.NoError(err)
			e.ElementsMatch(want, got)
		}
	})

	s.test(t, "building a stage runs nothing", func(e *env) {
		src, pulls := spring(nil)
		st := pl.Map(s.Backend, s.Funcs.Hooked, pl.Workers(2))(src)
		_ = st.All(e.t.Context())
		_ = st.String()
		e.NoError(st.Err())
		e.settle(0, func() int { return int(pulls.Load()) })
		e.Zero(pulls.Load())
		e.Zero(e.journal.count("start") + e.journal.count("call"))
	})

	s.test(t, "two runs do everything twice", func(e *env) {
		st := pl.Map(s.Backend, s.Funcs.Act, pl.Workers(2))(pl.From(items(5, nil)))
		for i := range 2 {
			v, err := st.Collect(e.t.Context())
			e.NoError(err)
			e.ElementsMatch(numbers(5), v)
			e.Equal(5*(i+1), e.journal.count("call"))
		}
	})

	s.test(t, "a shared stage runs once", func(e *env) {
		b, f := s.Backend, s.Funcs
		base := pl.Map(b, f.Act, pl.Workers(2))(pl.From(items(50, nil)))
		again := pl.Map(b, f.Inc, pl.Workers(2))(base)
		v, err := pl.Merge(base, again, base).Collect(e.t.Context())
		e.NoError(err)
		want := append(numbers(50), numbers(50)...)
		for i := range 50 {
			want = append(want, i+1)
		}
		e.ElementsMatch(want, v)
		e.Equal(50, e.journal.count("call"))
	})

	s.test(t, "a call knows where it is", func(e *env) {
		tell := pl.Map(s.Backend, s.Funcs.Tell, pl.Workers(3), pl.Name("teller"))
		v, err := tell(pl.From(items(40, nil))).Collect(e.t.Context())
		e.NoError(err)
		e.Len(v, 40)
		for _, r := range v {
			e.Equal([]int{r.N}, r.Index)
			e.Equal("teller", r.Stage)
			e.Equal(s.Backend.String(), r.Backend)
			e.GreaterOrEqual(r.Worker, 0)
			e.Less(r.Worker, s.workers(3))
			e.True(r.OwnPID)
			e.Zero(r.Attempt)
		}
		nested := pl.Pipe2(pl.Of(items(3, nil), items(2, nil)), pl.Unbatch[Item], tell)
		v, err = nested.Collect(e.t.Context())
		e.NoError(err)
		var paths []string
		for _, r := range v {
			paths = append(paths, strings.Trim(fmt.Sprint(r.Index), "[]"))
		}
		e.ElementsMatch([]string{"0 0", "0 1", "0 2", "1 0", "1 1"}, paths)
	})

	s.test(t, "default name", func(e *env) {
		st := pl.Map(s.Backend, s.Funcs.Act)(pl.Of[Item]())
		e.Contains(st.String(), "Map(Act) on "+s.Backend.String())
	})
}

func ns(list []Item) []int {
	var v []int
	for _, it := range list {
		v = append(v, it.N)
	}
	return v
}
