package engine

import "errors"

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
	if st.cfg.Timeout > 0 || st.in.handToHand() || w.far.remote == nil || w.far.stuck {
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
	w.lend()
	a, err := f.remote.Receive()
	w.unlend()
	inTime := stop()
	if err != nil {
		w.broken()
		return
	}
	if a.Returned {
		w.giveBack(a.Back)
		return
	}
	f.stuck = false
	vals, failed := a.Values, a.Failed
	st.stats.Nanos.Add(int64(a.Spent))
	m := len(vals)
	f.sent -= m
	f.answers += m
	if f.sent == 0 {
		st.stats.Busy.Add(-1)
	}
	if !inTime {
		w.letGo()
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
