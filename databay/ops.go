package databay

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/penstock/penstock/pl"
)

// Batched returns an op that batches a stream by the controllers of a buffer: every
// value is one call of the buffer, and every release one slice. What is left at the end
// of the stream is the last slice. Make a buffer in newBuffer for every run:
//
//	batches := pl.Pipe1(ticks, databay.Batched(func() *databay.Buffer[Tick] {
//		return databay.NewBuffer[Tick]().Count(99).Time(time.Second).Timer()
//	}))
//
// With [Buffer.Timer] the time threshold acts without waiting for the next value. The
// slices are the consumer's at once, so a durable buffer keeps only what it has not
// released; with [Leased] it keeps them until they are acknowledged.
func Batched[T any](newBuffer func() *Buffer[T]) pl.Op[T, []T] {
	return func(s pl.Stage[T]) pl.Stage[[]T] {
		return pl.Work(pl.Sync, func(ctx context.Context, in iter.Seq[T], emit func([]T) bool) error {
			return batch(ctx, newBuffer(), in, func(rs []Record[T], l *Leases) (bool, error) {
				if !emit(Payloads(rs)) {
					return false, l.Nack()
				}
				return true, l.Ack()
			})
		}, pl.Name("Batched"))(s)
	}
}

// A Lease is a released batch of [Leased].
type Lease[T any] struct {
	Records []Record[T]
	leases  *Leases
}

// Ack says that the records are delivered. The buffer forgets them.
func (l *Lease[T]) Ack() error { return l.leases.Ack() }

// Nack says that they are not. They are the first of a following batch.
func (l *Lease[T]) Nack() error { return l.leases.Nack() }

// Leased is [Batched] with records on loan: a consumer must call Ack or Nack on every
// lease. What is not acknowledged by a durable buffer comes first in the next run.
func Leased[T any](newBuffer func() *Buffer[T]) pl.Op[T, *Lease[T]] {
	return func(s pl.Stage[T]) pl.Stage[*Lease[T]] {
		return pl.Work(pl.Sync, func(ctx context.Context, in iter.Seq[T], emit func(*Lease[T]) bool) error {
			return batch(ctx, newBuffer(), in, func(rs []Record[T], l *Leases) (bool, error) {
				if !emit(&Lease[T]{rs, l}) {
					return false, l.Nack()
				}
				return true, nil
			})
		}, pl.Name("Leased"))(s)
	}
}

// Grouped returns an op that splits every slice of a stream by groupers, in order, and
// emits the batches one by one.
func Grouped[T any](groupers ...Grouper[T]) pl.Op[[]T, []T] {
	return func(s pl.Stage[[]T]) pl.Stage[[]T] {
		return pl.FlatMap(pl.Sync, pl.Fn(func(ctx context.Context, values []T) ([][]T, error) {
			batches := [][]Record[T]{Records(values...)}
			for i, g := range groupers {
				var err error
				if g == nil {
					return nil, fmt.Errorf("databay: Grouped: grouper %d is nil", i)
				}
				if batches, err = group(ctx, g, batches); err != nil {
					return nil, fmt.Errorf("databay: Grouped: grouper %d: %w", i, err)
				}
			}
			out := make([][]T, len(batches))
			for i, b := range batches {
				out[i] = Payloads(b)
			}
			return out, nil
		}), pl.Name("Grouped"))(s)
	}
}

// batch feeds b with the values of in, one per call.
func batch[T any](ctx context.Context, b *Buffer[T], in iter.Seq[T], emit func([]Record[T], *Leases) (bool, error)) (err error) {
	if b == nil {
		return fmt.Errorf("databay: Batched: %w: nil", ErrInvalidBuffer)
	}
	if err := b.Err(); err != nil {
		return err
	}
	bell := make(chan struct{}, 1)
	ring := func() {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
	if err := b.attach(&place{b}, ring); err != nil {
		return err
	}
	defer b.detach()
	call := func(records []Record[T]) (bool, error) {
		lent, leases := WithLeases(ctx)
		rs, err := b.Process(lent, records)
		if err != nil || len(rs) == 0 {
			return true, err
		}
		return emit(rs, leases)
	}
	open := true
	if b.timed {
		open, err = listen(ctx, in, bell, call)
	} else {
		for v := range in {
			if open, err = call([]Record[T]{{Payload: v}}); err != nil || !open {
				break
			}
		}
	}
	if err != nil || !open || ctx.Err() != nil {
		return err
	}
	b.Flush()
	_, err = call(nil)
	return err
}

// listen calls call with every value of in, and without a value when the bell rings.
func listen[T any](ctx context.Context, in iter.Seq[T], bell <-chan struct{}, call func([]Record[T]) (bool, error)) (open bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	values := make(chan T)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(values)
		for v := range in {
			select {
			case values <- v:
			case <-ctx.Done():
				return
			}
		}
	}()
	defer func() {
		cancel(errors.New("listen is over"))
		// After an error the reader may wait for a source that is silent; it is the end
		// of the run, which this function has to return for, that ends it.
		if err == nil {
			<-ended
		}
	}()
	for {
		select {
		case v, more := <-values:
			if !more {
				return true, nil
			}
			open, err = call([]Record[T]{{Payload: v}})
		case <-bell:
			open, err = call(nil)
		}
		if !open || err != nil {
			return open, err
		}
	}
}
