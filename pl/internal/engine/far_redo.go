package engine

import (
	"errors"
	"time"
)

// A redo is an item that has to be worked on by itself: it failed and is tried again,
// or it was in a process that broke off, where it may have been the reason.
type redo[A any] struct {
	e     Elem[A]
	seq   int64
	fault error
}

// broken deals with a process that broke off. Any of the items that it was sent may be
// the reason: if there is only one, it is; else they are done again one by one.
func (w *worker[A, R, O]) broken() {
	st, f := w.st, w.far
	err := f.remote.Lost()
	f.unhook()
	f.remote = nil
	if f.sent > 0 {
		st.stats.Busy.Add(-1)
	}
	st.stats.Restarts.Add(1)
	if f.late.Load() {
		err = st.run.Timeout
	}
	st.out.unreserve(f.room)
	f.room = 0
	var again []redo[A]
	for i := w.i; i < w.i+f.sent; i++ {
		again = append(again, redo[A]{e: w.in[i], seq: f.seqs[i]})
	}
	if len(again) == 1 {
		again[0].fault = err
	}
	f.redo = append(again, f.redo...)
	w.i += f.sent
	f.sent = 0
	w.shift()
	w.ended = w.ended || st.stopped() // then nobody wants to know about the items
}

// redoNext works on one item by itself, as often as its retries allow.
func (w *worker[A, R, O]) redoNext() {
	f := w.far
	d := f.redo[0]
	f.redo = f.redo[1:]
	rest := append([]Elem[A](nil), w.in[w.i:w.n]...)
	restSeqs := append([]int64(nil), f.seqs[w.i:w.n]...)
	w.in[0], f.seqs[0] = d.e, d.seq
	w.i, w.lo, w.n, w.attempt, w.fault = 0, 0, 1, 0, d.fault
	for w.i < 1 && !w.ended {
		if w.fault != nil {
			w.judge()
			continue
		}
		if f.remote == nil {
			if w.dial(); w.ended {
				break
			}
		}
		w.sendOne()
	}
	if !w.ended && !w.flush() {
		w.ended = true
	}
	w.attempt = 0
	w.i, w.lo, w.n = 0, 0, copy(w.in, rest)
	copy(f.seqs, restSeqs)
	if !w.ended {
		w.shift()
	}
}

// sendOne lets the process work on item 0, and sets fault or keeps the result.
func (w *worker[A, R, O]) sendOne() {
	st, f := w.st, w.far
	st.stats.Busy.Add(1)
	defer st.stats.Busy.Add(-1)
	_, err := f.remote.Send(w.in[:1], w.attempt)
	if bad := (*BadItem)(nil); errors.As(err, &bad) {
		w.fault = bad.Err
		return
	}
	var a Answer[R]
	inTime := true
	if err == nil {
		stop := w.guard()
		a, err = f.remote.Receive()
		inTime = stop()
	}
	if err != nil {
		w.fault = f.remote.Lost()
		if f.late.Load() {
			w.fault = st.run.Timeout
		}
		f.unhook()
		f.remote = nil
		st.stats.Restarts.Add(1)
		return
	}
	st.stats.Nanos.Add(int64(a.Spent))
	f.answers++
	if !inTime {
		w.letGo()
	}
	if len(a.Failed) > 0 {
		w.fault = a.Failed[0].Err
		return
	}
	w.res[0] = a.Values[0]
	w.i = 1
}

// guard kills the process when the timeout of the item it was sent has passed. stop
// reports whether it has not.
func (w *worker[A, R, O]) guard() (stop func() bool) {
	if w.st.cfg.Timeout <= 0 {
		return func() bool { return true }
	}
	f, r := w.far, w.far.remote
	t := time.AfterFunc(w.st.cfg.Timeout, func() { f.late.Store(true); r.Kill() })
	return t.Stop
}

// letGo parts with a process that answered at the moment it was killed for not
// answering: the answer counts, but the next item must not be sent to it, and be blamed.
func (w *worker[A, R, O]) letGo() {
	st, f := w.st, w.far
	_ = f.remote.Lost()
	f.unhook()
	f.remote = nil
	st.stats.Restarts.Add(1)
}
