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
	lost   func(error)
	cancel func(Cancel)

	mu     sync.Mutex
	more   sync.Cond
	frames []*Frame // in the order of their arrival
	free   []*Frame
	err    error
}

// NewInbox starts to read from r. It calls cancel, if not nil, when a Cancel arrives, and
// lost when the connection ends, with io.EOF or what was wrong. A worker's lost ends the
// process; without a parent there is nothing left to do. Both are called by the reading
// goroutine, which ends after lost has returned.
func NewInbox(r *Reader, cancel func(Cancel), lost func(error)) *Inbox {
	in := &Inbox{lost: lost, cancel: cancel}
	in.more.L = &in.mu
	go in.read(r)
	return in
}

func (in *Inbox) read(r *Reader) {
	for {
		f := in.unused()
		err := r.Read(f)
		if err == nil && f.Kind == KindCancel {
			var c Cancel
			if c, err = f.Cancel(); err == nil {
				if in.cancel != nil {
					in.cancel(c)
				}
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
			in.lost(err)
			return
		}
	}
}

// Next waits for the next frame other than a Cancel. It returns the error of the
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
