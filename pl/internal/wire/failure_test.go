package wire

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// overWire returns f as the other side gets it.
func overWire(t *testing.T, f *Failure) *Failure {
	t.Helper()
	s := scanner{what: KindReady, b: fields(nil).optional(f)}
	got := s.optional()
	require.NoError(t, s.err)
	require.Empty(t, s.b)
	return got
}

type statusError struct{ Code int }

func (e *statusError) Error() string { return fmt.Sprint("status ", e.Code) }

type cyclicError struct{}

func (e *cyclicError) Error() string { return "cyclic" }
func (e *cyclicError) Unwrap() error { return e }

type brokenError struct{ text *string }

func (e brokenError) Error() string  { return *e.text }
func (e brokenError) Is(error) bool  { panic("no") }
func (e brokenError) Unwrap() error  { panic("no") }
func (e brokenError) String() string { panic("no") }

type unsendable struct{ F func() }

func (unsendable) Error() string { return "unsendable" }

var known = []Sentinel{{"canceled", context.Canceled}, {"eof", io.EOF}, {"closed", io.ErrClosedPipe}}

func init() {
	gob.Register(&statusError{})
	gob.Register(statusValue(0))
}

type statusValue int

func TestErrorsKeepWhatBothSidesKnow(t *testing.T) {
	err := fmt.Errorf("outer: %w", errors.Join(
		fmt.Errorf("first: %w", &statusError{Code: 7}),
		fmt.Errorf("second: %w", io.EOF),
	))
	f := overWire(t, NewFailure(FailError, err, known))
	require.Equal(t, err.Error(), f.Message)
	require.Equal(t, "*fmt.wrapError", f.Type)
	require.Equal(t, []string{"eof"}, f.Sentinels)
	require.Equal(t, []any{&statusError{Code: 7}}, f.Values())
	require.Equal(t, FailError, f.Kind)
	require.Empty(t, f.Stack)
}

func TestAnyErrorCanBeSent(t *testing.T) {
	var nilPointer *statusError
	for name, err := range map[string]error{
		"broken":       brokenError{},
		"cyclic":       &cyclicError{},
		"unsendable":   unsendable{func() {}},
		"nil pointer":  nilPointer,
		"unregistered": fmt.Errorf("x: %w", &cyclicError{}),
	} {
		f := overWire(t, NewFailure(FailError, err, known))
		require.NotEmpty(t, f.Message, name)
		require.NotEmpty(t, f.Type, name)
		require.Empty(t, f.Values(), name)
		require.Empty(t, f.Sentinels, name)
	}
}

func TestPanics(t *testing.T) {
	f := overWire(t, NewPanic("boom", []byte("goroutine 1"), known))
	require.Equal(t, &Failure{
		Kind: FailPanic, Message: "boom", Type: "string", Stack: "goroutine 1", Concrete: f.Concrete,
	}, f)
	require.Equal(t, []any{"boom"}, f.Values())

	f = overWire(t, NewPanic(fmt.Errorf("%w", io.ErrClosedPipe), nil, known))
	require.Equal(t, FailPanic, f.Kind)
	require.Equal(t, []string{"closed"}, f.Sentinels)

	require.Equal(t, []any{statusValue(3)}, overWire(t, NewPanic(statusValue(3), nil, nil)).Values())
	require.Empty(t, overWire(t, NewPanic(func() {}, nil, nil)).Values())
	require.NotPanics(t, func() { NewPanic(brokenError{}, nil, nil) })
}

func TestHostileConcreteErrorIsDropped(t *testing.T) {
	f := NewFailure(FailError, &statusError{1}, nil)
	require.Len(t, f.Concrete, 1)
	b := f.Concrete[0]
	for i := range b {
		require.NotPanics(t, func() {
			(&Failure{Concrete: [][]byte{b[:i]}}).Values()
			c := append([]byte(nil), b...)
			c[i] ^= 0xff
			(&Failure{Concrete: [][]byte{c}}).Values()
		})
	}
}
