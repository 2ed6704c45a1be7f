package t3

import (
	"context"
	"fmt"
	"iter"

	"github.com/penstock/penstock/ampel"
)

// Unit is what users write: it looks at views, acts on them, and may return a
// result. V is the type of view that it wants.
//
// Process is called once per run. The result is nil for none, a *UnitResult, or
// anything that ampel.NewValue takes; of those, null, false, zero and empty
// texts, lists and maps count as none. Process may return before it has seen
// all views. When ctx ends, the views end too.
type Unit[V any] interface {
	Process(ctx context.Context, views *Views[V], store *ampel.T3Store) (any, error)
}

// UnitFunc is a function as a Unit.
type UnitFunc[V any] func(ctx context.Context, views *Views[V], store *ampel.T3Store) (any, error)

// Process calls f.
func (f UnitFunc[V]) Process(ctx context.Context, views *Views[V], store *ampel.T3Store) (any, error) {
	return f(ctx, views, store)
}

// UnitResult is a result with more than a body.
type UnitResult struct {
	Body    any                      // what a unit may return otherwise
	Code    *ampel.DocumentCode      // nil: none; see Code
	Tag     ampel.Labels             // joined to those of the stager
	Journal *ampel.JournalAttributes // a record for every stock that the unit was given
	Adapter string                   // a ResultAdapter that rewrites the result before it is stored
}

// Code returns a code for UnitResult.
func Code(c ampel.DocumentCode) *ampel.DocumentCode { return &c }

// ResultAdapter rewrites results before they are stored.
type ResultAdapter interface {
	Adapt(ctx context.Context, r UnitResult) (UnitResult, error)
}

// ViewType is a kind of view that units can want.
type ViewType[V any] struct{ kind *ViewKind }

// ViewKind is a ViewType of any type. Kinds compare by identity.
type ViewKind struct {
	name string
	make func(*ampel.AmpelBuffer, ampel.Configs) (any, error)
}

// Make makes a view of a copy of b.
func (k *ViewKind) Make(b *ampel.AmpelBuffer, configs ampel.Configs) (any, error) {
	return k.make(b, configs)
}

// String returns the name of the kind.
func (k *ViewKind) String() string { return k.name }

// NewViewType makes a kind of view. Views must not change, since units share
// them.
func NewViewType[V any](name string, make func(*ampel.AmpelBuffer, ampel.Configs) (V, error)) ViewType[V] {
	return ViewType[V]{&ViewKind{name: name, make: func(b *ampel.AmpelBuffer, c ampel.Configs) (any, error) {
		return make(b, c)
	}}}
}

// The views of package ampel.
var (
	Snap      = NewViewType("SnapView", ampel.NewSnapView)
	Transient = NewViewType("TransientView", ampel.NewTransientView)
)

// AnyUnit is a Unit of any view type, as stagers see it. Make one with Erase.
type AnyUnit interface {
	Kind() *ViewKind
	run(ctx context.Context, f *feed, store *ampel.T3Store) (any, error)
}

// Erase makes an AnyUnit of u, which gets views of type t.
func Erase[V any](t ViewType[V], u Unit[V]) AnyUnit { return erased[V]{t, u} }

type erased[V any] struct {
	t ViewType[V]
	u Unit[V]
}

func (e erased[V]) Kind() *ViewKind { return e.t.kind }

func (e erased[V]) run(ctx context.Context, f *feed, store *ampel.T3Store) (any, error) {
	return e.u.Process(ctx, &Views[V]{feed: f}, store)
}

// RegisterUnit makes a unit known that wants views of type t.
func RegisterUnit[C, V any](r *ampel.Registry, name string, t ViewType[V], build func(env *ampel.Env, conf C) (Unit[V], error)) {
	ampel.Register(r, name, func(env *ampel.Env, conf C) (AnyUnit, error) {
		u, err := build(env, conf)
		if err != nil {
			return nil, err
		}
		return Erase(t, u), nil
	})
}

// Run runs a unit over views, which are of its kind, and takes down what it
// sends. It returns the ids of the stocks that the unit was given, in order. A
// panic of the unit is an error.
func Run(ctx context.Context, u AnyUnit, views iter.Seq2[ampel.StockID, any], j *Journal, store *ampel.T3Store) (result any, given *Given, err error) {
	f := &feed{items: views, journal: j}
	defer func() {
		given = f.close()
		if v := recover(); v != nil {
			err = ampel.NewPanicError("the unit", v)
		}
	}()
	result, err = u.run(ctx, f, store)
	if r, ok := result.(UnitResult); ok {
		result = &r
	}
	if r, ok := result.(*UnitResult); ok && r == nil {
		result = nil
	}
	if err != nil {
		err = fmt.Errorf("failed: %w", err)
	}
	return result, nil, err
}
