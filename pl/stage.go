package pl

import (
	"errors"
	"strings"

	"github.com/penstock/penstock/pl/internal/engine"
)

// A Stage describes a stream of values of type T. It is cheap to copy and safe for
// concurrent use; running it twice runs everything twice. Within one run, a stage
// that several others use runs once, and each of them gets all of its values.
//
// The zero Stage is empty.
type Stage[T any] struct{ n *node[T] }

// A node is what a stage describes. It never changes.
type node[T any] struct {
	label
	// connect adds the node to a run, unless it is there already, and makes in a
	// consumer of it.
	connect func(r *engine.Run, in *engine.Inlet[T])
}

// A label is what there is to say about a node of any type.
type label struct {
	text string       // for String
	errs []error      // what is wrong with it
	test func() error // what else may be, which is known only when it is to run
	ups  []upstream
}

// An upstream is a node of any type, or nil.
type upstream interface {
	about() *label
	sink(r *engine.Run)
}

func (n *node[T]) about() *label {
	if n == nil {
		return &label{text: "empty"}
	}
	return &n.label
}

func (n *node[T]) sink(r *engine.Run) {
	engine.AddSink(r, func(in *engine.Inlet[T]) { n.flow(r, in) })
}

// flow makes in a consumer of the node, which may be nil.
func (n *node[T]) flow(r *engine.Run, in *engine.Inlet[T]) {
	if n != nil {
		n.connect(r, in)
	}
}

// into returns flow for one run.
func (n *node[T]) into(r *engine.Run) func(*engine.Inlet[T]) {
	return func(in *engine.Inlet[T]) { n.flow(r, in) }
}

// newStage returns a stage whose port build makes, once in a run.
func newStage[T any](l label, build func(r *engine.Run) *engine.Port[T]) Stage[T] {
	n := &node[T]{label: l}
	n.connect = func(r *engine.Run, in *engine.Inlet[T]) {
		engine.Once(r, n, func() *engine.Port[T] { return build(r) }).Connect(in)
	}
	return Stage[T]{n}
}

// AnyStage is a Stage of any type.
type AnyStage interface{ stage() upstream }

func (s Stage[T]) stage() upstream { return s.n }

// Err reports what is wrong with the description: an option out of range, a nil
// function, a function that its backend cannot run. All, Collect and Run return the
// same error before they start anything. All problems of all stages are joined.
func (s Stage[T]) Err() error {
	var errs []error
	walk(s.n, map[*label]bool{}, func(l *label) {
		errs = append(errs, l.errs...)
		if l.test != nil {
			errs = append(errs, l.test())
		}
	})
	return errors.Join(errs...)
}

// walk calls f for every node up to u, sources first, each once.
func walk(u upstream, seen map[*label]bool, f func(*label)) {
	l := u.about()
	if seen[l] {
		return
	}
	seen[l] = true
	for _, up := range l.ups {
		walk(up, seen, f)
	}
	f(l)
}

// String describes the stage and those before it, for logs:
//
//	Range(10) | Map(slowAdd1) on thread, Workers(3) | Ordered
func (s Stage[T]) String() string { return describe(s.n) }

func describe(u upstream) string {
	l := u.about()
	switch len(l.ups) {
	case 0:
		return l.text
	case 1:
		return describe(l.ups[0]) + " | " + l.text
	}
	var in []string
	for _, up := range l.ups {
		in = append(in, describe(up))
	}
	return l.text + "(" + strings.Join(in, ", ") + ")"
}
