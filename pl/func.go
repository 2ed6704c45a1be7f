package pl

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/pl/internal/engine"
)

// A Func is what the workers of a stage run: a function, with the hooks of its
// workers. Fn, Do, With and DoWith make Funcs for this process; [Register] makes
// Funcs that can run in another process, or on another machine, as well.
type Func[A, B any] interface {
	fmt.Stringer
	Work() engine.Work[A, B] // for this module only
}

// Fn makes a Func of f.
func Fn[A, B any](f func(ctx context.Context, v A) (B, error)) Func[A, B] {
	w := engine.Work[A, B]{Open: func(context.Context, engine.Worker) (engine.Instance[A, B], error) {
		return engine.Instance[A, B]{Call: f}, nil
	}}
	if f == nil {
		w.Err = errNilFunc
	}
	return local[A, B]{funcName(f), w}
}

// Do makes a Func for [Each] of f.
func Do[A any](f func(ctx context.Context, v A) error) Func[A, None] {
	w := Fn(func(ctx context.Context, v A) (None, error) { return None{}, f(ctx, v) }).Work()
	if f == nil {
		w.Err = errNilFunc
	}
	return local[A, None]{funcName(f), w}
}

// With makes a Func of f whose workers each have a resource R, managed by h.
func With[R, A, B any](h Hooks[R], f func(ctx context.Context, r R, v A) (B, error)) Func[A, B] {
	w := engine.Work[A, B]{Eager: true, Open: func(ctx context.Context, who engine.Worker) (engine.Instance[A, B], error) {
		r, err := h.start(ctx, Worker(who))
		if err != nil {
			return engine.Instance[A, B]{}, err
		}
		i := engine.Instance[A, B]{Call: func(ctx context.Context, v A) (B, error) { return f(ctx, r, v) }}
		if h.done != nil {
			i.Done = func(ctx context.Context, s engine.Status) error {
				return h.done(ctx, r, Status{Worker: Worker(s.Worker), Active: s.Active, Err: s.Err})
			}
		}
		return i, nil
	}}
	switch {
	case f == nil:
		w.Err = errNilFunc
	case h.start == nil:
		w.Err = errors.New("the hooks have no start function: make them with pl.OnStart")
	}
	return local[A, B]{funcName(f), w}
}

// DoWith is With for [Each].
func DoWith[R, A any](h Hooks[R], f func(ctx context.Context, r R, v A) error) Func[A, None] {
	w := With(h, func(ctx context.Context, r R, v A) (None, error) { return None{}, f(ctx, r, v) }).Work()
	if f == nil {
		w.Err = errNilFunc
	}
	return local[A, None]{funcName(f), w}
}

var errNilFunc = errors.New("the function is nil")

// A local is a Func for this process.
type local[A, B any] struct {
	name string
	work engine.Work[A, B]
}

func (f local[A, B]) String() string          { return f.name }
func (f local[A, B]) Work() engine.Work[A, B] { return f.work }

// Lift adapts a function that needs no context and cannot fail:
//
//	thread.Map(pl.Lift(strings.ToUpper))
func Lift[A, B any](f func(A) B) func(context.Context, A) (B, error) {
	if f == nil {
		return nil
	}
	return func(_ context.Context, v A) (B, error) { return f(v), nil }
}

// LiftErr adapts a function that needs no context:
//
//	thread.Map(pl.LiftErr(strconv.Atoi))
func LiftErr[A, B any](f func(A) (B, error)) func(context.Context, A) (B, error) {
	if f == nil {
		return nil
	}
	return func(_ context.Context, v A) (B, error) { return f(v) }
}
