package databay

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// Process stores records and returns what is to be released: first what an earlier
// transfer could not deliver, then, if the controllers say so, everything stored. With
// a durable buffer the records are on disk when Process returns. If it returns an
// error it has stored none of them.
//
// Inside a link, or with a context from [WithLeases], what is returned is on loan
// until the leases are settled. Otherwise it is the caller's at once.
func (b *Buffer[T]) Process(ctx context.Context, records []Record[T]) ([]Record[T], error) {
	if err := b.enter(ctx); err != nil {
		return nil, err
	}
	defer b.leave()
	for {
		if b.log != nil && b.log.closed {
			return nil, fmt.Errorf("databay: %s: %w", b, ErrClosed)
		}
		all, size, since := b.with(records)
		open := b.flush || draining(ctx) || b.decide(ctx, all, size, since)
		if !open && b.limit > 0 && len(records) > 0 && b.taken()+len(records) > b.limit {
			again, rest, err := b.makeRoom(ctx, records)
			if err != nil {
				return nil, err
			}
			if records = rest; again {
				continue
			}
			all, size, since = b.with(records)
		}
		return b.admit(ctx, records, all, size, since, open)
	}
}

// with returns what the store would be with records added.
func (b *Buffer[T]) with(records []Record[T]) (all []Record[T], size int, since time.Time) {
	all, size, since = b.store, b.stored, b.since
	if len(records) == 0 {
		return
	}
	if len(all) == 0 {
		since = time.Now()
		all = make([]Record[T], 0, max(b.hint, len(records)))
	}
	if b.size != nil {
		for _, r := range records {
			size += b.size(r)
		}
	}
	// Until admit keeps it, the appended part lies beyond the end of the store.
	return append(all, records...), size, since
}

// taken returns how much of the limit is used. What waits to be delivered again leaves
// with this very call, so that waiting for it to leave would be waiting for ever.
func (b *Buffer[T]) taken() int {
	if b.policy == Block {
		return len(b.store) + b.onLoan()
	}
	return b.depth()
}

// makeRoom applies the policy. again says that the world has changed and the decision
// is to be made anew.
func (b *Buffer[T]) makeRoom(ctx context.Context, records []Record[T]) (again bool, rest []Record[T], err error) {
	switch {
	case b.policy == DropOldest:
		excess := b.depth() + len(records) - b.limit
		old := min(excess, len(b.store))
		if err := b.dropStored(old); err != nil {
			return false, nil, err
		}
		over := min(excess-old, len(records))
		b.stats.dropped.Add(int64(old + over))
		slog.Default().Warn("databay: buffer is full, oldest records dropped", "buffer", nameOf(b), "dropped", old+over)
		return false, records[over:], nil
	case b.policy == Fail, len(records) > b.limit:
		return false, nil, fmt.Errorf("databay: %s: %w: %d records do not fit beside %d under the limit %d",
			b, ErrFull, len(records), b.taken(), b.limit)
	}
	var due <-chan time.Time
	if b.after != nil && !b.since.IsZero() {
		if wait := *b.after - time.Since(b.since); wait >= 0 {
			t := time.NewTimer(wait + 1)
			defer t.Stop()
			due = t.C
		}
	}
	room := b.room
	b.leave()
	select {
	case <-room:
	case <-due:
	case <-ctx.Done():
		b.lock <- struct{}{}
		return false, nil, context.Cause(ctx)
	}
	b.lock <- struct{}{}
	return true, records, nil
}

// dropStored forgets the first n stored records.
func (b *Buffer[T]) dropStored(n int) error {
	if n == 0 {
		return nil
	}
	if b.log != nil {
		if err := b.log.removeRecords(b.store[:n]); err != nil {
			return err
		}
	}
	if b.size != nil {
		for _, r := range b.store[:n] {
			b.stored -= b.size(r)
		}
	}
	b.store = append([]Record[T](nil), b.store[n:]...)
	if len(b.store) == 0 {
		b.since = time.Time{}
	}
	return nil
}

// admit writes the decision down, on disk first, and carries it out.
func (b *Buffer[T]) admit(ctx context.Context, records, all []Record[T], size int, since time.Time, open bool) ([]Record[T], error) {
	var batches []uint64
	if b.log != nil && (len(records) > 0 || open && len(all) > 0) {
		if err := b.log.commit(all[len(all)-len(records):], since, open); err != nil {
			return nil, err
		}
	}
	b.store, b.stored, b.since = all, size, since
	b.stats.stored.Add(int64(len(records)))
	b.flush = false

	var out []Record[T]
	again := b.returned
	b.returned = nil
	if open && len(all) > 0 {
		if b.log != nil {
			batches, b.log.batches = b.log.batches, nil
		}
		b.turn++
		again = append(again, &lease[T]{records: all, batches: batches, since: since, turn: b.turn})
		b.hint = len(all)
		b.clear()
	}
	leases := leasesOf(ctx)
	if leases != nil {
		leases.accepted = true
	}
	for _, l := range again {
		l.buffer = b
		b.stats.released.Add(int64(len(l.records)))
		if out == nil {
			out = slices.Clip(l.records)
		} else {
			out = append(out, l.records...)
		}
		b.loans[l] = struct{}{}
		if leases != nil {
			leases.add(l)
		} else if err := b.settleLocked(l, nil); err != nil {
			return nil, err
		}
	}
	b.setAlarm()
	return out, nil
}

// clear empties the store and calls OnReset.
func (b *Buffer[T]) clear() {
	b.store, b.stored, b.since, b.flush = nil, 0, time.Time{}, false
	b.setAlarm()
	b.makeKnown()
	if b.onReset != nil {
		if err := protect(func() error { b.onReset(); return nil }); err != nil {
			b.fail(fmt.Errorf("databay: OnReset: %w", err))
		}
	}
}

// makeKnown wakes those that wait for room.
func (b *Buffer[T]) makeKnown() {
	close(b.room)
	b.room = make(chan struct{})
}

// setAlarm arranges that the owner is woken when the time threshold passes.
func (b *Buffer[T]) setAlarm() {
	if b.alarm != nil {
		b.alarm.Stop()
		b.alarm = nil
	}
	if !b.timed || b.after == nil || b.wake == nil || b.since.IsZero() {
		return
	}
	// Once it has passed, other controllers say no, and waking up again would not help.
	if wait := *b.after - time.Since(b.since) + 1; wait > 0 {
		b.alarm = time.AfterFunc(wait, b.wake)
	}
}

// full reports whether the buffer wants no more records for now.
func (b *Buffer[T]) full() bool {
	defer b.hold()()
	return b.limit > 0 && b.policy == Block && b.depth() >= b.limit
}
