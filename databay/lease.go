package databay

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// A lease is what a buffer has released and not yet been told the fate of.
type lease[T any] struct {
	buffer  *Buffer[T]
	records []Record[T]
	batches []uint64 // where they are in the journal
	since   time.Time
	turn    uint64 // releases of a buffer are numbered, so that they can return in order
	settled bool
}

func (l *lease[T]) settle(err error) error {
	l.buffer.lock <- struct{}{}
	defer l.buffer.leave()
	return l.buffer.settleLocked(l, err)
}

func (l *lease[T]) len() int { return len(l.records) }

// settleLocked forgets a delivered lease, or takes it back.
func (b *Buffer[T]) settleLocked(l *lease[T], failed error) error {
	if l.settled {
		return nil
	}
	l.settled = true
	delete(b.loans, l)
	if failed != nil {
		b.returned = append(b.returned, &lease[T]{records: l.records, batches: l.batches, since: l.since, turn: l.turn})
		slices.SortStableFunc(b.returned, func(x, y *lease[T]) int { return cmp.Compare(x.turn, y.turn) })
		b.stats.returned.Add(int64(len(l.records)))
		return nil
	}
	b.makeKnown()
	if b.log != nil {
		return b.log.remove(l.batches)
	}
	return nil
}

// Leases collects what buffers release during a transfer. A link makes and settles
// its own; you need one only to use a buffer on disk without a link.
type Leases struct {
	list []interface {
		settle(err error) error
		len() int
	}
	drain    bool
	accepted bool // a buffer has taken over what came in
	refused  int  // but not so many records of it
}

type leasesKey struct{}

// WithLeases returns a context with which the buffers' Process lends records until
// the leases are settled.
func WithLeases(ctx context.Context) (context.Context, *Leases) {
	l := &Leases{drain: draining(ctx)}
	return context.WithValue(ctx, leasesKey{}, l), l
}

// Ack says that everything on loan has been delivered. A durable buffer removes it
// from disk; if that fails, the records come again after the file is next opened.
func (l *Leases) Ack() error { return l.end(nil) }

// Nack says that it has not. The records come first in the result of the next Process.
func (l *Leases) Nack() error { return l.end(errNack) }

var errNack = errors.New("not delivered")

// Len returns how many records are on loan.
func (l *Leases) Len() int {
	n := 0
	for _, x := range l.list {
		n += x.len()
	}
	return n
}

func (l *Leases) end(err error) error {
	var errs []error
	for _, x := range l.list {
		errs = append(errs, x.settle(err))
	}
	l.list = nil
	return errors.Join(errs...)
}

// settle ends the leases according to err, and returns err and what went wrong.
func (l *Leases) settle(_ context.Context, err error) error {
	return errors.Join(err, l.end(err))
}

func (l *Leases) add(x interface {
	settle(err error) error
	len() int
},
) {
	l.list = append(l.list, x)
}

func leasesOf(ctx context.Context) *Leases {
	l, _ := ctx.Value(leasesKey{}).(*Leases)
	return l
}

// draining reports whether buffers are to release everything, whatever their
// controllers say. Unlike Flush this lasts for a whole transfer, so that a buffer that
// is called once per batch keeps nothing back.
func draining(ctx context.Context) bool {
	l := leasesOf(ctx)
	return l != nil && l.drain
}
