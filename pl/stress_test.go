package pl_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

var (
	stressFor  = flag.Duration("stress", 2*time.Second, "how long TestStress runs random pipelines")
	stressSeed = flag.Uint64("stress.seed", 0, "run only the random pipeline of this seed")
)

// TestStress runs short random pipelines: random operators, backends, workers and
// bounds, shared stages, failures and early ends. Each must end, with the values of
// a plain loop or with an error that it was given.
func TestStress(t *testing.T) {
	if *stressSeed != 0 {
		stressOne(t, *stressSeed)
		return
	}
	seed := uint64(time.Now().UnixNano())
	n := 0
	for start := time.Now(); time.Since(start) < *stressFor; n++ {
		stressOne(t, seed+uint64(n))
		if t.Failed() {
			return
		}
	}
	t.Logf("%d pipelines from seed %d on", n, seed)
}

var errStress = errors.New("stress")

// stressOne runs the pipeline of a seed.
func stressOne(t *testing.T, seed uint64) {
	g := &stressGen{Rand: rand.New(rand.NewPCG(seed, 1))}
	p := g.pipeline()
	var m pl.Monitor
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	type result struct {
		got  []int
		err  error
		left bool
	}
	done := make(chan result, 1)
	end := g.IntN(8)
	at := g.IntN(30)
	go func() {
		var r result
		switch end {
		case 0: // leave the loop
			for v, err := range p.stage.All(ctx, pl.Watch(&m)) {
				if r.err = err; err != nil {
					break
				}
				if r.got = append(r.got, v); len(r.got) > at {
					r.left = true
					break
				}
			}
		case 1: // cancel in the loop
			for v, err := range p.stage.All(ctx, pl.Watch(&m)) {
				if r.err = err; err != nil {
					break
				}
				if r.got = append(r.got, v); len(r.got) > at {
					cancel()
				}
			}
		default:
			r.got, r.err = p.stage.Collect(ctx, pl.Watch(&m))
		}
		done <- r
	}()
	var r result
	select {
	case r = <-done:
	case <-time.After(20 * time.Second):
		stack := make([]byte, 1<<20)
		t.Fatalf("seed %d hangs: %v\n%s\n%s", seed, p.stage, m.Dump(), stack[:runtime.Stack(stack, true)])
	}
	switch {
	case r.left:
	case r.err != nil && end == 1 && errors.Is(r.err, context.Canceled):
	case r.err != nil:
		require.ErrorIs(t, r.err, errStress, "seed %d: %v", seed, p.stage)
		require.True(t, p.fails, "seed %d: %v", seed, p.stage)
	case p.takes: // which values it took is open
		require.LessOrEqual(t, len(r.got), len(p.want), "seed %d: %v", seed, p.stage)
	case p.fails:
		require.Fail(t, "no error", "seed %d: %v", seed, p.stage)
	default:
		if !p.ordered {
			slices.Sort(r.got)
			slices.Sort(p.want)
		}
		if !slices.Equal(r.got, p.want) {
			require.Equal(t, p.want, r.got, "seed %d: %v", seed, p.stage)
		}
	}
}

// A stressed is a random stage, and what it should yield.
type stressed struct {
	stage   pl.Stage[int]
	want    []int
	ordered bool // the values come in this order
	exact   bool // and the order is that of the source
	takes   bool
	fails   bool
}

type stressGen struct {
	*rand.Rand
	depth int
}

func (g *stressGen) pipeline() stressed {
	p := g.source()
	for range g.IntN(6) {
		p = g.operator(p)
	}
	if g.IntN(3) == 0 && p.exact {
		p.stage, p.ordered = pl.Ordered(p.stage), true
	}
	return p
}

func (g *stressGen) source() stressed {
	n := []int{0, 1, 2, 7, 20, 100, 1000}[g.IntN(7)]
	p := stressed{ordered: true, exact: true}
	for i := range n {
		p.want = append(p.want, i)
	}
	switch g.IntN(4) {
	case 0:
		p.stage = pl.Range(n)
	case 1:
		p.stage = pl.From(slices.Clone(p.want))
	case 2:
		p.stage = pl.FromSeq(slices.Values(slices.Clone(p.want)))
	default:
		p.stage = pl.Generate(func(_ context.Context, emit func(int) bool) error {
			for i := range n {
				if !emit(i) {
					break
				}
			}
			return nil
		})
	}
	return p
}

func (g *stressGen) options() ([]pl.Option, bool) {
	workers := 1 + g.IntN(6)
	opts := []pl.Option{pl.Workers(workers)}
	if g.IntN(2) == 0 {
		opts = append(opts, pl.MaxSize([]int{0, 1, 2, 3, 17, 40}[g.IntN(6)]))
	}
	inOrder := g.IntN(4) == 0
	if inOrder {
		opts = append(opts, pl.InOrder(), pl.Window(1+g.IntN(20)))
	}
	if g.IntN(6) == 0 {
		opts = append(opts, pl.RoundRobin())
	}
	if g.IntN(8) == 0 {
		opts = append(opts, pl.Timeout(time.Minute))
	}
	return opts, inOrder || workers == 1
}

func (g *stressGen) backend() (pl.Backend, bool) {
	switch g.IntN(3) {
	case 0:
		return pl.Sync, true
	case 1:
		return thread.Backend, false
	default:
		return task.Backend, false
	}
}

// slow makes some items take longer.
func slow(x int) {
	if x%13 == 5 {
		runtime.Gosched()
	}
	if x%97 == 11 {
		time.Sleep(50 * time.Microsecond)
	}
}

func (g *stressGen) operator(p stressed) stressed {
	opts, keeps := g.options()
	b, single := g.backend()
	keeps = keeps || single
	kind := g.IntN(17)
	if kind >= 15 && g.depth > 1 {
		kind = 0
	}
	switch kind {
	case 0, 1, 2:
		p.stage = pl.Map(b, pl.Fn(func(_ context.Context, x int) (int, error) { slow(x); return x + 1, nil }), opts...)(p.stage)
		p.ordered = p.ordered && keeps
		p.want = expand(p.want, func(x int) []int { return []int{x + 1} })
	case 3, 4:
		p.stage = pl.Filter(b, pl.Fn(func(_ context.Context, x int) (bool, error) { slow(x); return x%3 != 0, nil }), opts...)(p.stage)
		p.ordered = p.ordered && keeps
		p.want = expand(p.want, func(x int) []int {
			if x%3 == 0 {
				return nil
			}
			return []int{x}
		})
	case 5:
		f := func(x int) []int { return []int{x, x + 1, x + 2}[:x&3%4%3+x&1] }
		p.stage = pl.FlatMap(b, pl.Fn(func(_ context.Context, x int) ([]int, error) { return f(x), nil }), opts...)(p.stage)
		p.ordered = p.ordered && keeps
		p.want = expand(p.want, f)
	case 6:
		p.stage = p.stage.Then(pl.Tap(func(int) {}), pl.Buffer[int](g.IntN(3)))
	case 7:
		n := g.IntN(200)
		p.stage = pl.Take[int](n)(p.stage)
		if n < len(p.want) {
			p.takes = p.takes || p.fails // whether it gets as far as the failure is open
			if p.ordered {
				p.want = p.want[:n]
				p.exact = p.exact && p.ordered
			} else {
				p.takes = true
			}
		}
	case 8:
		p.stage = pl.Pipe2(p.stage, pl.Batch[int](1+g.IntN(5), 0), pl.Unbatch[int])
		p.exact = p.ordered
	case 9:
		p.stage = pl.Through(func(in iter.Seq[int]) iter.Seq[int] { return in })(p.stage)
		p.exact = p.ordered
	case 10:
		if p.exact {
			p.stage, p.ordered = pl.Ordered(p.stage), true
		}
	case 11: // some fail and are tried again, or dropped
		p.stage = pl.Map(b, pl.Fn(func(ctx context.Context, x int) (int, error) {
			info, _ := pl.FromContext(ctx)
			if x%5 == 1 && info.Attempt == 0 || x%7 == 2 {
				return 0, fmt.Errorf("%d: %w", x, errStress)
			}
			return x, nil
		}), append(opts, pl.Retry(1, 0), pl.Skip(errStress))...)(p.stage)
		p.ordered = p.ordered && keeps
		p.want = expand(p.want, func(x int) []int {
			if x%7 == 2 {
				return nil
			}
			return []int{x}
		})
	case 12: // the run fails
		if g.IntN(3) > 0 {
			return p
		}
		at := g.IntN(100)
		p.stage = pl.Map(b, pl.Fn(func(_ context.Context, x int) (int, error) {
			if x == at {
				if x%2 == 0 {
					panic(errStress)
				}
				return 0, errStress
			}
			return x, nil
		}), opts...)(p.stage)
		p.ordered = p.ordered && keeps
		p.fails = p.fails || slices.Contains(p.want, at)
	case 13:
		if b == task.Backend {
			b = thread.Backend
		}
		p.stage = pl.Work(b, func(_ context.Context, in iter.Seq[int], emit func(int) bool) error {
			for x := range in {
				if !emit(x) {
					break
				}
			}
			return nil
		}, pl.Workers(1+g.IntN(4)), pl.MaxSize(g.IntN(5)))(p.stage)
		p.ordered, p.exact = false, false
	case 14: // shared, several times over
		g.depth++
		a, c := g.operator(p), g.operator(p)
		g.depth--
		if g.IntN(2) == 0 {
			p.stage = pl.Merge(a.stage, c.stage)
			p.ordered, p.exact = false, false
		} else {
			p.stage = pl.Concat(a.stage, c.stage)
			p.ordered = a.ordered && c.ordered
			p.exact = p.ordered
		}
		p.want = slices.Concat(a.want, c.want)
		p.takes = a.takes || c.takes
		p.fails = a.fails || c.fails
	default:
		g.depth++
		q := g.pipeline()
		g.depth--
		p.stage = pl.Merge(p.stage, q.stage)
		p.want = slices.Concat(p.want, q.want)
		p.ordered, p.exact = false, false
		p.takes = p.takes || q.takes
		p.fails = p.fails || q.fails
	}
	return p
}

func expand(in []int, f func(int) []int) []int {
	var out []int
	for _, x := range in {
		out = append(out, f(x)...)
	}
	return out
}
