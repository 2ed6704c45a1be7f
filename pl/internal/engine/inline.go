package engine

import (
	"iter"
	"time"
)

// The operators without workers. Each runs in one goroutine of its own.

// newInline returns a node with one input. Its queue follows the stage before it.
func newInline[A, B any](r *Run, name string, keeps bool, connect func(*Inlet[A])) (*node[B], *Inlet[A]) {
	n := newNode[B](r, name, DefaultSize)
	in := newInlet[A](r, Size{}, 1)
	n.inputs = append(n.inputs, in)
	if keeps { // positions
		in.down = n.out.routes
		n.out.width = in.lanes
	}
	connect(in)
	n.out.size = in.inherit()
	n.stats = r.addStats(&Stats{Name: name, queue: in})
	return n, in
}

// reading calls f with the items that arrive, some at a time, until it returns
// false or there are no more. A kick of the queue calls it with none.
func reading[A any](in *Inlet[A], stats *Stats, f func([]Elem[A]) bool) {
	var buf []Elem[A]
	done, size := 0, 1
	for {
		buf = roomFor(buf, size)
		n, _, ok := in.qs[0].lease(buf, done)
		if !ok {
			giveBack(buf)
			return
		}
		done = max(0, n-1)
		size = in.more(n, len(buf))
		if stats != nil {
			stats.In.Add(int64(n))
		}
		if !f(buf[:n]) {
			in.qs[0].release(done)
			clear(buf[:n])
			giveBack(buf)
			return
		}
		clear(buf[:n])
	}
}

// AddTap adds a stage that calls f for every item that passes.
func AddTap[T any](r *Run, name string, f func(T), connect func(*Inlet[T])) *Port[T] {
	n, in := newInline[T, T](r, name, true, connect)
	n.does(func() error {
		reading(in, n.stats, func(items []Elem[T]) bool {
			start := time.Now()
			for _, e := range items {
				f(e.V)
			}
			n.clock(start)
			return n.emitAll(items)
		})
		return nil
	})
	return n.out
}

// AddTake adds a stage that passes the first items on, and then ends those before it.
func AddTake[T any](r *Run, name string, count int, connect func(*Inlet[T])) *Port[T] {
	n, in := newInline[T, T](r, name, true, connect)
	in.down = func() []route {
		var up []route
		for _, rt := range n.out.routes() {
			rt.takes++
			up = append(up, rt)
		}
		return up
	}
	n.does(func() error {
		left := count
		if left > 0 {
			reading(in, n.stats, func(items []Elem[T]) bool {
				items = items[:min(left, len(items))]
				left -= len(items)
				for _, e := range items {
					n.out.pass(e.At)
				}
				return n.emitAll(items) && left > 0
			})
		}
		n.out.seal()
		return nil
	})
	return n.out
}

// AddUnbatch adds a stage that passes on the elements of slices.
func AddUnbatch[T any](r *Run, name string, connect func(*Inlet[[]T])) *Port[T] {
	n, in := newInline[[]T, T](r, name, true, connect)
	n.does(func() error {
		var out []Elem[T]
		reading(in, n.stats, func(items []Elem[[]T]) bool {
			for _, e := range items {
				out = spread(n.out, out[:0], e.At, e.V)
				if !n.emitAll(out) {
					return false
				}
				clear(out)
			}
			return true
		})
		return nil
	})
	return n.out
}

// AddBatch adds a stage that groups items into slices of size items, or fewer
// when the first of them has waited as long as wait.
func AddBatch[T any](r *Run, name string, size int, wait time.Duration, connect func(*Inlet[T])) *Port[[]T] {
	n, in := newInline[T, []T](r, name, false, connect)
	n.does(func() error {
		var batch []T
		var timer *time.Timer
		var due time.Time
		send := func() bool {
			v := batch
			batch = nil
			if timer != nil {
				timer.Stop()
			}
			return n.emitNew(v)
		}
		if wait > 0 {
			timer = time.AfterFunc(wait, in.qs[0].kick)
			timer.Stop()
			defer timer.Stop()
		}
		alive := true
		reading(in, n.stats, func(items []Elem[T]) bool {
			for _, e := range items {
				if batch == nil {
					batch = make([]T, 0, min(size, 1024))
					if timer != nil {
						due = time.Now().Add(wait)
						timer.Reset(wait)
					}
				}
				batch = append(batch, e.V)
				if len(batch) == size {
					if alive = send(); !alive {
						return false
					}
				}
			}
			if timer != nil && len(batch) > 0 && !time.Now().Before(due) {
				alive = send()
			}
			return alive
		})
		if alive && len(batch) > 0 {
			send()
		}
		n.out.ended(n.count)
		return nil
	})
	return n.out
}

// AddThrough adds a stage of iterator code.
func AddThrough[A, B any](r *Run, name string, f func(iter.Seq[A]) iter.Seq[B], connect func(*Inlet[A])) *Port[B] {
	n, in := newInline[A, B](r, name, false, connect)
	n.does(func() error {
		defer func() { n.out.ended(n.count) }()
		for v := range f(values(in, in.qs[0], n.stats)) {
			if !n.emitNew(v) {
				break
			}
		}
		return nil
	})
	return n.out
}

// values returns the items of a queue one by one. What is taken and not asked for
// counts as waiting.
func values[A any](in *Inlet[A], q *queue[A], stats *Stats) iter.Seq[A] {
	return func(yield func(A) bool) {
		var buf [1]Elem[A]
		for {
			n, _, ok := q.lease(buf[:], 0)
			if !ok {
				return
			}
			if n == 0 {
				continue
			}
			stats.In.Add(1)
			if !yield(buf[0].V) {
				return
			}
		}
	}
}

// AddOrdered adds a stage that restores the order of the source.
func AddOrdered[T any](r *Run, name string, connect func(*Inlet[T])) *Port[T] {
	n, in := newInline[T, T](r, name, true, connect)
	var o *orderer[T]
	t := &lateTracker{}
	in.down = func() []route {
		return append([]route{{to: t}}, n.out.routes()...)
	}
	r.prepare(func() {
		o = newOrderer[T](in.lanes(), in.qs[0].kick)
		t.tracker = o
	})
	n.does(func() error {
		_, err := ordered(in, n.stats, o, n.emitAll)
		return err
	})
	return n.out
}

// ordered reads in and gives its items to emit in the order of the source.
func ordered[T any](in *Inlet[T], stats *Stats, o *orderer[T], emit func([]Elem[T]) bool) (alive bool, err error) {
	var ready []Elem[T]
	drain := func() bool {
		for {
			ready = o.take(ready[:0], maxLease)
			if len(ready) == 0 {
				return true
			}
			if !emit(ready) {
				return false
			}
			clear(ready)
		}
	}
	alive = true
	reading(in, stats, func(items []Elem[T]) bool {
		if err = o.put(items); err != nil {
			return false
		}
		alive = drain()
		return alive
	})
	if alive && err == nil {
		o.finish()
		alive = drain()
	}
	return alive, err
}

// A lateTracker is a tracker that is made when the number of lanes is known.
type lateTracker struct{ tracker }

// AddConcat adds a stage that passes on all items of the first input, then all of
// the second, and so on. Where the order of the source is restored behind it, it
// restores that of each input.
func AddConcat[T any](r *Run, name string, connects []func(*Inlet[T]), shared []bool) *Port[T] {
	n := newNode[T](r, name, DefaultSize)
	ins := make([]*Inlet[T], len(connects))
	orders := make([]*orderer[T], len(connects))
	for i, connect := range connects {
		in := newInlet[T](r, Size{}, 1)
		in.holds = shared[i]
		ins[i] = in
		n.inputs = append(n.inputs, in)
		t := &lateTracker{}
		in.down = func() []route {
			if len(n.out.routes()) == 0 {
				return nil
			}
			return []route{{to: t}}
		}
		connect(in)
		r.prepare(func() {
			if len(n.out.routes()) > 0 {
				orders[i] = newOrderer[T](in.lanes(), in.qs[0].kick)
				t.tracker = orders[i]
			}
		})
	}
	n.stats = r.addStats(&Stats{Name: name})
	n.does(func() error {
		renumber := func(items []Elem[T]) bool {
			for i := range items {
				items[i].At = At(n.count)
				n.count++
			}
			return n.emitAll(items)
		}
		for i, in := range ins {
			alive := true
			if o := orders[i]; o != nil {
				var err error
				if alive, err = ordered(in, n.stats, o, renumber); err != nil {
					return err
				}
			} else {
				reading(in, n.stats, func(items []Elem[T]) bool {
					alive = renumber(items)
					return alive
				})
			}
			if !alive {
				break
			}
		}
		n.out.ended(n.count)
		return nil
	})
	return n.out
}
