package engine

import (
	"context"
	"sync/atomic"
	"time"
)

// A node is a part of a run without workers: a source, or an operator that runs
// in one goroutine.
type node[T any] struct {
	run    *Run
	name   string
	out    *Port[T]
	stats  *Stats
	left   atomic.Bool             // nobody wants its items any more
	cancel context.CancelCauseFunc // nil without a context
	inputs []interface{ end() }
	f      func() error
	count  int64 // items emitted under positions of its own
	buf    [1]Elem[T]
}

func newNode[T any](r *Run, name string, size int) *node[T] {
	n := &node[T]{run: r, name: name, out: newPort[T](r, size)}
	n.out.stop = func() {
		n.left.Store(true)
		if n.cancel != nil {
			n.cancel(r.Left)
		}
		for _, in := range n.inputs {
			in.end()
		}
	}
	return n
}

// context returns a context that ends with the node. Call it before the node runs.
func (n *node[T]) context() context.Context {
	ctx, cancel := context.WithCancelCause(n.run.ctx)
	n.cancel = cancel
	return ctx
}

// does says what the node does, in a goroutine of its own, once the run starts.
func (n *node[T]) does(f func() error) {
	n.f = f
	n.run.add(n)
}

func (n *node[T]) start() { n.run.Go(n.live) }

// live runs f and ends the node after it.
func (n *node[T]) live() {
	returned := false
	defer func() {
		if !returned {
			if v := recover(); v != nil {
				n.fail(n.run.panicked(v))
			} else {
				n.fail(n.run.Goexit)
			}
		}
		for _, in := range n.inputs {
			in.end()
		}
		if n.cancel != nil {
			n.cancel(n.run.Left)
		}
		n.out.close()
	}()
	err := n.f()
	returned = true
	if err != nil {
		n.fail(err)
	}
}

// fail ends the run with an error of the node. Nobody wants to hear what went
// wrong after its items were no longer needed.
func (n *node[T]) fail(err error) {
	if n.left.Load() && !n.run.over() {
		return
	}
	n.run.end(n.run.Fault(Fault{Worker: Worker{Stage: n.name}, Err: err}))
}

// emit sends one item on, and reports whether more are wanted.
func (n *node[T]) emit(v T, at Pos) bool {
	n.buf[0] = Elem[T]{V: v, At: at}
	ok := n.out.push(n.buf[:], 0)
	n.stats.Out.Add(1)
	return ok
}

// emitNew sends one item on under the next position of the node's own.
func (n *node[T]) emitNew(v T) bool {
	n.count++
	return n.emit(v, At(n.count-1))
}

// emitAll sends items on.
func (n *node[T]) emitAll(items []Elem[T]) bool {
	if len(items) == 0 {
		return true
	}
	ok := n.out.push(items, 0)
	n.stats.Out.Add(int64(len(items)))
	return ok
}

// clock adds the time since start to the node's own.
func (n *node[T]) clock(start time.Time) { n.stats.Nanos.Add(int64(time.Since(start))) }
