package databay

import (
	"fmt"
	"time"
)

// A withholder is a processor that keeps records: a [Buffer] or [Keyed].
type withholder interface {
	Err() error
	Len() int
	OldestAge() time.Duration
	Stats() BufferStats
	full() bool
	durable() bool
	attach(owner any, wake func()) error
	detach()
}

func (b *Buffer[T]) attach(owner any, wake func()) error {
	defer b.hold()()
	if b.owner != nil && b.owner != owner {
		return fmt.Errorf("databay: %s: %w: give each link and outlet one of its own", nameOf(b), ErrSharedBuffer)
	}
	b.owner, b.wake = owner, wake
	b.setAlarm()
	if b.timed && b.alarm == nil && !b.since.IsZero() && wake != nil {
		wake() // the time passed before the program started
	}
	return nil
}

func (b *Buffer[T]) detach() {
	defer b.hold()()
	b.owner, b.wake = nil, nil
	b.setAlarm()
}

func (b *Buffer[T]) durable() bool { return b.log != nil }

// idle reports whether the buffer has no records, none on loan included.
func (b *Buffer[T]) idle() bool { return b.Len() == 0 }

func (k *Keyed[T, K]) attach(owner any, wake func()) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.owner != nil && k.owner != owner {
		return fmt.Errorf("databay: Keyed: %w: give each link and outlet one of its own", ErrSharedBuffer)
	}
	k.owner = owner
	k.wake.Store(&wake)
	if len(k.order) > 0 && wake != nil {
		wake()
	}
	return nil
}

func (k *Keyed[T, K]) detach() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.owner = nil
	k.wake.Store(nil)
}

func (k *Keyed[T, K]) durable() bool {
	d := false
	k.each(func(b *Buffer[T]) { d = d || b.durable() })
	return d
}

// withholders returns those among processors.
func withholders[T any](processors []Processor[T]) []withholder {
	var ws []withholder
	for _, p := range processors {
		if w, ok := p.(withholder); ok {
			ws = append(ws, w)
		}
	}
	return ws
}
