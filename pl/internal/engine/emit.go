package engine

// flush emits the results so far. It reports false if nobody wants them.
func (w *worker[A, R, O]) flush() bool {
	st := w.st
	if w.kept == 0 && w.held == 0 {
		return !st.stopped()
	}
	ok := true
	switch {
	case st.kind.silent:
	case st.order != nil:
		w.reply()
		ok = st.order.flush(true)
	default:
		st.kind.many(w, w.in[:w.kept], w.res[:w.kept])
		st.stats.Out.Add(int64(len(w.out)))
		ok = st.out.push(w.out, w.held)
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
		w.reply()
		st.order.flush(false)
	default:
		st.kind.many(w, w.in[:w.kept], w.res[:w.kept])
		st.stats.Out.Add(int64(len(w.out)))
		st.out.deposit(w.out, w.held)
	}
	w.forget()
}

func (w *worker[A, R, O]) forget() {
	clear(w.in[:w.kept])
	clear(w.res[:w.kept])
	w.kept, w.held = 0, 0
}

// reply gives the results to the reordering.
func (w *worker[A, R, O]) reply() {
	for j := range w.kept {
		w.st.kind.many(w, w.in[j:j+1], w.res[j:j+1])
		var v reply[O]
		switch len(w.out) {
		case 0:
		case 1:
			v.some, v.one = true, w.out[0]
		default:
			v.many = append([]Elem[O](nil), w.out...)
		}
		clear(w.out)
		w.out = w.out[:0]
		w.st.order.put(w.seq+int64(w.idx[j]), v)
	}
}
