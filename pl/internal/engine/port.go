package engine

import "sync/atomic"

// A Port is where the items of one stage leave: to all consumers of the stage,
// each of which gets every item. The slowest sets the pace.
type Port[T any] struct {
	outs []*edge[T]
	one  edge[T]      // the first edge, and
	out  [1]*edge[T]  // where outs is then
	live atomic.Int32 // edges whose consumer still reads
	size int          // the MaxSize of the stage, for consumers without one of their own

	width func() int // lanes; nil is one
	stop  func()     // ends the stage: nobody reads its items any more
	known []route    // see routes
	asked bool
}

// An edge leads from a port to an inlet and has an end of its own, so that one
// consumer can leave while others stay.
type edge[T any] struct {
	port *Port[T]
	in   *Inlet[T]
	lane int

	dying atomic.Bool // its consumer reads no more
	dead  atomic.Bool // and the stage knows
}

func newPort[T any](r *Run, size int) *Port[T] {
	p := &Port[T]{size: size}
	p.outs = p.out[:0]
	r.add(p)
	return p
}

// Connect makes in a consumer of the port.
func (p *Port[T]) Connect(in *Inlet[T]) {
	e := &p.one
	if len(p.outs) > 0 {
		e = new(edge[T])
	}
	e.port, e.in = p, in
	p.outs = append(p.outs, e)
	in.edges = append(in.edges, e)
	p.live.Add(1)
	for _, q := range in.qs {
		q.addProducer()
	}
}

func (p *Port[T]) lanes() int {
	if p.width == nil {
		return 1
	}
	return p.width()
}

// die marks the edge as one that nobody reads from. The last one ends the stage, and
// does so first: who is told that nobody wants an item finds its context ended.
func (e *edge[T]) die() {
	if !e.dying.CompareAndSwap(false, true) {
		return
	}
	if e.port.live.Add(-1) == 0 && e.port.stop != nil {
		e.port.stop()
	}
	e.dead.Store(true)
}

// reserve promises room for up to want items in the queues of all consumers.
func (p *Port[T]) reserve(want int) int {
	for i, e := range p.outs {
		got := e.in.reserve(want)
		if got < want {
			for _, before := range p.outs[:i] {
				before.in.unreserve(want - got)
			}
			want = got
		}
	}
	return want
}

func (p *Port[T]) unreserve(n int) {
	for _, e := range p.outs {
		e.in.unreserve(n)
	}
}

// push hands items to every consumer that still reads. It reports false if there
// is none, or the run is over.
func (p *Port[T]) push(items []Elem[T], held int) bool {
	alive := false
	for _, e := range p.outs {
		if e.dead.Load() {
			continue
		}
		if e.in.push(items, e.lane, held) {
			alive = true
		}
	}
	return alive
}

func (p *Port[T]) deposit(items []Elem[T], held int) {
	for _, e := range p.outs {
		if !e.dead.Load() {
			e.in.deposit(items, e.lane, held)
		}
	}
}

// close tells every consumer that the stage emits no more.
func (p *Port[T]) close() {
	for _, e := range p.outs {
		for _, q := range e.in.qs {
			q.close()
		}
	}
}
