package engine

// An item that suddenly takes long in another process must not hold up those that were
// sent with it while other workers have nothing to do. So the watchdog minds workers that
// wait for the answers to several items, and asks for those that are not begun.
//
// The word of the worker says how far that is. The worker sets farLent before it waits and
// takes it away afterwards; only while it is set, and nothing has moved since the last
// look, may the watchdog set farAsked. Until the answer to that is there, the worker sends
// nothing, so that both sides agree which items are the newest.
//
//	bit  0     farLent: the worker waits for answers to several items
//	bit  1     farAsked: it was asked to give back what is not begun
//	bits 2-63  a count, different each time that the worker waits
const (
	farLent  = 1
	farAsked = 2
	farCount = 4
)

// meet makes the new other half known to the watchdog. It has not been asked anything.
func (w *worker[A, R, O]) meet() {
	r := w.far.remote
	w.word.And(^uint64(farAsked))
	w.peer.Store(&r)
}

// asked reports whether an answer to a recall has to come.
func (w *worker[A, R, O]) asked() bool {
	return w.far.remote != nil && w.word.Load()&farAsked != 0
}

// lend lets the watchdog recall what the worker waits for.
func (w *worker[A, R, O]) lend() {
	st := w.st
	if w.far.sent < 2 || len(st.in.qs) > 1 || w.asked() {
		return // the turns of a worker are its own
	}
	w.word.Store(w.word.Load() + farCount | farLent)
	st.shared.Add(1)
	if st.run.watch.asleep.Load() {
		st.run.watch.wakeUp()
	}
}

// unlend ends lend.
func (w *worker[A, R, O]) unlend() {
	if w.word.And(^uint64(farLent))&farLent != 0 {
		w.st.shared.Add(-1)
	}
}

// recall asks the workers of the stage that are stuck for what is not begun, if others
// have nothing to do. It reports whether there is any worker to mind.
func (st *stage[A, R, O]) recall() bool {
	if st.shared.Load() == 0 {
		return false
	}
	hungry := st.in.qs[0].hungry()
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, w := range st.places {
		v := w.word.Load()
		stuck := v == w.seen
		w.seen = v
		r := w.peer.Load() // before the swap, which proves that it is the one that waits
		if !hungry || !stuck || v&farLent == 0 || v&farAsked != 0 || !w.word.CompareAndSwap(v, v|farAsked) {
			continue
		}
		st.running++
		st.run.Go(func() { // it may take its time, if the process does not read
			defer st.leave(nil, false)
			(*r).Recall()
		})
	}
	return true
}

// giveBack gives the n newest items that were sent, and what was to be sent next, to
// workers that have nothing to do.
func (w *worker[A, R, O]) giveBack(n int) {
	st, f := w.st, w.far
	w.word.And(^uint64(farAsked))
	if n > f.sent { // more than it was sent: it cannot be believed any more
		f.remote.Kill()
		w.broken()
		return
	}
	if n == 0 {
		return
	}
	f.sent -= n
	from := w.i + f.sent
	items := w.in[from:w.n]
	counted := max(0, f.counted-max(0, f.sent-1)-len(f.redo))
	f.counted -= counted
	st.stats.In.Add(-int64(len(items))) // they will be taken again
	w.q.putBack(items, f.seqs[from:w.n], counted)
	clear(items)
	w.n = from
	if f.room > f.sent {
		st.out.unreserve(f.room - f.sent)
		f.room = f.sent
	}
	if f.sent == 0 {
		st.stats.Busy.Add(-1)
	}
	f.stuck = f.sent > 0
}
