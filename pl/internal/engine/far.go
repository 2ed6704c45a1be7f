package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// A Remote is a worker in another process. Its methods are for one goroutine, except
// for Cancel and Kill.
type Remote[A, R any] interface {
	// Size is how many items should be sent at a time.
	Size() int
	// Send hands items over, which are answered in this order. It returns how many it
	// has sent, and a [BadItem] if the next one cannot be.
	Send(items []Elem[A], attempt int) (sent int, err error)
	// Receive waits for answers to the oldest items, and returns them with the time
	// that they took. An error means that the process is lost.
	Receive() (vals []R, failed []Failed, spent time.Duration, err error)
	// Cancel lets the contexts of the calls end, and the process if it does not end
	// soon after.
	Cancel(cause error)
	// Kill ends the process at once.
	Kill()
	// Done runs the end hook and waits until the process has ended. It returns the error
	// of the hook, or a [LostError].
	Done(active int, why error) error
	// Lost waits until the process, which broke off, has ended, and returns how it did.
	Lost() error
}

// Failed is an item of a chunk that has no result.
type Failed struct {
	Item int
	Err  error
}

// A BadItem is the error of an item that cannot be sent.
type BadItem struct{ Err error }

func (e *BadItem) Error() string { return e.Err.Error() }
func (e *BadItem) Unwrap() error { return e.Err }

// A LostError is how a process ended that broke off instead of running its end hook.
type LostError struct{ Err error }

func (e *LostError) Error() string { return e.Err.Error() }
func (e *LostError) Unwrap() error { return e.Err }

// maxFar bounds how many items a worker in another process has been sent or is about
// to be.
const maxFar = 2048

// far is what a worker here knows of its other half. The lease of the worker holds the
// unanswered items, oldest first; sent of them are in the other process.
type far[A, R any] struct {
	remote  Remote[A, R]
	unhook  func() bool // of Cancel
	seqs    []int64     // of the items of the lease
	sent    int
	counted int // items that count as waiting
	room    int // reserved for results
	redo    []redo[A]
	answers int         // items that the process has answered
	late    atomic.Bool // it was killed at a deadline
}

// A redo is an item that has to be worked on by itself: it failed and is tried again,
// or it was in a process that broke off, where it may have been the reason.
type redo[A any] struct {
	e     Elem[A]
	seq   int64
	fault error
}

// liveFar runs the worker until there are no more items.
func (w *worker[A, R, O]) liveFar() {
	st := w.st
	if w.far == nil {
		w.far = &far[A, R]{}
		w.in = make([]Elem[A], maxFar)
		w.res = make([]R, maxFar)
		w.far.seqs = make([]int64, maxFar)
	}
	f := w.far
	if f.remote == nil && !w.ended {
		w.dial()
	}
	for !w.ended {
		switch {
		case len(f.redo) > 0 && f.sent == 0:
			w.redoNext()
		case len(f.redo) > 0:
			w.receive()
		case st.launch.MaxItems > 0 && f.answers >= st.launch.MaxItems && f.sent == 0:
			w.renew()
		case w.fill() && w.send():
			w.receive()
		}
		if st.stopped() && f.sent == 0 {
			w.ended = true
		}
	}
	st.stats.Busy.Add(-int64(min(1, f.sent)))
	w.q.release(f.counted)
	w.hangUp()
}

// dial starts the other half, and its start hook in it.
func (w *worker[A, R, O]) dial() {
	st, f := w.st, w.far
	w.opened = true
	peer, err := st.launch.Dial(st.ctx, Job{Worker: w.who, Timeout: st.cfg.Timeout})
	if err == nil {
		f.remote, err = st.work.Attach(st.ctx, peer, w.who)
	}
	if err != nil {
		f.remote = nil
		w.opened = false
		w.failHook("OnStart", err)
		return
	}
	f.answers = 0
	f.late.Store(false)
	r := f.remote
	f.unhook = context.AfterFunc(st.ctx, func() { r.Cancel(context.Cause(st.ctx)) })
}

// hangUp ends the other half.
func (w *worker[A, R, O]) hangUp() {
	st, f := w.st, w.far
	if !w.opened {
		return
	}
	w.opened = false
	active := st.active.Add(-1)
	if f.remote == nil { // it broke off, and no other took its place
		return
	}
	over := st.stopped()
	err := f.remote.Done(int(max(0, active)), st.why())
	f.unhook()
	f.remote = nil
	if lost := (*LostError)(nil); over && f.sent > 0 && errors.As(err, &lost) {
		return // it was in a function that did not mind the end of the run, not in its hook
	}
	if err != nil {
		st.run.end(st.run.Fault(Fault{Worker: w.who, Hook: "OnDone", Err: err}))
	}
}

// renew replaces the other half by a new process.
func (w *worker[A, R, O]) renew() {
	w.hangUp()
	w.st.active.Add(1)
	w.st.stats.Restarts.Add(1)
	w.dial()
}

// fill leases items until as many as should be sent are there. It waits for the first.
func (w *worker[A, R, O]) fill() bool {
	st, f := w.st, w.far
	chunk, depth := w.chunk()
	want := chunk*depth - (w.n - w.i)
	if max := st.launch.MaxItems; max > 0 {
		want = min(want, max-f.answers-(w.n-w.i))
	}
	if want <= 0 {
		return true
	}
	var n int
	var seq int64
	if w.n == 0 {
		var ok bool
		n, seq, ok = w.q.lease(w.in[:want], 0)
		if !ok || st.stopped() {
			w.ended = true
			f.counted += max(0, n-1)
			return false
		}
		f.counted += n - 1
	} else {
		n, seq = w.q.leaseMore(w.in[w.n : w.n+want])
		f.counted += n
	}
	if queues := len(st.in.qs); queues > 1 {
		seq = seq*int64(queues) + int64(w.place)
	}
	for i := range n {
		f.seqs[w.n+i] = seq + int64(i)*int64(len(st.in.qs))
	}
	w.n += n
	st.stats.In.Add(int64(n))
	return true
}

// chunk returns how many items to send at a time, and how many times ahead.
func (w *worker[A, R, O]) chunk() (size, depth int) {
	st := w.st
	if st.cfg.Timeout > 0 || st.in.handToHand() || w.far.remote == nil {
		return 1, 1 // the deadline is kept here, for the one item that is there
	}
	size = max(1, min(w.far.remote.Size(), maxFar/2))
	if size == 1 {
		return 1, 1 // others may be free sooner
	}
	return size, 2
}

// send sends items that are there and not sent. It reports false if the process is lost.
func (w *worker[A, R, O]) send() bool {
	st, f := w.st, w.far
	if f.remote == nil { // it broke off; not until now there is something to do
		if w.dial(); w.ended {
			return false
		}
	}
	chunk, _ := w.chunk()
	for from := w.i + f.sent; from < w.n; from = w.i + f.sent {
		part := min(chunk, w.n-from)
		if !st.kind.silent && st.order == nil && (part > 1 || f.sent > 0) {
			got := st.out.reserve(part)
			f.room += got
			if got == 0 && f.sent > 0 {
				break
			}
			part = max(1, got)
		}
		if f.sent == 0 {
			st.stats.Busy.Add(1)
		}
		n, err := f.remote.Send(w.in[from:from+part], w.attempt)
		f.sent += n
		if f.sent == 0 {
			st.stats.Busy.Add(-1)
		}
		if bad := (*BadItem)(nil); errors.As(err, &bad) {
			w.takeOut(from+n, bad.Err)
		} else if err != nil {
			w.broken()
			return false
		}
	}
	return f.sent > 0
}

// takeOut moves an item that was not sent out of the lease.
func (w *worker[A, R, O]) takeOut(i int, fault error) {
	f := w.far
	f.redo = append(f.redo, redo[A]{w.in[i], f.seqs[i], fault})
	copy(w.in[i:], w.in[i+1:w.n])
	copy(f.seqs[i:], f.seqs[i+1:w.n])
	w.n--
	clear(w.in[w.n : w.n+1])
}

// receive takes answers to the oldest items.
func (w *worker[A, R, O]) receive() {
	st, f := w.st, w.far
	stop := w.guard()
	vals, failed, spent, err := f.remote.Receive()
	stop()
	if err != nil {
		w.broken()
		return
	}
	st.stats.Nanos.Add(int64(spent))
	m := len(vals)
	f.sent -= m
	f.answers += m
	if f.sent == 0 {
		st.stats.Busy.Add(-1)
	}
	w.held = min(f.room, m)
	f.room -= w.held
	for j := range vals {
		if len(failed) == 0 || failed[0].Item != j {
			w.res[w.i] = vals[j]
			w.i++
			continue
		}
		w.fault = failed[0].Err
		failed = failed[1:]
		if st.cfg.Retries > 0 && !st.run.Final(w.fault) {
			f.redo = append(f.redo, redo[A]{w.in[w.i], f.seqs[w.i], w.fault})
			w.fault = nil
			if !w.flush() {
				w.ended = true
				return
			}
			w.i++
			w.lo = w.i
			continue
		}
		if w.judge(); w.ended {
			return
		}
	}
	if !w.flush() {
		w.ended = true
	}
	w.shift()
}

// shift moves the unanswered items to the front.
func (w *worker[A, R, O]) shift() {
	f := w.far
	left := copy(w.in, w.in[w.i:w.n])
	copy(f.seqs, f.seqs[w.i:w.n])
	clear(w.in[left:w.n])
	w.n, w.i, w.lo = left, 0, 0
	if counted := max(0, left-1) + len(f.redo); counted < f.counted {
		w.q.release(f.counted - counted)
		f.counted = counted
	}
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
	var vals []R
	var failed []Failed
	var spent time.Duration
	if err == nil {
		stop := w.guard()
		vals, failed, spent, err = f.remote.Receive()
		stop()
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
	st.stats.Nanos.Add(int64(spent))
	f.answers++
	if len(failed) > 0 {
		w.fault = failed[0].Err
		return
	}
	w.res[0] = vals[0]
	w.i = 1
}

// guard kills the process when the timeout of the item it was sent has passed.
func (w *worker[A, R, O]) guard() (stop func()) {
	if w.st.cfg.Timeout <= 0 {
		return func() {}
	}
	f, r := w.far, w.far.remote
	t := time.AfterFunc(w.st.cfg.Timeout, func() { f.late.Store(true); r.Kill() })
	return func() { t.Stop() }
}
