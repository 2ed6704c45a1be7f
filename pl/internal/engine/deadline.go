package engine

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"
)

// A deadline guards the calls of one worker, one after another. At the deadline
// it takes the item from the worker: the state decides, by compare-and-swap, who
// of the two has it.
//
//	idle -> running -> idle                  the call returned in time
//	        running -> fired -> returned     it returned as soon as its context ended
//	                   fired -> abandoned    it did not: another worker goes on
type deadline[A any] struct {
	state  atomic.Int32
	timer  *time.Timer
	cancel context.CancelCauseFunc

	// The call, for the worker that takes over: what the first one has belongs to the
	// late function.
	item    Elem[A]
	seq     int64
	attempt int
}

const (
	callIdle int32 = iota
	callRunning
	callFired
	callReturned
	callAbandoned
)

// patience is how many times the scheduler is given the chance to let a function
// return that minds its context, before its goroutine is abandoned: about a
// millisecond, which must not depend on a clock that stands still in a test. There it
// is 20 times as many: the system may have stopped the thread that the function needs.
const patience = 15_000

// timed calls the function for one item, under the timeout.
func (w *worker[A, R, O]) timed() {
	st := w.st
	if w.dl == nil {
		w.dl = &deadline[A]{}
		var ctx context.Context
		ctx, w.dl.cancel = context.WithCancelCause(st.ctx)
		w.ctx = &callContext{Context: ctx, who: w.who}
	}
	d := w.dl
	d.item, d.seq, d.attempt = w.in[w.i], w.seq, w.attempt
	d.state.Store(callRunning)
	w.ctx.due = time.Now().Add(st.cfg.Timeout)
	if d.timer == nil {
		d.timer = time.AfterFunc(st.cfg.Timeout, func() { w.expire(d) })
	} else {
		d.timer.Reset(st.cfg.Timeout)
	}
	defer w.afterCall(d, w.i) // deferred, for functions that call runtime.Goexit
	w.burst(w.i + 1)
}

// afterCall finds out whether the call was in time.
func (w *worker[A, R, O]) afterCall(d *deadline[A], i int) {
	switch {
	case d.state.CompareAndSwap(callRunning, callIdle):
		if !d.timer.Stop() { // it is about to look at the state: never use that again
			w.dl = nil
		}
	case d.state.CompareAndSwap(callFired, callReturned):
		w.i = i // the result is too late
		w.dl = nil
		w.fault = w.st.run.Timeout
	default:
		w.lost = true
	}
}

// expire runs at the deadline, in a goroutine of its own.
func (w *worker[A, R, O]) expire(d *deadline[A]) {
	if !d.state.CompareAndSwap(callRunning, callFired) {
		return
	}
	d.cancel(w.st.run.Timeout)
	start := time.Now()
	for n := 0; n < patience || n < 20*patience && time.Now().Equal(start); n++ {
		runtime.Gosched()
		if d.state.Load() != callFired {
			return
		}
	}
	if d.state.CompareAndSwap(callFired, callAbandoned) {
		w.replace(d)
	}
}

// replace starts another worker in the place of w, with the item of the call.
func (w *worker[A, R, O]) replace(d *deadline[A]) {
	st := w.st
	st.stats.Abandoned.Add(1)
	st.stats.Restarts.Add(1)
	st.stats.Nanos.Add(int64(st.cfg.Timeout))
	st.stats.Busy.Add(-1)
	v := st.newWorker(w.place)
	v.in, v.res = []Elem[A]{d.item}, make([]R, 1)
	v.n, v.seq, v.attempt = 1, d.seq, d.attempt
	v.fault = st.run.Timeout
	if st.eager() {
		st.active.Add(1)
	}
	st.mu.Lock()
	st.places[w.place] = v
	st.mu.Unlock()
	st.crew.Start(w.place)
}
