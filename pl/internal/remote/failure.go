package remote

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/penstock/penstock/pl/internal/wire"
)

// Errors are how the errors of package pl are told from others, and made.
type Errors struct {
	Goexit error
	// Remote makes the error of a worker; errs are the errors that it matched there.
	Remote func(message, typ string, errs []error) error
	// Panic makes the error of a panic.
	Panic func(value any, stack []byte) error
	// Panicked returns the value and stack of such an error.
	Panicked func(err error) (value any, stack []byte, ok bool)
}

const canceledKey = "context.Canceled"

// Words are set by package pl.
var Words Errors

func init() {
	for key, err := range map[string]error{
		canceledKey: context.Canceled, "context.DeadlineExceeded": context.DeadlineExceeded,
		"io.EOF": io.EOF, "io.ErrUnexpectedEOF": io.ErrUnexpectedEOF,
		"fs.ErrInvalid": fs.ErrInvalid, "fs.ErrPermission": fs.ErrPermission, "fs.ErrExist": fs.ErrExist,
		"fs.ErrNotExist": fs.ErrNotExist, "fs.ErrClosed": fs.ErrClosed, "os.ErrDeadlineExceeded": os.ErrDeadlineExceeded,
	} {
		AddError(key, err)
	}
}

// failureOf makes what is sent of an error.
func failureOf(err error) *wire.Failure {
	if value, stack, ok := Words.Panicked(err); ok {
		return wire.NewPanic(value, stack, Sentinels())
	}
	return wire.NewFailure(wire.FailError, err, Sentinels())
}

// errorOf makes an error of what was sent.
func errorOf(f *wire.Failure) error {
	if f == nil {
		return nil
	}
	var errs []error
	for _, key := range f.Sentinels {
		for _, s := range Sentinels() {
			if s.Key == key {
				errs = append(errs, s.Err)
			}
		}
	}
	values := f.Values()
	for _, v := range values {
		if err, ok := v.(error); ok {
			errs = append(errs, err)
		}
	}
	switch {
	case f.Kind == wire.FailPanic:
		var value any = f.Message
		switch {
		case len(errs) > 0: // it was an error
			value = Words.Remote(f.Message, f.Type, errs)
		case len(values) > 0:
			value = values[0]
		}
		return Words.Panic(value, []byte(f.Stack))
	case len(errs) == 1 && errors.Is(errs[0], Words.Goexit) && f.Message == Words.Goexit.Error():
		return Words.Goexit
	}
	return Words.Remote(f.Message, f.Type, errs)
}
