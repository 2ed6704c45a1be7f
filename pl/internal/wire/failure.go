package wire

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// A Failure is an error on its way from one process to another. What the other side can
// rebuild is up to what both know: registered errors are found again by errors.Is, types
// that were given to gob.Register by errors.As, and of all others the text remains.
type Failure struct {
	Kind      FailureKind
	Message   string   // the text of the error, or of the value of the panic
	Type      string   // its type, as by %T
	Sentinels []string // keys of the registered errors that it matches
	Stack     string   // of a panic

	// Concrete holds those errors of the chain whose type gob knows, and the value of a
	// panic likewise, outermost first; see [Failure.Values].
	Concrete [][]byte
}

// A FailureKind says how a function failed.
type FailureKind uint8

// The kinds of failures.
const (
	FailError  FailureKind = iota // it returned an error
	FailPanic                     // it panicked
	FailDecode                    // it was not called: its item could not be decoded
	FailEncode                    // its result could not be encoded, or is too large
	failKinds
)

// A Sentinel is a registered error value with the key that both sides know it by.
type Sentinel struct {
	Key string
	Err error
}

// Limits of what one failure carries, in bytes; longer texts are cut with a note.
const (
	maxText     = 64 << 10
	maxConcrete = 64 << 10
	maxChain    = 32 // errors of a chain or tree that are looked at
)

// NewFailure makes a Failure of an error. It never fails, whatever the error's type: code
// of the type that panics counts as not there.
func NewFailure(k FailureKind, err error, known []Sentinel) *Failure {
	f := &Failure{Kind: k, Type: fmt.Sprintf("%T", err)}
	if e := catch(func() error { f.Message = clip(err.Error()); return nil }); e != nil {
		f.Message = clip(fmt.Sprintf("(the Error method of %T failed: %v)", err, e))
	}
	for _, e := range chain(err) {
		for _, s := range known {
			if matches(e, s.Err) && !slices.Contains(f.Sentinels, s.Key) {
				f.Sentinels = append(f.Sentinels, s.Key)
			}
		}
		f.add(e)
	}
	return f
}

// NewPanic makes a Failure of the value of a panic and its stack.
func NewPanic(value any, stack []byte, known []Sentinel) *Failure {
	var f *Failure
	if err, ok := value.(error); ok {
		f = NewFailure(FailPanic, err, known)
	} else {
		f = &Failure{Kind: FailPanic, Type: fmt.Sprintf("%T", value), Message: clip(fmt.Sprint(value))}
		f.add(value)
	}
	f.Stack = clip(string(stack))
	return f
}

// chain returns err and the errors of the tree under it, as errors.Is visits them. It stops
// after maxChain: an error may unwrap to itself, on which errors.Is never returns.
func chain(err error) (all []error) {
	var visit func(err error)
	visit = func(err error) {
		for err != nil && len(all) < maxChain {
			all = append(all, err)
			switch u := err.(type) {
			case interface{ Unwrap() error }:
				err = u.Unwrap()
			case interface{ Unwrap() []error }:
				for _, e := range u.Unwrap() {
					visit(e)
				}
				return
			default:
				return
			}
		}
	}
	_ = catch(func() error { visit(err); return nil })
	return all
}

// matches is errors.Is for one error of a chain.
func matches(err, target error) (is bool) {
	_ = catch(func() error {
		if reflect.TypeOf(target).Comparable() && err == target {
			is = true
		} else if x, ok := err.(interface{ Is(error) bool }); ok {
			is = x.Is(target)
		}
		return nil
	})
	return is
}

// plainErrors are the types that every program has and gob cannot know.
var plainErrors = map[reflect.Type]bool{
	reflect.TypeOf(errors.New("")):                             true,
	reflect.TypeOf(fmt.Errorf("%w", errors.ErrUnsupported)):    true,
	reflect.TypeOf(fmt.Errorf("%w%w", ErrCut, ErrCorrupt)):     true,
	reflect.TypeOf(errors.Join(errors.ErrUnsupported, ErrCut)): true,
	reflect.TypeOf(fmt.Errorf("%d", len(kindNames))):           true,
}

// add adds v if gob can send it as an interface value.
func (f *Failure) add(v any) {
	if v == nil || plainErrors[reflect.TypeOf(v)] {
		return
	}
	var b bytes.Buffer
	err := catch(func() error { return gob.NewEncoder(&b).Encode(&v) })
	if err == nil && b.Len() <= maxConcrete {
		f.Concrete = append(f.Concrete, b.Bytes())
	}
}

// Values decodes Concrete: the errors of the chain whose types gob knows here as well, or
// the value of a panic.
func (f *Failure) Values() []any {
	var vs []any
	for _, b := range f.Concrete {
		var v any
		err := catch(func() error {
			if err := tiled(b); err != nil {
				return err
			}
			return gob.NewDecoder(bytes.NewReader(b)).Decode(&v)
		})
		if err == nil && v != nil {
			vs = append(vs, v)
		}
	}
	return vs
}

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	return s[:maxText] + fmt.Sprintf("... (%d bytes more)", len(s)-maxText)
}

func (b fields) failure(f *Failure) fields {
	b = b.uint(uint64(f.Kind)).string(f.Message).string(f.Type).strings(f.Sentinels).string(f.Stack)
	b = b.uint(uint64(len(f.Concrete)))
	for _, c := range f.Concrete {
		b = b.bytes(c)
	}
	return b
}

// optional writes a failure or its absence.
func (b fields) optional(f *Failure) fields {
	if f == nil {
		return b.bool(false)
	}
	return b.bool(true).failure(f)
}

func (s *scanner) failure() *Failure {
	kind := s.uint("kind of failure")
	if kind >= uint64(failKinds) {
		s.fail("kind of failure")
	}
	f := &Failure{
		Kind:      FailureKind(kind),
		Message:   s.string("message"),
		Type:      s.string("type"),
		Sentinels: s.strings("sentinels"),
		Stack:     s.string("stack"),
	}
	for range s.length("concrete errors", 1) {
		if s.err == nil {
			f.Concrete = append(f.Concrete, s.bytes("concrete error"))
		}
	}
	return f
}

func (s *scanner) optional() *Failure {
	if !s.bool("failure") || s.err != nil {
		return nil
	}
	return s.failure()
}
