package wire

import (
	"fmt"
	"sync"
)

// inboxFrames is how many frames may wait in an Inbox; a parent keeps a few in flight.
const inboxFrames = 4096

// An Inbox reads the requests of a worker in a goroutine of its own that runs no user code
// and never waits for any. So a cancellation arrives while the function runs, and the end
// of the parent is noticed while it spins.
type Inbox struct {
	on InboxEvents

	mu     sync.Mutex
	more   sync.Cond
	frames []*Frame // in the order of their arrival
	free   []*Frame
	err    error
}

// InboxEvents are what an Inbox calls its owner for, from the reading goroutine.
type InboxEvents struct {
	Cancel func(Cancel) // a Cancel has arrived; nil if that is of no interest
	Recall func()       // so has a recall; nil if there are none; see [Inbox.TakeBack]
	// Lost gets io.EOF, or what was wrong, when the connection has ended. That of a worker
	// ends the process: without a parent there is nothing left to do.
	Lost func(error)
}

// NewInbox starts to read from r. The reading goroutine ends after Lost has returned.
func NewInbox(r *Reader, on InboxEvents) *Inbox {
	in := &Inbox{on: on}
	in.more.L = &in.mu
	go in.read(r)
	return in
}

func (in *Inbox) read(r *Reader) {
	for {
		f := in.unused()
		f.Returned = false
		err := r.Read(f)
		if err == nil && (f.Kind == KindCancel || f.Kind == KindRecall) {
			if err = in.event(f); err == nil {
				in.Free(f)
				continue
			}
		}
		in.mu.Lock()
		if err == nil && len(in.frames) >= inboxFrames {
			err = fmt.Errorf("%w: the parent sent %d frames without waiting for answers", ErrCorrupt, len(in.frames))
		}
		if err != nil {
			in.err = err
		} else {
			in.frames = append(in.frames, f)
		}
		in.more.Signal()
		in.mu.Unlock()
		if err != nil {
			in.on.Lost(err)
			return
		}
	}
}

func (in *Inbox) event(f *Frame) error {
	if f.Kind == KindRecall {
		if in.on.Recall != nil {
			in.on.Recall()
		}
		return nil
	}
	c, err := f.Cancel()
	if err == nil && in.on.Cancel != nil {
		in.on.Cancel(c)
	}
	return err
}

// TakeBack marks the frames of items that wait as [Frame.Returned], and returns how many
// items are in them. They still have to be decoded, for the sake of those that follow: the
// values of all are one stream.
func (in *Inbox) TakeBack() (items int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, f := range in.frames {
		if f.Kind == KindItems && !f.Returned {
			f.Returned = true
			items += f.Items
		}
	}
	return items
}

// Next waits for the next frame other than those that are events. It returns the error of the
// connection when the frames before are taken.
func (in *Inbox) Next() (*Frame, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.frames) == 0 && in.err == nil {
		in.more.Wait()
	}
	if len(in.frames) == 0 {
		return nil, in.err
	}
	f := in.frames[0]
	copy(in.frames, in.frames[1:])
	in.frames = in.frames[:len(in.frames)-1]
	return f, nil
}

// Free gives f back once it is decoded.
func (in *Inbox) Free(f *Frame) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.free) < 4 {
		in.free = append(in.free, f)
	}
}

func (in *Inbox) unused() *Frame {
	in.mu.Lock()
	defer in.mu.Unlock()
	if n := len(in.free); n > 0 {
		f := in.free[n-1]
		in.free = in.free[:n-1]
		return f
	}
	return new(Frame)
}
