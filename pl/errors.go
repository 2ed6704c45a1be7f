package pl

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/penstock/penstock/pl/internal/engine"
)

// ErrTimeout is the error of an item whose [Timeout] has passed. It also matches
// context.DeadlineExceeded.
var ErrTimeout error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string        { return "pl: the timeout of the call has passed" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// ErrGoexit is the error of an item whose function called runtime.Goexit, as t.FailNow does.
var ErrGoexit = errors.New("pl: function called runtime.Goexit")

// errLeft is the cause of the contexts of a run whose values nobody wants any
// more: its loop was left, or a Take has all it takes.
var errLeft error = leftError{}

type leftError struct{}

func (leftError) Error() string        { return "pl: no more values are wanted" }
func (leftError) Is(target error) bool { return target == context.Canceled }

// Permanent marks err as one that [Retry] does not retry. It returns nil for nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ err error }

func (e *permanentError) Error() string        { return e.err.Error() }
func (e *permanentError) Unwrap() error        { return e.err }
func (e *permanentError) Is(target error) bool { return target == errPermanent }

// errPermanent is what errors marked by Permanent match, also after they have come
// from another process.
var errPermanent = errors.New("pl: permanent")

// A StageError says where an error happened.
type StageError struct {
	Worker Worker
	Index  []int  // as in Info; nil if a hook or a source failed
	Item   any    // the value that failed; nil if a hook or a source failed
	Hook   string // "OnStart", "OnDone" or ""
	Err    error
}

// Error names the stage, the item or the hook, and the error.
func (e *StageError) Error() string {
	where := e.Worker.Stage
	switch {
	case e.Hook != "":
		where += fmt.Sprintf(": %s of worker %d", e.Hook, e.Worker.Index)
	case e.Index != nil:
		where += fmt.Sprintf(": item %v%s", e.Index, itemText(e.Item))
	}
	return "pl: " + where + ": " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *StageError) Unwrap() error { return e.Err }

// itemText shows items that are short to print.
func itemText(v any) string {
	switch k := reflect.ValueOf(v).Kind(); {
	case k == reflect.String:
		return fmt.Sprintf(" (%.60q)", v)
	case k >= reflect.Bool && k <= reflect.Complex128:
		return fmt.Sprintf(" (%v)", v)
	}
	return ""
}

// A PanicError is a panic of a function or hook. It unwraps to the value of the
// panic if that is an error.
type PanicError struct {
	Value any
	Stack []byte
}

// Error gives the value of the panic and the stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("panic: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap returns the value of the panic if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// words tells the engine the errors of this package.
var words = engine.Words{
	Timeout: ErrTimeout,
	Goexit:  ErrGoexit,
	Left:    errLeft,
	Panic:   func(v any, stack []byte) error { return &PanicError{Value: v, Stack: stack} },
	Fault: func(f engine.Fault) error {
		return &StageError{Worker: Worker(f.Worker), Index: f.Index, Item: f.Item, Hook: f.Hook, Err: f.Err}
	},
	Final: func(err error) bool { return errors.Is(err, errPermanent) },
}
