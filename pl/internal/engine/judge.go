package engine

import (
	"errors"
	"time"
)

// judge decides what becomes of an item that failed: another try, or dropped, or
// the end of the run.
func (w *worker[A, R, O]) judge() {
	st, err := w.st, w.fault
	w.fault = nil
	timeout := err == st.run.Timeout
	if timeout {
		st.stats.Timeouts.Add(1)
	}
	if st.stopped() {
		w.ended = true
		if st.run.over() && !timeout {
			st.run.end(w.wrap(err))
		}
		return
	}
	if w.attempt < st.cfg.Retries && !st.run.Final(err) {
		if !w.flush() {
			w.ended = true
			return
		}
		st.stats.Retries.Add(1)
		if !w.pause(st.cfg.Wait, w.attempt) {
			w.ended = true
			return
		}
		w.attempt++
		return
	}
	if st.cfg.Skip != nil && st.cfg.Skip(err) {
		w.drop()
		return
	}
	err = w.wrap(err)
	if st.cfg.OnError != nil {
		err = w.ask(err)
		if err == nil {
			w.drop()
			return
		}
	}
	w.ended = true
	w.spill()
	st.run.end(err)
}

// ask calls OnError.
func (w *worker[A, R, O]) ask(fault error) (err error) {
	w.phase = judging
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			w.phase = working
			err = errors.Join(w.st.run.panicked(v), fault)
		}
	}()
	err = w.st.cfg.OnError(w.st.ctx, fault)
	returned = true
	w.phase = working
	return err
}

func (w *worker[A, R, O]) wrap(err error) error {
	e := &w.in[w.i]
	return w.st.run.Fault(Fault{Worker: w.who, Index: e.At.Path(), Item: e.V, Err: err})
}

// drop leaves the failed item out, after the results before it have been emitted.
func (w *worker[A, R, O]) drop() {
	st := w.st
	if !w.flush() {
		w.ended = true
	}
	st.stats.Dropped.Add(1)
	if st.order != nil {
		st.order.put(w.seqOf(w.i), reply[O]{})
		if !st.order.flush(true) {
			w.ended = true
		}
	}
	st.out.drop(w.in[w.i].At)
	clear(w.in[w.i : w.i+1])
	w.i++
	w.lo = w.i
	w.attempt = 0
}

// pause waits before another try. It reports false if the run is over meanwhile.
func (w *worker[A, R, O]) pause(wait time.Duration, attempt int) bool {
	if wait <= 0 {
		return !w.st.stopped()
	}
	if attempt > 30 || wait<<attempt>>attempt != wait {
		attempt = 0
	}
	t := time.NewTimer(wait << attempt)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-w.st.ctx.Done():
		return false
	}
}
