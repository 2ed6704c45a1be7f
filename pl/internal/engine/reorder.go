package engine

import "sync"

// A reorder emits the results of a stage in the order of its input. Items have
// sequence numbers since they left the queue; whoever completes the oldest one
// emits the run of finished results that begins with it, while the others go on.
type reorder[O any] struct {
	mu       sync.Mutex
	slots    ring[reply[O]] // from head on
	head     int64
	draining bool
	dead     bool
	batch    []Elem[O]

	window int64
	emit   func([]Elem[O]) bool // waits for room
	spill  func([]Elem[O])      // does not
	admit  func(gate int64)
}

// A reply is what became of an item.
type reply[O any] struct {
	done bool
	some bool // it has one result
	one  Elem[O]
	many []Elem[O] // or these
}

// put stores replies. Call flush after it.
func (r *reorder[O]) put(seq int64, v reply[O]) {
	v.done = true
	r.mu.Lock()
	i := int(seq - r.head)
	for r.slots.len() <= i {
		r.slots.push([]reply[O]{{}})
	}
	*r.slots.at(i) = v
	r.mu.Unlock()
}

// flush emits what can be emitted. It reports false if nobody wants it any more.
// With wait false it does not wait for room.
func (r *reorder[O]) flush(wait bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.draining && !r.dead && r.slots.len() > 0 && r.slots.front().done {
		r.draining = true
		for r.slots.len() > 0 && r.slots.front().done && len(r.batch) < 256 {
			v := r.slots.front()
			if v.some {
				r.batch = append(r.batch, v.one)
			}
			r.batch = append(r.batch, v.many...)
			r.slots.drop()
			r.head++
		}
		gate := r.head + r.window
		r.mu.Unlock()
		ok := true
		if wait {
			ok = r.emit(r.batch)
		} else {
			r.spill(r.batch)
		}
		r.admit(gate)
		r.mu.Lock()
		clear(r.batch)
		r.batch = r.batch[:0]
		r.draining = false
		r.dead = !ok
	}
	return !r.dead
}
