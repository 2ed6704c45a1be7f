package engine

import "context"

// open runs the start hook.
func (w *worker[A, R, O]) open() {
	st := w.st
	if !st.eager() {
		st.active.Add(1)
	}
	w.phase = opening
	var err error
	func() {
		calling := true
		defer func() {
			if !calling {
				return
			}
			if v := recover(); v != nil {
				err = st.run.panicked(v)
			}
		}()
		w.inst, err = st.work.Open(st.ctx, w.who)
		calling = false
	}()
	w.phase = working
	w.opened = err == nil
	if err != nil {
		w.failHook("OnStart", err)
	}
}

// finish runs the end hook, once for every start hook that succeeded.
func (w *worker[A, R, O]) finish() {
	if !w.opened {
		return
	}
	st := w.st
	w.opened = false
	active := st.active.Add(-1)
	if w.inst.Done == nil {
		return
	}
	w.phase = finishing
	s := Status{Worker: w.who, Active: int(max(0, active)), Err: st.why()}
	var err error
	func() {
		calling := true
		defer func() {
			if !calling {
				return
			}
			if v := recover(); v != nil {
				err = st.run.panicked(v)
			}
		}()
		err = w.inst.Done(context.WithoutCancel(st.ctx), s)
		calling = false
	}()
	w.phase = working
	if err != nil {
		st.run.end(st.run.Fault(Fault{Worker: w.who, Hook: "OnDone", Err: err}))
	}
}

func (w *worker[A, R, O]) failHook(hook string, err error) {
	st := w.st
	w.ended = true
	st.active.Add(-1)
	if st.stopped() && st.run.repeats(err) {
		return
	}
	st.run.end(st.run.Fault(Fault{Worker: w.who, Hook: hook, Err: err}))
}

// afterGoexit continues, in a new goroutine, the worker whose goroutine ended
// under a function that called runtime.Goexit.
func (w *worker[A, R, O]) afterGoexit() {
	st := w.st
	switch w.phase {
	case opening:
		w.phase = working
		w.failHook("OnStart", st.run.Goexit)
	case finishing:
		w.phase = working
		w.ended = true
		st.run.end(st.run.Fault(Fault{Worker: w.who, Hook: "OnDone", Err: st.run.Goexit}))
	case judging:
		w.phase = working
		w.ended = true
		st.stats.Busy.Add(-1)
		st.run.end(w.wrap(st.run.Goexit))
	case working:
		if !w.lost {
			st.stats.Busy.Add(-1)
		}
	}
	if w.lost {
		w.finish()
		return
	}
	st.crew.Start(w.place)
}
