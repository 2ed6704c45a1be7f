package engine

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A worker that leases many items is quick to do them all, or it would not have
// leased so many. If an item takes long all the same, those behind it should not wait
// for it while other workers are idle, nor should the results before it. So a watchdog
// looks at all open leases every millisecond, and where nothing has moved since it last
// looked, it takes both away from the worker.
//
// Who has what is written in one word of the worker: the next item to start, the end of
// the items that are its to start, and how many results were taken. The worker starts an
// item by adding one to the word; the watchdog changes the rest by compare-and-swap.
//
//	bits  0-15  next: items below it are started
//	bits 16-31  end: items from it on are not the worker's any more
//	bits 32-47  taken: results below it were emitted by the watchdog
//	bit  48     the watchdog copies what it took: the worker may not reuse its memory
//
// The word is zero while there is nothing to take.
const (
	wordBits    = 16
	wordMask    = 1<<wordBits - 1
	wordCopying = 1 << (3 * wordBits)
)

func packWord(next, end, taken int) uint64 {
	return uint64(next) | uint64(end)<<wordBits | uint64(taken)<<(2*wordBits)
}

func unpackWord(v uint64) (next, end, taken int) {
	return int(v & wordMask), int(v >> wordBits & wordMask), int(v >> (2 * wordBits) & wordMask)
}

// share opens the items up to stop to the watchdog.
func (w *worker[A, R, O]) share(stop int) {
	st := w.st
	w.word.Store(packWord(w.i, stop, w.i))
	st.shared.Add(1)
	if st.run.watch.asleep.Load() {
		st.run.watch.wakeUp()
	}
}

// claim starts the next item, unless it was taken back.
func (w *worker[A, R, O]) claim() bool {
	next, end, _ := unpackWord(w.word.Add(1))
	return next <= end
}

// unshare ends share. The lease is then without what was taken.
func (w *worker[A, R, O]) unshare(stop int) {
	st := w.st
	var v uint64
	for {
		v = w.word.Load()
		if v&wordCopying == 0 && w.word.CompareAndSwap(v, 0) {
			break
		}
		runtime.Gosched()
	}
	st.shared.Add(-1)
	_, end, taken := unpackWord(v)
	w.held = max(0, w.held-(taken-w.lo))
	clear(w.in[w.lo:taken])
	clear(w.res[w.lo:taken])
	w.lo = taken
	if end < stop { // give back the rest too, or it would overtake
		if stop < w.n {
			w.q.takeBack(w.in[stop:w.n], w.seq+int64(stop))
		}
		st.stats.In.Add(int64(end - w.n)) // they will be taken again
		w.give -= w.n - end
		clear(w.in[end:w.n])
		w.n = end
	}
}

// rescue takes what it can from the workers of the stage that are stuck. It reports
// whether there is any worker to mind.
func (st *stage[A, R, O]) rescue() bool {
	if st.launch.Dial != nil {
		return st.recall()
	}
	if st.held.Load() {
		st.release()
	}
	if st.shared.Load() == 0 {
		return st.held.Load()
	}
	var stuck []*worker[A, R, O]
	st.mu.Lock()
	for _, w := range st.places {
		v := w.word.Load()
		if v != 0 && v == w.seen {
			stuck = append(stuck, w)
		}
		w.seen = v
	}
	st.mu.Unlock()
	for _, w := range stuck {
		w.relieve(w.seen)
	}
	return true
}

func (st *stage[A, R, O]) minded() bool { return st.shared.Load() > 0 || st.held.Load() }

// release starts a worker after all, if the running ones have stopped taking items.
func (st *stage[A, R, O]) release() {
	taken := st.stats.In.Load()
	stuck := taken == st.taken
	st.taken = taken
	if !stuck {
		return
	}
	st.held.Store(false)
	if st.in.backlog() > 0 {
		st.cost.Store(0)
		st.spawn() // which starts the next one, if need be
	}
}

// relieve takes the unstarted items and the finished results from a worker whose word
// is v. What is finished but would have to wait for room stays: nobody waits for it.
func (w *worker[A, R, O]) relieve(v uint64) {
	st := w.st
	if !w.word.CompareAndSwap(v, v|wordCopying) {
		return // it has moved
	}
	// From here on the worker may start items, but not end its lease.
	st.cost.Store(0) // it is not that cheap after all
	next, stop, taken := unpackWord(v)
	end := min(next, stop)
	done := max(end-1, taken) // the item before end, if any, is the one that takes long
	in, res := w.in[taken:done], w.res[taken:done]
	switch {
	case len(in) == 0 || st.kind.silent:
	case st.order != nil:
		w.relieveLater(w.seq+int64(taken), slices.Clone(in), slices.Clone(res))
	default:
		if size := st.kind.size(res); size > len(in) {
			if got := st.out.reserve(size - len(in)); got < size-len(in) {
				st.out.unreserve(got)
				done = taken
				break
			}
		}
		out := st.kind.many(st, nil, in, res)
		st.spill(out, max(len(in), st.kind.size(res)))
	}
	for {
		v = w.word.Load()
		now, _, _ := unpackWord(v)
		end = min(now, stop) // it may have started more
		if w.word.CompareAndSwap(v, packWord(now, end, done)|wordCopying) {
			break
		}
	}
	if end < stop {
		w.q.takeBack(w.in[end:stop], w.seq+int64(end))
	}
	w.word.And(^uint64(wordCopying))
}

// relieveLater emits results of a stage that keeps order, which may have to wait.
func (w *worker[A, R, O]) relieveLater(seq int64, in []Elem[A], res []R) {
	st := w.st
	st.mu.Lock()
	st.running++
	st.mu.Unlock()
	st.run.Go(func() {
		defer st.leave(nil, false)
		var out []Elem[O]
		for i := range in {
			out = st.reply(out, seq+int64(i), in[i:i+1], res[i:i+1])
		}
		st.order.flush(true)
	})
}

// watched is a stage, to the watchdog.
type watched interface {
	rescue() bool
	minded() bool
}

// A watchdog looks while there are leases to mind. It is a timer, which costs nothing
// until it fires: a short run ends before.
type watchdog struct {
	run    *Run
	asleep atomic.Bool
	group  sync.WaitGroup // a look that is due

	mu    sync.Mutex
	timer *time.Timer
	idle  int // looks that found nothing to mind
	over  bool
}

const (
	watchTick = time.Millisecond
	watchIdle = 5 // ticks without anything to mind, before it goes to sleep
)

func (d *watchdog) init(r *Run) {
	d.run = r
	d.asleep.Store(true)
}

func (d *watchdog) wakeUp() {
	if !d.asleep.CompareAndSwap(true, false) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.idle = 0
	d.wind()
}

// wind lets the timer fire once more.
func (d *watchdog) wind() {
	d.group.Add(1)
	if d.timer == nil {
		d.timer = time.AfterFunc(watchTick, d.mind)
	} else {
		d.timer.Reset(watchTick)
	}
}

// end stops the watchdog when all workers have ended.
func (d *watchdog) end() {
	d.mu.Lock()
	d.over = true
	if d.timer != nil && d.timer.Stop() {
		d.group.Done()
	}
	d.mu.Unlock()
	d.group.Wait()
}

// mind is what the timer calls.
func (d *watchdog) mind() {
	defer d.group.Done()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return
	}
	d.idle++
	if d.look() {
		d.idle = 0
	}
	if d.idle > watchIdle {
		d.asleep.Store(true)
		if !d.needed() || !d.asleep.CompareAndSwap(true, false) {
			return // a worker that shares its items after this look wakes it again
		}
		d.idle = 0
	}
	d.wind()
}

func (d *watchdog) needed() bool {
	return slices.ContainsFunc(d.run.watched, watched.minded)
}

func (d *watchdog) look() bool {
	any := false
	for _, s := range d.run.watched {
		any = s.rescue() || any
	}
	return any
}
