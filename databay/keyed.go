package databay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Keyed is a processor that keeps one buffer per key, such as one per customer. A
// buffer that holds nothing is forgotten, so that only keys with records take memory.
type Keyed[T any, K comparable] struct {
	key func(Record[T]) K
	new func(K) (*Buffer[T], error)

	mu    sync.Mutex
	bufs  map[K]*Buffer[T]
	order []K
	past  BufferStats // of forgotten buffers
	owner any
	wake  atomic.Pointer[func()]
	err   error
}

// NewKeyed returns a Keyed whose buffers newBuffer makes, one for each key when its
// first record comes. Durable ones can be parts of one [Store]; pass the keys of those
// that are to be there from the start, as after a crash. A key that cannot get a
// buffer fails for its records only.
func NewKeyed[T any, K comparable](key func(Record[T]) K, newBuffer func(key K) (*Buffer[T], error), known ...K) *Keyed[T, K] {
	k := &Keyed[T, K]{key: key, new: newBuffer, bufs: map[K]*Buffer[T]{}}
	if key == nil || newBuffer == nil {
		k.err = fmt.Errorf("databay: %w: NewKeyed with a nil function", ErrInvalidBuffer)
		return k
	}
	var errs []error
	for _, v := range known {
		_, err := k.buffer(v)
		errs = append(errs, err)
	}
	k.err = errors.Join(errs...)
	return k
}

// buffer returns the buffer of key, and makes it if there is none.
func (k *Keyed[T, K]) buffer(key K) (*Buffer[T], error) {
	if b := k.bufs[key]; b != nil {
		return b, nil
	}
	var b *Buffer[T]
	err := protect(func() (err error) {
		b, err = k.new(key)
		return err
	})
	if err == nil && b == nil {
		err = fmt.Errorf("%w: nil", ErrInvalidBuffer)
	}
	if err == nil {
		err = b.Err()
	}
	if err == nil {
		err = b.attach(k, k.ring)
	}
	if err != nil {
		return nil, fmt.Errorf("databay: buffer of key %v: %w", key, err)
	}
	k.bufs[key] = b
	k.order = append(k.order, key)
	return b, nil
}

// Process gives every record to the buffer of its key, and every other buffer an empty
// list, and returns what they release, in the order in which the keys first came. If
// buffers fail, the rest go on; the list returned beside the error then has the
// records that could not be stored at its end.
func (k *Keyed[T, K]) Process(ctx context.Context, records []Record[T]) ([]Record[T], error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	parts := map[K][]Record[T]{}
	var errs []error
	var out, unstored []Record[T]
	for _, r := range records {
		key := k.key(r)
		if _, err := k.buffer(key); err != nil {
			errs = append(errs, err)
			unstored = append(unstored, r)
			continue
		}
		parts[key] = append(parts[key], r)
	}
	keep := k.order[:0]
	for _, key := range k.order {
		b := k.bufs[key]
		released, err := b.Process(ctx, parts[key])
		if err != nil {
			errs = append(errs, fmt.Errorf("key %v: %w", key, err))
			unstored = append(unstored, parts[key]...)
		}
		out = append(out, released...)
		if err == nil && b.idle() {
			k.forget(key, b)
			continue
		}
		keep = append(keep, key)
	}
	k.order = keep
	if l := leasesOf(ctx); l != nil {
		l.refused += len(unstored)
	}
	return append(out, unstored...), errors.Join(errs...)
}

func (k *Keyed[T, K]) forget(key K, b *Buffer[T]) {
	s := b.Stats()
	k.past.Stored += s.Stored
	k.past.Released += s.Released
	k.past.Returned += s.Returned
	k.past.Dropped += s.Dropped
	k.past.Reset += s.Reset
	k.past.Errors += s.Errors
	k.past.Quarantined += s.Quarantined
	b.detach()
	b.Close()
	delete(k.bufs, key)
}

// Keys returns the keys that have a buffer, in the order in which they came.
func (k *Keyed[T, K]) Keys() []K {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]K(nil), k.order...)
}

// Flush makes the next call release everything of every key.
func (k *Keyed[T, K]) Flush() {
	k.each(func(b *Buffer[T]) { b.Flush() })
}

// Err reports what is wrong with the buffers that there are.
func (k *Keyed[T, K]) Err() error { return k.err }

// Len returns how many records the buffers are responsible for.
func (k *Keyed[T, K]) Len() int {
	n := 0
	k.each(func(b *Buffer[T]) { n += b.Len() })
	return n
}

// OldestAge returns the greatest age of the buffers.
func (k *Keyed[T, K]) OldestAge() time.Duration {
	var age time.Duration
	k.each(func(b *Buffer[T]) { age = max(age, b.OldestAge()) })
	return age
}

// Stats returns the sums of the buffers' numbers, forgotten ones included.
func (k *Keyed[T, K]) Stats() BufferStats {
	k.mu.Lock()
	sum := k.past
	k.mu.Unlock()
	k.each(func(b *Buffer[T]) {
		s := b.Stats()
		sum.Stored += s.Stored
		sum.Released += s.Released
		sum.Returned += s.Returned
		sum.Dropped += s.Dropped
		sum.Reset += s.Reset
		sum.Errors += s.Errors
		sum.Quarantined += s.Quarantined
		sum.Depth += s.Depth
		sum.OldestAge = max(sum.OldestAge, s.OldestAge)
	})
	return sum
}

// String returns "Keyed".
func (k *Keyed[T, K]) String() string { return "Keyed" }

func (k *Keyed[T, K]) each(f func(*Buffer[T])) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range k.order {
		f(k.bufs[key])
	}
}

func (k *Keyed[T, K]) full() bool {
	full := false
	k.each(func(b *Buffer[T]) { full = full || b.full() })
	return full
}

// ring passes on the alarm of a buffer. It must not lock, the buffer may be in a call.
func (k *Keyed[T, K]) ring() {
	if f := k.wake.Load(); f != nil {
		(*f)()
	}
}
