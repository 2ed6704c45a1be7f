package engine

import "slices"

// flush emits the results so far. It reports false if nobody wants them.
func (w *worker[A, R, O]) flush() bool {
	st := w.st
	if w.lo == w.i && w.held == 0 {
		return !st.stopped()
	}
	ok := true
	switch {
	case st.kind.silent:
	case st.order != nil:
		w.reply(w.lo, w.i)
		ok = st.order.flush(true)
	default:
		w.out = roomFor(w.out[:cap(w.out)], w.i-w.lo)[:0]
		w.out = st.kind.many(st, w.out, w.in[w.lo:w.i], w.res[w.lo:w.i])
		ok = st.push(w.out, w.held)
		clear(w.out)
		w.out = w.out[:0]
	}
	w.forget()
	return ok && !st.stopped()
}

// spill is flush without waiting for room, for a run that is about to fail.
func (w *worker[A, R, O]) spill() {
	st := w.st
	switch {
	case st.kind.silent:
	case st.order != nil:
		w.reply(w.lo, w.i)
		st.order.flush(false)
	default:
		st.spill(st.kind.many(st, nil, w.in[w.lo:w.i], w.res[w.lo:w.i]), w.held)
	}
	w.forget()
}

func (w *worker[A, R, O]) forget() {
	clear(w.in[w.lo:w.i])
	clear(w.res[w.lo:w.i])
	w.lo, w.held = w.i, 0
}

// reply gives the results of some items to the reordering.
func (w *worker[A, R, O]) reply(from, to int) {
	for i := from; i < to; i++ {
		w.out = w.st.reply(w.out, w.seqOf(i), w.in[i:i+1], w.res[i:i+1])
	}
}

// reply gives the result of one item to the reordering; out is scratch memory.
func (st *stage[A, R, O]) reply(out []Elem[O], seq int64, in []Elem[A], res []R) []Elem[O] {
	var v reply[O]
	switch out = st.kind.many(st, out[:0], in, res); len(out) {
	case 0:
	case 1:
		v.some, v.one = true, out[0]
	default:
		v.many = slices.Clone(out)
	}
	st.order.put(seq, v)
	clear(out)
	return out[:0]
}

// seqOf returns the sequence number of item i of the lease.
func (w *worker[A, R, O]) seqOf(i int) int64 {
	if w.far != nil {
		return w.far.seqs[i]
	}
	return w.seq + int64(i)
}
