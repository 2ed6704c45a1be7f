package pl

import (
	"context"
	"fmt"
	"iter"

	"github.com/penstock/penstock/pl/internal/engine"
)

// From returns a stage of the elements of s, which must not change during a run.
func From[T any](s []T) Stage[T] {
	return slice("From", s)
}

// Of returns a stage of its arguments.
func Of[T any](v ...T) Stage[T] {
	return slice("Of", v)
}

func slice[T any](name string, s []T) Stage[T] {
	name = fmt.Sprintf("%s(%d values)", name, len(s))
	return newStage(label{text: name}, func(r *engine.Run) *engine.Port[T] {
		return engine.AddSlice(r, name, len(s), func(from int, dst []engine.Elem[T]) {
			for i := range dst {
				dst[i] = engine.Elem[T]{V: s[from+i], At: engine.At(int64(from + i))}
			}
		})
	})
}

// Range returns a stage of 0, 1, ..., n-1. It is empty if n is not positive.
func Range(n int) Stage[int] {
	name := fmt.Sprintf("Range(%d)", n)
	return newStage(label{text: name}, func(r *engine.Run) *engine.Port[int] {
		return engine.AddSlice(r, name, max(0, n), func(from int, dst []engine.Elem[int]) {
			for i := range dst {
				dst[i] = engine.Elem[int]{V: from + i, At: engine.At(int64(from + i))}
			}
		})
	})
}

// FromSeq returns a stage of the values of seq, which is started once per run and
// stopped when the run ends. A sequence that blocks holds up the end of the run
// until it yields; use [Generate] for one that should mind a context.
func FromSeq[T any](seq iter.Seq[T]) Stage[T] {
	var pairs iter.Seq2[T, error]
	if seq != nil {
		pairs = func(yield func(T, error) bool) {
			for v := range seq {
				if !yield(v, nil) {
					return
				}
			}
		}
	}
	return fromSeq("FromSeq", pairs)
}

// FromSeq2 is FromSeq for a sequence that can fail; its first error ends the run.
func FromSeq2[T any](seq iter.Seq2[T, error]) Stage[T] {
	return fromSeq("FromSeq2", seq)
}

func fromSeq[T any](name string, seq iter.Seq2[T, error]) Stage[T] {
	l := label{text: name}
	if seq == nil {
		l.errs = append(l.errs, fmt.Errorf("pl: %s: the sequence is nil", name))
	}
	return newStage(l, func(r *engine.Run) *engine.Port[T] { return engine.AddSeq(r, name, seq) })
}

// FromChan returns a stage of the values received from c until it is closed or the
// run ends. Values still in c then are left there.
func FromChan[T any](c <-chan T) Stage[T] {
	l := label{text: "FromChan"}
	if c == nil {
		l.errs = append(l.errs, fmt.Errorf("pl: FromChan: the channel is nil: nothing would ever come out of it"))
	}
	return newStage(l, func(r *engine.Run) *engine.Port[T] { return engine.AddChan(r, "FromChan", c) })
}

// Generate returns a stage of what f emits. emit waits while the next stage is
// full, and reports false once the run has ended or nobody wants more values; f
// must return then. So does ctx end then. emit must not be called by two
// goroutines at once. An error of f ends the run.
func Generate[T any](f func(ctx context.Context, emit func(T) bool) error) Stage[T] {
	name := "Generate(" + funcName(f) + ")"
	l := label{text: name}
	if f == nil {
		l.errs = append(l.errs, fmt.Errorf("pl: Generate: the function is nil"))
	}
	return newStage(l, func(r *engine.Run) *engine.Port[T] { return engine.AddGenerator(r, name, f) })
}
