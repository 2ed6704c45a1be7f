package wire

import (
	"errors"
	"fmt"
)

// ErrCut means that the connection ended inside a frame: the other side died while it was
// writing. It also matches io.ErrUnexpectedEOF.
var ErrCut = errors.New("wire: frame is cut")

// ErrCorrupt means that what was read is not a frame of this protocol.
var ErrCorrupt = errors.New("wire: frame is corrupt")

// ErrTooLarge means that a frame, or a single value, has more bytes than the limit of the
// connection.
var ErrTooLarge = errors.New("wire: frame is too large")

// ErrProtocol means that the other side speaks another version of the protocol.
var ErrProtocol = errors.New("wire: protocols differ")

// An ItemError is an error of one value of a chunk, which does not concern the others.
type ItemError struct {
	Item int   // its position in the chunk
	Err  error // why it could not be encoded or decoded
}

// Error returns the text of e, with the position.
func (e *ItemError) Error() string {
	return fmt.Sprintf("wire: item %d of the chunk: %v", e.Item, e.Err)
}

// Unwrap returns e.Err.
func (e *ItemError) Unwrap() error { return e.Err }
