package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// A Remote is a worker in another process. Its methods are for one goroutine, except
// for Recall, Cancel and Kill.
type Remote[A, R any] interface {
	// Size is how many items should be sent at a time.
	Size() int
	// Send hands items over, which are answered in this order. It returns how many it
	// has sent, and a [BadItem] if the next one cannot be.
	Send(items []Elem[A], attempt int) (sent int, err error)
	// Receive waits for the next answer. An error means that the process is lost.
	Receive() (Answer[R], error)
	// Recall asks for the items that are not begun. Receive has the answer.
	Recall()
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

// An Answer has the outcomes of the oldest items, or is what came of a recall.
type Answer[R any] struct {
	Values []R           // one per item, zero where the item failed
	Failed []Failed      // in order
	Spent  time.Duration // in the function, on these

	Returned bool // the answer to a recall
	Back     int  // how many of the newest items were given back, and will not be answered
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
	stuck   bool        // it gave items back: no more until it has answered
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
		case w.asked():
			w.receive()
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
	f.stuck = false
	w.meet()
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
