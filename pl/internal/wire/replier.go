package wire

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultFlush is how long a finished result waits at most for its chunk mates.
const DefaultFlush = time.Millisecond

// A Replier collects the outcomes of a chunk in a worker and sends them: all at once while
// the function is fast; and while an item takes long, those before it go out without it.
// So the parent knows the item that is being worked on, to within the flush interval,
// without a message per item: it is the first that is not answered.
//
// The methods are for the goroutine that runs the function, Open, then Value or Fail for
// each item in order, then Close, which may come early if items were given back. An outcome costs one atomic store.
type Replier[B any] struct {
	w     *Writer
	known []Sentinel
	every time.Duration

	// The function's goroutine writes values[done] and then moves done; what lies before
	// done is not changed any more and may be read by the timer.
	values []B
	next   int // done, as the function's goroutine knows it
	done   atomic.Int64

	mu      sync.Mutex // guards what follows
	codec   codec[B]
	p       packet
	fails   []Failed // in order of their positions
	dense   []B      // values without those that failed
	sent    int      // outcomes of the chunk that were sent
	open    bool
	since   time.Time // when the time that the next results report began
	timer   *time.Timer
	ticking bool
	err     error

	items int64
	spent time.Duration
}

// NewReplier returns the Replier of the connection behind w; there can be only one. known
// are the errors that failures are compared with. flush is how long a result may wait for
// its mates; [DefaultFlush] if 0, and never if negative.
func NewReplier[B any](w *Writer, known []Sentinel, flush time.Duration) *Replier[B] {
	if flush == 0 {
		flush = DefaultFlush
	}
	return &Replier[B]{w: w, known: known, every: flush, codec: newCodec[B]()}
}

// Open begins the reply to a chunk of n items.
func (r *Replier[B]) Open(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values = slices.Grow(r.values[:0], n)[:n]
	r.next, r.sent, r.open = 0, 0, true
	r.done.Store(0)
	r.fails = r.fails[:0]
	r.since = time.Now()
	if n > 1 && r.every > 0 && !r.ticking {
		r.ticking = true
		if r.timer == nil {
			r.timer = time.AfterFunc(r.every, r.tick)
		} else {
			r.timer.Reset(r.every)
		}
	}
}

// Value is the outcome of the next item.
func (r *Replier[B]) Value(v B) {
	r.values[r.next] = v
	r.next++
	r.done.Store(int64(r.next))
}

// Fail is the outcome of the next item if it has no value; see [NewFailure] and [NewPanic].
func (r *Replier[B]) Fail(f *Failure) {
	r.mu.Lock()
	r.fails = append(r.fails, Failed{r.next, f})
	r.mu.Unlock()
	var zero B
	r.Value(zero)
}

// Close sends what is not sent yet. An error means that the connection is broken.
func (r *Replier[B]) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flush()
	r.open = false
	clear(r.values)
	clear(r.fails)
	return r.err
}

// Return tells that the worker has given back its n newest items, after the outcomes that
// are there. Unlike the other methods it may be called from any goroutine.
func (r *Replier[B]) Return(n int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flush()
	if r.err == nil {
		var p packet
		p.reset(KindReturned)
		p.Items = n
		r.err = r.w.send(&p)
	}
	return r.err
}

// Totals returns the items answered and the time that was spent on them, for [Done].
func (r *Replier[B]) Totals() (items int64, spent time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.items, r.spent
}

// tick runs every flush interval while chunks are open, and once more.
func (r *Replier[B]) tick() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ticking = r.open && r.err == nil; !r.ticking {
		return
	}
	r.flush()
	r.timer.Reset(r.every)
}

// flush sends the outcomes that are there and not sent.
func (r *Replier[B]) flush() {
	done := int(r.done.Load())
	if done == r.sent || r.err != nil {
		return
	}
	now := time.Now()
	took := now.Sub(r.since)
	r.since = now
	r.items += int64(done - r.sent)
	r.spent += took
	r.err = r.send(r.sent, done, took)
	r.sent = done
}

// send sends the outcomes from..to. A value that cannot be encoded becomes a failure.
func (r *Replier[B]) send(from, to int, took time.Duration) error {
	for {
		fails := r.failsIn(from, to)
		vals := r.values[from:to]
		if len(fails) > 0 {
			vals = r.withoutFailed(from, to, fails)
		}
		r.p.reset(KindResults)
		r.p.Items, r.p.Time = to-from, took
		r.p.buf = putFails(r.p.buf, from, fails)
		err := r.codec.encode(&r.p, vals)
		bad, isValue := errors.AsType[*ItemError](err)
		if err == nil {
			if err = r.w.fits(&r.p); err == nil {
				return r.w.send(&r.p)
			}
			r.codec.restart()
			if to-from > 1 {
				mid := from + (to-from)/2
				if err := r.send(from, mid, took); err != nil {
					return err
				}
				return r.send(mid, to, 0)
			}
			if len(fails) > 0 { // the limit is smaller than an error
				return err
			}
			bad, isValue = &ItemError{0, err}, true
		}
		if !isValue {
			return err
		}
		at := nth(bad.Item, from, fails)
		i, _ := slices.BinarySearchFunc(r.fails, at, func(f Failed, at int) int { return f.Item - at })
		r.fails = slices.Insert(r.fails, i, Failed{at, NewFailure(FailEncode, bad.Err, r.known)})
	}
}

// failsIn returns the failures of the items from..to.
func (r *Replier[B]) failsIn(from, to int) []Failed {
	byPlace := func(f Failed, at int) int { return f.Item - at }
	a, _ := slices.BinarySearchFunc(r.fails, from, byPlace)
	b, _ := slices.BinarySearchFunc(r.fails, to, byPlace)
	return r.fails[a:b]
}

// withoutFailed collects the values of from..to that are results.
func (r *Replier[B]) withoutFailed(from, to int, fails []Failed) []B {
	clear(r.dense)
	r.dense = r.dense[:0]
	for i := from; i < to; i++ {
		if len(fails) > 0 && fails[0].Item == i {
			fails = fails[1:]
			continue
		}
		r.dense = append(r.dense, r.values[i])
	}
	return r.dense
}

// nth returns the place of the nth item from from that is not in fails.
func nth(n, from int, fails []Failed) int {
	at := from
	for _, f := range fails {
		if f.Item-at > n {
			break
		}
		n -= f.Item - at
		at = f.Item + 1
	}
	return at + n
}

// putFails writes the number of failures, and each with its distance from the last.
func putFails(b fields, from int, fails []Failed) fields {
	b = b.uint(uint64(len(fails)))
	for _, f := range fails {
		b = b.uint(uint64(f.Item - from)).failure(f.Failure)
		from = f.Item + 1
	}
	return b
}
