package engine

import (
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

const (
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

	// The lease: n items, of which i are done with. in[lo:i] gave the results res[lo:i],
	// which are not emitted yet.
	in   []Elem[A]
	res  []R
	lo   int
	i    int
	n    int
	seq  int64
	held int // room that is reserved for results
	give int // items that count as waiting until they are given back
	size int // of the next lease

	// The items that a burst has to do, for those who may want to take them back.
	word atomic.Uint64
	seen uint64 // by the watchdog

	out     []Elem[O]
	attempt int
	fault   error // of item i

	phase   phase
	dl      *deadline[A]
	far     *far[A, R]                   // the worker's other half, with a backend of other processes
	peer    atomic.Pointer[Remote[A, R]] // of far, for the watchdog
	opened  bool
	coming  bool // started, and not at work yet
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

// pid is that of this process.
var pid = os.Getpid()

func (st *stage[A, R, O]) newWorker(place int) *worker[A, R, O] {
	w := &worker[A, R, O]{st: st, place: place, size: 1}
	w.who = Worker{Stage: st.cfg.Name, Backend: st.launch.Name, Index: place, PID: pid}
	w.q = st.in.qs[place%len(st.in.qs)]
	w.ctx = &callContext{Context: st.ctx, who: w.who}
	return w
}

// live runs the worker until there are no more items, or until it may rest.
func (w *worker[A, R, O]) live() {
	st := w.st
	if st.launch.Dial != nil {
		w.liveFar()
		st.leave(w, false)
		return
	}
	if !w.opened && st.eager() && !w.closing && !w.ended {
		w.open()
	}
	rests := false
	for !w.ended && !w.closing && !w.lost && !rests {
		switch {
		case w.i == w.n:
			rests = !w.take()
		case !w.opened: // now that there is something to do
			w.open()
		default:
			w.useUp()
		}
	}
	if w.lost {
		w.finish() // the place has another worker, and is accounted for by that
		return
	}
	if !st.stopped() { // else the producers should not see room that nobody works in
		w.q.release(w.give)
	}
	w.give = 0
	w.forgetAll()
	if !rests && (w.closing || !st.launch.Elastic) {
		w.finish()
	}
	st.leave(w, rests)
}

// forgetAll gives the memory of the lease back, which is over.
func (w *worker[A, R, O]) forgetAll() {
	clear(w.in[w.lo:w.n])
	clear(w.res[w.lo:w.n])
	giveBack(w.in)
	giveBack(w.res)
	giveBack(w.out[:cap(w.out)])
	w.in, w.res, w.out = nil, nil, nil
	w.n, w.i, w.lo = 0, 0, 0
}

// take leases the next items. It reports false if the worker should rest.
func (w *worker[A, R, O]) take() bool {
	st := w.st
	size := w.size
	w.in = roomFor(w.in, size)
	w.res = roomFor(w.res, len(w.in))
	if st.launch.Elastic && w.place > 0 && len(st.in.qs) == 1 { // else its queue is nobody else's
		ready := 0 // a worker without a resource leaves the waiting to those that have one
		if w.opened || !st.work.Eager {
			ready = runtime.GOMAXPROCS(0)
		}
		if w.q.idle(ready) {
			return false
		}
	}
	if st.stopped() {
		w.ended = true
		return true
	}
	n, seq, ok := w.q.lease(w.in[:size], w.give)
	w.give = 0
	if !ok || st.stopped() {
		w.ended = true
		w.give = max(0, n-1)
		return true
	}
	w.give = n - 1
	if queues := len(st.in.qs); queues > 1 { // the turns of all workers, in one count
		seq = seq*int64(queues) + int64(w.place)
	}
	w.n, w.i, w.lo, w.seq = n, 0, 0, seq
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
	if w.ended {
		clear(w.in[w.i:w.n])
		w.n = w.i
	}
	if fast && w.i > first {
		w.resize(max(spent/time.Duration(w.i-first), min(spent, 1)))
	}
}

// resize chooses the size of the next lease by the time that an item took.
func (w *worker[A, R, O]) resize(cost time.Duration) {
	st := w.st
	if st.cfg.Timeout > 0 || st.in.handToHand() || len(st.in.qs) > 1 {
		return
	}
	st.cost.Store(int64(cost))
	size := 1 // if the clock stands still, as in a test, nothing is known
	if cost > 0 {
		size = int(leaseTime / cost)
	}
	w.size = max(1, min(size, 2*w.size, maxLease))
}

// burst calls the function for the items up to stop, or until one fails. It is the
// hot path: one recover for all of them, nothing allocated, and one atomic operation
// for each, since the watchdog may take back what is not started; see [worker.word].
func (w *worker[A, R, O]) burst(stop int) {
	calling := true
	many := stop-w.i > 1
	if many {
		w.share(stop)
	}
	defer func() {
		if many {
			w.unshare(stop)
		}
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
	for !many && w.i < stop || many && w.claim() {
		i := w.i
		ctx.at = w.in[i].At
		r, err := call(ctx, w.in[i].V)
		if err != nil {
			w.fault = err
			break
		}
		w.res[i] = r
		w.i++
		w.attempt = 0
		ctx.attempt = 0
	}
	calling = false
}
