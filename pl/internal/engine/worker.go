package engine

import (
	"os"
	"runtime"
	"time"
)

const (
	// maxLease bounds how many items a worker takes at a time.
	maxLease = 64
	// leaseTime is how long a lease should last at most. Items of a lease cannot
	// be worked on by others, so it has to be short beside any wait that matters.
	leaseTime = 20 * time.Microsecond
)

// A worker runs the function of a stage. It belongs to one goroutine at a time.
type worker[A, R, O any] struct {
	st    *stage[A, R, O]
	place int
	who   Worker
	q     *queue[A]
	inst  Instance[A, R]
	ctx   *callContext

	// The lease: n items, of which i are done with and kept gave results.
	in   []Elem[A]
	res  []R
	kept int
	n    int
	i    int
	seq  int64
	held int // room that is reserved for results
	give int // items to give back with the next lease
	size int // of the next lease

	out     []Elem[O]
	idx     []int32 // with order: which item of the lease each result is of
	attempt int
	fault   error // of item i

	phase   phase
	dl      *deadline
	opened  bool
	closing bool // there is nothing to do but to close
	ended   bool // there will be no more items
	lost    bool // abandoned: another worker has the place
}

// A phase is what a worker was doing when its goroutine exited.
type phase uint8

const (
	working phase = iota
	opening
	judging
	finishing
)

func (st *stage[A, R, O]) newWorker(place int) *worker[A, R, O] {
	w := &worker[A, R, O]{st: st, place: place, size: 1}
	w.who = Worker{Stage: st.cfg.Name, Backend: st.launch.Name, Index: place, PID: os.Getpid()}
	w.q = st.in.qs[place%len(st.in.qs)]
	w.ctx = &callContext{Context: st.ctx, who: w.who}
	return w
}

// live runs the worker until there are no more items, or until it may rest.
func (w *worker[A, R, O]) live() {
	st := w.st
	if !w.opened && !w.closing && !w.ended {
		w.open()
	}
	rests := false
	for !w.ended && !w.closing && !w.lost && !rests {
		if w.i < w.n {
			w.useUp()
			continue
		}
		rests = !w.take()
	}
	if w.lost {
		w.finish() // the place has another worker, and is accounted for by that
		return
	}
	w.q.release(w.give)
	w.give = 0
	if !rests {
		w.finish()
	}
	st.leave(w, rests)
}

// take leases the next items. It reports false if the worker should rest.
func (w *worker[A, R, O]) take() bool {
	st := w.st
	size := w.size
	if w.in == nil || len(w.in) < size {
		w.in = make([]Elem[A], size)
		w.res = make([]R, size)
		if st.order != nil {
			w.idx = make([]int32, size)
		}
	}
	if st.launch.Elastic && w.place > 0 && w.q.idle(runtime.GOMAXPROCS(0)) {
		return false
	}
	n, seq, ok := w.q.lease(w.in[:size], w.give)
	w.give = 0
	if !ok || st.stopped() {
		w.ended = true
		w.give = max(0, n-1)
		return true
	}
	if queues := len(st.in.qs); queues > 1 { // the turns of all workers, in one count
		seq = seq*int64(queues) + int64(w.place)
	}
	w.n, w.i, w.kept, w.seq = n, 0, 0, seq
	st.stats.In.Add(int64(n))
	return true
}

// useUp works on the rest of the lease.
func (w *worker[A, R, O]) useUp() {
	st := w.st
	st.stats.Busy.Add(1)
	fast := w.i == 0 && w.fault == nil
	first := w.i
	var spent time.Duration
	for w.i < w.n && !w.ended && !w.lost {
		if w.fault != nil {
			fast = false
			w.judge()
			if !w.ended && !w.flush() {
				w.ended = true
			}
			continue
		}
		stop := w.n
		if !st.kind.silent && st.order == nil && w.n-w.i > 1 {
			w.held = st.out.reserve(w.n - w.i)
			stop = w.i + max(1, w.held)
		}
		start := time.Now()
		if st.cfg.Timeout > 0 {
			w.timed()
		} else {
			w.burst(stop)
		}
		spent += time.Since(start)
		if w.lost {
			return
		}
		if w.fault == nil && !w.flush() {
			w.ended = true
		}
	}
	st.stats.Nanos.Add(int64(spent))
	st.stats.Busy.Add(-1)
	w.give = w.n - 1
	w.n = min(w.n, w.i)
	if w.ended {
		w.n = 0
	}
	if fast && w.i > first {
		w.resize(spent / time.Duration(w.i-first))
	}
}

// resize chooses the size of the next lease by the time that an item took.
func (w *worker[A, R, O]) resize(cost time.Duration) {
	st := w.st
	if st.cfg.Timeout > 0 || st.in.handToHand() || len(st.in.qs) > 1 {
		return
	}
	size := maxLease
	if cost > 0 {
		size = int(leaseTime / cost)
	}
	w.size = max(1, min(size, 2*w.size, maxLease))
}

// burst calls the function for the items up to stop, or until one fails. It is
// the hot path: one recover for all of them, and nothing allocated.
func (w *worker[A, R, O]) burst(stop int) {
	calling := true
	defer func() {
		if !calling {
			return
		}
		if v := recover(); v != nil {
			w.fault = w.st.run.panicked(v)
		} else {
			w.fault = w.st.run.Goexit
		}
	}()
	call, ctx := w.inst.Call, w.ctx
	ctx.attempt = w.attempt
	for w.i < stop {
		i := w.i
		ctx.at = w.in[i].At
		r, err := call(ctx, w.in[i].V)
		if err != nil {
			w.fault = err
			break
		}
		w.keep(i, r)
	}
	calling = false
}

func (w *worker[A, R, O]) keep(i int, r R) {
	if w.kept != i {
		w.in[w.kept] = w.in[i]
	}
	w.res[w.kept] = r
	if w.idx != nil {
		w.idx[w.kept] = int32(i)
	}
	w.kept++
	w.i++
	w.attempt = 0
}
