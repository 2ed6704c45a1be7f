package engine

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
)

// A WorkFunc takes its share of the items from in and emits
// what it likes.
type WorkFunc[A, B any] func(ctx context.Context, in iter.Seq[A], emit func(B) bool) error

// AddWork adds a stage whose workers each run f once.
func AddWork[A, B any](r *Run, cfg Config, l Launcher, f WorkFunc[A, B], connect func(*Inlet[A])) *Port[B] {
	if l.Single {
		cfg.Workers, cfg.RoundRobin = 1, false
	}
	queues := 1
	if cfg.RoundRobin {
		queues = cfg.Workers
	}
	n := newNode[B](r, cfg.Name, DefaultSize)
	in := newInlet[A](r, cfg.Size, queues)
	n.inputs = append(n.inputs, in)
	connect(in)
	n.out.size = in.sizeHint()
	n.stats = r.addStats(&Stats{Name: cfg.Name, Backend: l.Name, Workers: cfg.Workers, queue: in})

	g := &workers[A, B]{node: n, ctx: n.context(), in: in, f: f, backend: l.Name}
	n.does(func() error {
		g.crew = l.Crew(g.body)
		g.running.Add(cfg.Workers)
		for i := range cfg.Workers {
			g.crew.Start(i)
		}
		g.running.Wait()
		g.crew.Wait(false)
		for _, q := range in.qs {
			n.stats.Dropped.Add(int64(q.lost()))
		}
		n.out.ended(g.emitted.Load())
		return nil
	})
	return n.out
}

// workers are the goroutines of a Work stage.
type workers[A, B any] struct {
	*node[B]
	ctx     context.Context
	in      *Inlet[A]
	f       WorkFunc[A, B]
	backend string
	crew    Crew
	running sync.WaitGroup
	emitted atomic.Int64
}

func (g *workers[A, B]) body(place int) {
	who := Worker{Stage: g.name, Backend: g.backend, Index: place, PID: pid}
	own := len(g.in.qs) > 1
	q := g.in.qs[place%len(g.in.qs)]
	returned := false
	var err error
	g.stats.Busy.Add(1)
	defer func() {
		if !returned {
			if v := recover(); v != nil {
				err = g.run.panicked(v)
			} else {
				err = g.run.Goexit
			}
		}
		g.stats.Busy.Add(-1)
		if own { // the turns of this worker that are still to come go nowhere
			g.stats.Dropped.Add(int64(q.end()))
		}
		if err != nil && (g.ctx.Err() == nil || g.run.over()) {
			g.run.end(g.run.Fault(Fault{Worker: who, Err: err}))
		}
		g.running.Done()
	}()
	buf := make([]Elem[B], 1)
	ctx := context.WithValue(g.ctx, infoKey{}, &Info{Worker: who})
	err = g.f(ctx, values(g.in, q, g.stats), func(v B) bool {
		e := Elem[B]{V: v, At: At(g.emitted.Add(1) - 1)}
		buf[0] = e
		g.stats.Out.Add(1)
		return g.out.push(buf, 0)
	})
	returned = true
}
