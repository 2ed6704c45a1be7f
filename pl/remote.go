package pl

import (
	"errors"
	"os"
	"time"

	"github.com/penstock/penstock/pl/internal/remote"
)

// RegisterError makes errors.Is find target in the errors that come from worker
// processes. context.Canceled, context.DeadlineExceeded, io.EOF and the errors of io/fs are registered.
//
// The two sides know the error by its text, so it panics if another error with the
// same text is registered. Like functions, errors are registered in package variables
// or init functions.
func RegisterError(target error) {
	if target == nil {
		panic("pl: RegisterError: the error is nil")
	}
	remote.AddError(target.Error(), target)
}

// A RemoteError is an error from a worker in another process. errors.Is finds the errors given
// to RegisterError, errors.As those whose type is registered with gob.Register.
type RemoteError struct {
	Message string
	Type    string // the type of the original, as by %T

	errs []error
}

// Error returns the text of the original.
func (e *RemoteError) Error() string { return e.Message }

// Unwrap returns the registered errors that the original matched, and those errors of
// its chain whose types gob knows.
func (e *RemoteError) Unwrap() []error { return e.errs }

var (
	pid    = os.Getpid()
	noTime time.Time
)

func init() {
	remote.Words = remote.Errors{
		Goexit: ErrGoexit,
		Remote: func(message, typ string, errs []error) error {
			return &RemoteError{Message: message, Type: typ, errs: errs}
		},
		Panic: words.Panic,
		Panicked: func(err error) (any, []byte, bool) {
			if p := (*PanicError)(nil); errors.As(err, &p) {
				return p.Value, p.Stack, true
			}
			return nil, nil, false
		},
	}
	for _, err := range []error{ErrGoexit, ErrTimeout, errPermanent, errLeft} {
		remote.AddError(err.Error(), err)
	}
}
