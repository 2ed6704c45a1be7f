package databay

import (
	"errors"
	"fmt"
)

var (
	// ErrInvalidNode means that an inlet or outlet cannot be added or removed: it is nil,
	// not a pointer, already there, or not there.
	ErrInvalidNode = errors.New("invalid node")
	// ErrInvalidLink means that a link's configuration cannot work.
	ErrInvalidLink = errors.New("invalid link")
	// ErrMissingLink means that a planner does not have the link.
	ErrMissingLink = errors.New("link is not in the planner")
	// ErrNotRunning means that a planner is not running.
	ErrNotRunning = errors.New("planner is not running")
	// ErrRunning means that a planner was started twice.
	ErrRunning = errors.New("planner is already running")
	// ErrInvalidBuffer means that a buffer's settings cannot work.
	ErrInvalidBuffer = errors.New("invalid buffer")
	// ErrNoController means that a buffer would never release anything by itself.
	ErrNoController = errors.New("buffer has no controller and would never release")
	// ErrSharedBuffer means that one buffer is used in two places.
	ErrSharedBuffer = errors.New("buffer is used in two places")
	// ErrFull means that a buffer with the policy [Fail] has no room for the records.
	ErrFull = errors.New("buffer is full")
	// ErrClosed means that a durable buffer has been closed.
	ErrClosed = errors.New("buffer is closed")
	// ErrInUse means that another process, or another part of this one, has the file open.
	ErrInUse = errors.New("file is in use")
	// ErrForeign means that a file is not one of a durable buffer.
	ErrForeign = errors.New("not a buffer file")
	// ErrCorrupt means that a buffer file is damaged.
	ErrCorrupt = errors.New("buffer file is damaged")
	// ErrGrouper means that a grouper broke its contract, see [CheckGroupers].
	ErrGrouper = errors.New("grouper broke its contract")
)

// A TransferError says where a transfer failed, and what became of its records.
type TransferError struct {
	Link   string
	Update Update
	Stage  string // "pull", "process", "group", "copy", "push", "acknowledge", "commit" or "start"
	Node   string // the inlet, outlet, processor or grouper
	// Undelivered counts the records that this transfer took and that no buffer holds
	// for another try. They are gone unless their inlet can produce them again.
	Undelivered int
	Err         error
}

func (e *TransferError) Error() string {
	s := fmt.Sprintf("databay: transfer %s: %s %s: %v", e.Update, e.Stage, e.Node, e.Err)
	if e.Undelivered > 0 {
		s += fmt.Sprintf(": %d records were not delivered and are in no buffer", e.Undelivered)
	}
	return s
}

// Unwrap returns the cause.
func (e *TransferError) Unwrap() error { return e.Err }
