package pl_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/penstock/penstock/pl"
)

// A modeled stage is a stage with what it should yield: values with the positions
// that Ordered goes by.
type modeled struct {
	stage  pl.Stage[int]
	vals   []placed
	lanes  int
	sorted bool // the order of vals is the order in which they come
	text   string
}

type placed struct {
	path []int
	lane int
	v    int
}

func byPlace(a, b placed) int {
	return cmp.Or(slices.Compare(a.path, b.path), cmp.Compare(a.lane, b.lane))
}

// modelGen draws random pipelines.
type modelGen struct {
	*rapid.T
	next int // values that sources yield are all different
	made []modeled
	fast bool // in real time: nothing takes any, and workers take many items at once
	long bool // sources are long
}

func (g *modelGen) int(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(g.T, "n") }

func (g *modelGen) backend() pl.Backend { return backends[g.int(0, len(backends)-1)] }

// options draws options, and says whether a stage with them keeps the order.
func (g *modelGen) options(b pl.Backend) (o []pl.Option, keeps bool) {
	workers := g.int(1, 4)
	keeps = workers == 1 || b == pl.Sync
	o = []pl.Option{pl.Workers(workers), pl.MaxSize([]int{1, 2, 30, 0, 512}[g.int(0, 4)])}
	if g.int(0, 3) == 0 {
		o = append(o, pl.RoundRobin())
	}
	if g.int(0, 3) == 0 {
		o = append(o, pl.InOrder(), pl.Window(g.int(1, 8)))
		keeps = true
	}
	return o, keeps
}

// linger takes a time that depends on the value.
func (g *modelGen) linger(v int) {
	switch {
	case v%3 != 0:
	case g.fast:
		runtime.Gosched()
	default:
		time.Sleep(time.Duration(v*7919%13) * time.Millisecond)
	}
}

func (g *modelGen) source() modeled {
	n := g.int(0, 12)
	if g.long {
		n *= 60
	}
	list := make([]int, n)
	m := modeled{lanes: 1, sorted: true, text: fmt.Sprintf("src(%d)", len(list))}
	for i := range list {
		g.next++
		list[i] = g.next
		m.vals = append(m.vals, placed{[]int{i}, 0, list[i]})
	}
	switch g.int(0, 2) {
	case 0:
		m.stage = pl.From(list)
	case 1:
		m.stage = pl.FromSeq(slices.Values(list))
	default:
		m.stage = pl.Generate(func(_ context.Context, emit func(int) bool) error {
			for _, v := range list {
				g.linger(v)
				emit(v)
			}
			return nil
		})
	}
	return m
}

// pipeline draws a pipeline of some operators.
func (g *modelGen) pipeline(depth int) modeled {
	if depth == 0 {
		return g.source()
	}
	if len(g.made) > 0 && g.int(0, 4) == 0 {
		return g.made[g.int(0, len(g.made)-1)] // a shared stage
	}
	m := g.operator(g.pipeline(depth-1), depth)
	g.made = append(g.made, m)
	return m
}

func (g *modelGen) operator(up modeled, depth int) modeled {
	b := g.backend()
	opts, keeps := g.options(b)
	m := modeled{lanes: up.lanes, sorted: up.sorted && keeps}
	k := g.int(2, 4)
	switch kind := g.int(0, 11); kind {
	case 0:
		m.text = up.text + " map"
		m.stage = pl.Map(b, pl.Fn(func(_ context.Context, v int) (int, error) { g.linger(v); return v * k, nil }), opts...)(up.stage)
		for _, p := range up.vals {
			m.vals = append(m.vals, placed{p.path, p.lane, p.v * k})
		}
	case 1:
		m.text = up.text + " filter"
		m.stage = pl.Filter(b, pl.Fn(func(_ context.Context, v int) (bool, error) { g.linger(v); return v%k != 0, nil }), opts...)(up.stage)
		for _, p := range up.vals {
			if p.v%k != 0 {
				m.vals = append(m.vals, p)
			}
		}
	case 2, 3:
		m.text = up.text + " flatmap"
		m.stage = pl.FlatMap(b, pl.Fn(func(_ context.Context, v int) ([]int, error) { g.linger(v); return copies(v, v%k), nil }), opts...)(up.stage)
		for _, p := range up.vals {
			for i, v := range copies(p.v, p.v%k) {
				m.vals = append(m.vals, placed{append(slices.Clone(p.path), i), p.lane, v})
			}
		}
	case 4:
		m.text = up.text + " skip"
		m.stage = pl.Map(b, pl.Fn(func(_ context.Context, v int) (int, error) {
			if g.linger(v); v%k == 1 {
				return 0, errBoom
			}
			return v, nil
		}), append(opts, pl.Skip(errBoom))...)(up.stage)
		for _, p := range up.vals {
			if p.v%k != 1 {
				m.vals = append(m.vals, p)
			}
		}
	case 5, 6:
		other := g.pipeline(depth - 1)
		m.text = "merge(" + up.text + ", " + other.text + ")"
		m.stage = pl.Merge(up.stage, other.stage)
		m.sorted = false
		m.lanes += other.lanes
		m.vals = slices.Clone(up.vals)
		for _, p := range other.vals {
			m.vals = append(m.vals, placed{p.path, p.lane + up.lanes, p.v})
		}
	case 7: // Concat yields its stages one after the other, in order if they are
		other := g.pipeline(depth - 1)
		a, c := ordered(up), ordered(other)
		m.text = "concat(" + a.text + ", " + c.text + ")"
		m.stage = pl.Concat(a.stage, c.stage)
		m.lanes, m.sorted = 1, true
		for i, p := range append(slices.Clone(a.vals), c.vals...) {
			m.vals = append(m.vals, placed{[]int{i}, 0, p.v})
		}
	case 8:
		return ordered(up)
	case 9:
		a := ordered(up)
		m.text = a.text + " batch-unbatch"
		m.stage = pl.Pipe2(a.stage, pl.Batch[int](k, 0), pl.Unbatch[int])
		m.lanes, m.sorted = 1, true
		for i, p := range a.vals {
			m.vals = append(m.vals, placed{[]int{i / k, i % k}, 0, p.v})
		}
	case 10:
		a := ordered(up)
		m.text = fmt.Sprintf("%s take(%d)", a.text, 2*k)
		m.stage = pl.Take[int](2 * k)(a.stage)
		m.sorted = true
		m.vals = a.vals[:min(2*k, len(a.vals))]
	default:
		m = up
		m.text += " buffer-tap-through"
		m.stage = pl.Pipe2(up.stage, pl.Buffer[int](k), pl.Tap(func(int) {}))
		if up.sorted {
			m.stage = pl.Through(func(in iter.Seq[int]) iter.Seq[int] { return in })(m.stage)
			m.lanes, m.vals = 1, nil
			for i, p := range up.vals {
				m.vals = append(m.vals, placed{[]int{i}, 0, p.v})
			}
		}
	}
	return m
}

func copies(v, n int) []int {
	var list []int
	for i := range n {
		list = append(list, v+1000*i)
	}
	return list
}

func ordered(m modeled) modeled {
	m.text += " ordered"
	m.stage = pl.Ordered(m.stage)
	m.vals = slices.Clone(m.vals)
	slices.SortStableFunc(m.vals, byPlace)
	m.sorted = true
	return m
}

func (m modeled) want() []int {
	v := []int{}
	for _, p := range m.vals {
		v = append(v, p.v)
	}
	return v
}

// TestOrderedProperty compares random pipelines with plain loops: the same values,
// and behind Ordered the same order.
func TestOrderedProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &modelGen{T: rt, fast: rapid.Bool().Draw(rt, "fast")}
		g.long = g.fast && rapid.Bool().Draw(rt, "long")
		m := g.pipeline(g.int(1, 6))
		if g.int(0, 1) == 1 {
			m = ordered(m)
		}
		var got []int
		var err error
		if g.fast {
			got, err = m.stage.Collect(t.Context())
		} else {
			bubble(t, func(t *testing.T) { got, err = m.stage.Collect(t.Context()) })
		}
		if err != nil {
			rt.Fatalf("%s: %v", m.text, err)
		}
		want := m.want()
		if !m.sorted {
			slices.Sort(got)
			slices.Sort(want)
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("%s:\n got %v\nwant %v", m.text, got, want)
		}
	})
}
