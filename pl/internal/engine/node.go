package engine

import (
	"context"
	"time"
)

// A node is a part of a run without workers: a source, or an operator that runs
// in one goroutine.
type node[T any] struct {
	run    *Run
	name   string
	out    *Port[T]
	stats  *Stats
	ctx    context.Context
	cancel context.CancelCauseFunc
	inputs []interface{ end() }
	count  int64 // items emitted under positions of its own
	buf    [1]Elem[T]
}

func newNode[T any](r *Run, name string, size int) *node[T] {
	n := &node[T]{run: r, name: name, out: newPort[T](r, size)}
	n.ctx, n.cancel = context.WithCancelCause(r.ctx)
	n.out.stop = func() {
		n.cancel(r.Left)
		for _, in := range n.inputs {
			in.end()
		}
	}
	return n
}

// start lets the run start f in a goroutine and end the node after it.
func (n *node[T]) start(f func() error) {
	n.run.starts = append(n.run.starts, func() {
		n.run.Go(func() {
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
				n.cancel(n.run.Left)
				n.out.close()
			}()
			err := f()
			returned = true
			if err != nil {
				n.fail(err)
			}
		})
	})
}

// fail ends the run with an error of the node. Nobody wants to hear what went
// wrong after its items were no longer needed.
func (n *node[T]) fail(err error) {
	if n.ctx.Err() != nil && !n.run.over() {
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
