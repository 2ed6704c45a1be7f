package databay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// A Buffer is a processor that withholds records until its controllers decide to
// release all of them:
//
//	buf := databay.NewBuffer[Tick]().Count(50).Time(time.Minute)
//
// Every call stores what it is given and asks the controllers, in the order custom,
// count, bytes, time. By default one that says yes is enough, and the rest are not
// asked; with [Buffer.And] all must, and the first no ends the asking. Thresholds are
// exceeded, never just met: Count(10) releases eleven records.
//
// What is released is on loan until its transfer has succeeded. After a failure the
// same records come first in the result of the next call, in their order.
//
// A Buffer belongs to one place of one link. Its methods are safe for concurrent use;
// those that set it up may also be called between transfers.
type Buffer[T any] struct {
	lock chan struct{} // a channel, so that waiting heeds a context
	room chan struct{} // closed and replaced whenever records leave

	custom  []Controller[T]
	count   *int
	bytes   *int
	size    func(Record[T]) int
	after   *time.Duration
	and     bool
	onReset func()
	onError func(error)
	limit   int
	policy  Policy
	timed   bool
	errs    []error

	store    []Record[T]
	stored   int         // bytes in store, if bytes are counted
	since    time.Time   // when the first of store was stored
	returned []*lease[T] // on loan before, to be released again
	loans    map[*lease[T]]struct{}
	flush    bool
	alarm    *time.Timer
	wake     func() // tells the owner that the time threshold has passed
	owner    any
	hint     int // size of the last release
	turn     uint64

	log   *journal[T] // nil in memory
	stats bufferStats
}

// A Controller decides whether a buffer releases its records, the new ones included.
// It must not change or keep the slice. If it fails or panics it is reported to
// [Buffer.OnError] and not counted: as a no among alternatives, as a yes with [Buffer.And].
type Controller[T any] func(ctx context.Context, records []Record[T]) (bool, error)

// A Policy says what a buffer does with records for which it has no room.
type Policy int

const (
	// Block waits until the buffer has released enough, and makes the link stop pulling
	// meanwhile.
	Block Policy = iota
	// DropOldest drops the records stored first. They are counted and logged.
	DropOldest
	// Fail returns [ErrFull] and stores none of the call's records.
	Fail
)

// NewBuffer returns a buffer in memory without controllers. See [OpenBuffer] for one
// on disk.
func NewBuffer[T any]() *Buffer[T] {
	return &Buffer[T]{lock: make(chan struct{}, 1), room: make(chan struct{}), loans: map[*lease[T]]struct{}{}}
}

// Count releases when more than n records are stored. Zero releases any record.
func (b *Buffer[T]) Count(n int) *Buffer[T] {
	return b.set(func() { b.count = &n })
}

// Time releases when the record stored first has been there longer than d. Without
// [Buffer.Timer] this is only found out when the next transfer calls the buffer.
func (b *Buffer[T]) Time(d time.Duration) *Buffer[T] {
	return b.set(func() { b.after = &d })
}

// Bytes releases when the sizes of the stored records, as given by size, add up to
// more than n.
func (b *Buffer[T]) Bytes(n int, size func(Record[T]) int) *Buffer[T] {
	return b.set(func() {
		if size == nil {
			b.errs = append(b.errs, errors.New("Bytes without a size function"))
			return
		}
		b.bytes, b.size, b.stored = &n, size, 0
		for _, r := range b.store {
			b.stored += size(r)
		}
	})
}

// When adds custom controllers, which are asked in order and before the others.
func (b *Buffer[T]) When(controllers ...Controller[T]) *Buffer[T] {
	return b.set(func() {
		for _, c := range controllers {
			if c == nil {
				b.errs = append(b.errs, errors.New("When with a nil controller"))
				return
			}
		}
		b.custom = append(b.custom, controllers...)
	})
}

// And makes the buffer release only if all controllers say so. Without any controller
// it would release at every call, which [Buffer.Err] reports.
func (b *Buffer[T]) And() *Buffer[T] { return b.set(func() { b.and = true }) }

// OnReset calls f after every release and every [Buffer.Reset], when the store is
// empty again, and before the records go on. A panic of f is reported to
// [Buffer.OnError] and does not stop the release. f must not call the buffer.
func (b *Buffer[T]) OnReset(f func()) *Buffer[T] { return b.set(func() { b.onReset = f }) }

// OnError calls f with the errors of controllers and callbacks. By default they are logged.
func (b *Buffer[T]) OnError(f func(error)) *Buffer[T] { return b.set(func() { b.onError = f }) }

// Limit bounds the buffer to n records, counting those on loan. Calls that would
// exceed it follow policy, unless they release everything at once. A call with more
// than n records fails with [ErrFull] under any policy but [DropOldest].
func (b *Buffer[T]) Limit(n int, policy Policy) *Buffer[T] {
	return b.set(func() {
		if n < 1 || policy < Block || policy > Fail {
			b.errs = append(b.errs, fmt.Errorf("Limit(%d, %d): the limit must be at least 1 and the policy known", n, policy))
			return
		}
		b.limit, b.policy = n, policy
	})
}

// Timer makes the time threshold act by itself: when it passes, the link runs a
// transfer that pulls nothing. It takes a planner, or [Batched].
func (b *Buffer[T]) Timer() *Buffer[T] { return b.set(func() { b.timed = true }) }

// Err reports what is wrong with the settings, all at once.
func (b *Buffer[T]) Err() error {
	defer b.hold()()
	errs := append([]error(nil), b.errs...)
	add := func(err error) { errs = append(errs, err) }
	switch {
	case !b.and && b.controllers() == 0:
		add(ErrNoController)
	case b.controllers() == 0:
		add(errors.New("And without a controller releases at once: add one, or leave the buffer out"))
	}
	if b.after != nil && *b.after < 0 {
		add(fmt.Errorf("Time(%v): the threshold must not be negative", *b.after))
	}
	if b.timed && b.after == nil {
		add(errors.New("Timer without Time: nothing tells when to wake up"))
	}
	if b.limit > 0 && b.count != nil && *b.count >= b.limit && b.policy != DropOldest && (b.and || b.controllers() == 1) {
		add(fmt.Errorf("Count(%d) is not reachable with Limit(%d): the limit must be greater", *b.count, b.limit))
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("databay: %w: %w", ErrInvalidBuffer, errors.Join(errs...))
}

// Flush makes the next call release everything without asking the controllers.
func (b *Buffer[T]) Flush() {
	defer b.hold()()
	b.flush = true
	b.makeKnown()
}

// Reset drops all stored records, including those of failed transfers, and calls
// OnReset. Records that a transfer has on loan are not affected.
func (b *Buffer[T]) Reset(ctx context.Context) error {
	if err := b.enter(ctx); err != nil {
		return err
	}
	defer b.leave()
	var batches []uint64
	for _, l := range b.returned {
		batches = append(batches, l.batches...)
	}
	if b.log != nil {
		if err := b.log.remove(append(batches, b.log.batches...)); err != nil {
			return err
		}
		b.log.batches = nil
	}
	b.stats.reset.Add(int64(b.depth() - b.onLoan()))
	b.returned = nil
	b.clear()
	return nil
}

// Len returns how many records the buffer is responsible for: stored, waiting to be
// delivered again, and on loan.
func (b *Buffer[T]) Len() int {
	defer b.hold()()
	return b.depth()
}

// OldestAge returns for how long the oldest record has been stored or undelivered, or
// zero if there is none.
func (b *Buffer[T]) OldestAge() time.Duration {
	defer b.hold()()
	oldest := b.since
	older := func(l *lease[T]) {
		if oldest.IsZero() || l.since.Before(oldest) {
			oldest = l.since
		}
	}
	for _, l := range b.returned {
		older(l)
	}
	for l := range b.loans {
		older(l)
	}
	if oldest.IsZero() {
		return 0
	}
	return time.Since(oldest)
}

// Records returns a copy of what is stored, that which waits to be delivered again
// first. Records on loan are not included.
func (b *Buffer[T]) Records() []Record[T] {
	defer b.hold()()
	var rs []Record[T]
	for _, l := range b.returned {
		rs = append(rs, l.records...)
	}
	return append(rs, b.store...)
}

// Controllers returns the names of the active controllers in the order they are
// asked: "custom", "count", "bytes", "time".
func (b *Buffer[T]) Controllers() []string {
	defer b.hold()()
	var names []string
	for range b.custom {
		names = append(names, "custom")
	}
	if b.count != nil {
		names = append(names, "count")
	}
	if b.bytes != nil {
		names = append(names, "bytes")
	}
	if b.after != nil {
		names = append(names, "time")
	}
	return names
}

// String returns "Buffer".
func (b *Buffer[T]) String() string {
	if b.log != nil {
		return "Buffer(" + b.log.name() + ")"
	}
	return "Buffer"
}

func (b *Buffer[T]) controllers() int {
	n := len(b.custom)
	for _, set := range []bool{b.count != nil, b.bytes != nil, b.after != nil} {
		if set {
			n++
		}
	}
	return n
}

func (b *Buffer[T]) onLoan() int {
	n := 0
	for l := range b.loans {
		n += len(l.records)
	}
	return n
}

func (b *Buffer[T]) depth() int {
	n := len(b.store) + b.onLoan()
	for _, l := range b.returned {
		n += len(l.records)
	}
	return n
}

// enter locks the buffer, unless ctx ends first.
func (b *Buffer[T]) enter(ctx context.Context) error {
	select {
	case b.lock <- struct{}{}:
		return nil
	default:
	}
	select {
	case b.lock <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (b *Buffer[T]) leave() { <-b.lock }

func (b *Buffer[T]) hold() func() {
	b.lock <- struct{}{}
	return b.leave
}

func (b *Buffer[T]) set(f func()) *Buffer[T] {
	defer b.hold()()
	f()
	return b
}

// fail reports an error that must not stop the buffer.
func (b *Buffer[T]) fail(err error) {
	b.stats.errors.Add(1)
	if b.onError != nil {
		if protect(func() error { b.onError(err); return nil }) == nil {
			return
		}
	}
	slog.Default().Error("databay: buffer", "buffer", nameOf(b), "err", err)
}
