package thread

import (
	"context"
	"runtime"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/internal/engine"
)

// Backend is New().
var Backend = New()

// An Option configures a backend.
type Option func(*backend)

// New returns a backend with settings of its own.
func New(opts ...Option) pl.Backend {
	var b backend
	for _, o := range opts {
		o(&b)
	}
	return b
}

// LockOSThread gives every worker an operating system thread of its own, for C
// libraries that keep state per thread. The hooks of the worker run on it as well.
// A call that is cut short by [pl.Timeout] or runtime.Goexit costs the thread: the
// worker goes on, and starts again, on another one.
func LockOSThread() Option {
	return func(b *backend) { b.lock = true }
}

type backend struct{ lock bool }

func (backend) String() string { return "thread" }

func (b backend) Launcher() engine.Launcher {
	l := engine.Launcher{Name: "thread", Steady: true, Crew: engine.Goroutines}
	if b.lock {
		l.Crew = func(body func(int)) engine.Crew {
			return engine.Goroutines(func(place int) {
				runtime.LockOSThread() // never unlocked: the thread ends with the worker
				body(place)
			})
		}
	}
	return l
}

// Map is pl.Map(Backend, pl.Fn(f), opts...).
func Map[A, B any](f func(context.Context, A) (B, error), opts ...pl.Option) pl.Op[A, B] {
	return pl.Map(Backend, pl.Fn(f), opts...)
}

// Filter is pl.Filter(Backend, pl.Fn(f), opts...).
func Filter[A any](f func(context.Context, A) (bool, error), opts ...pl.Option) pl.Op[A, A] {
	return pl.Filter(Backend, pl.Fn(f), opts...)
}

// FlatMap is pl.FlatMap(Backend, pl.Fn(f), opts...).
func FlatMap[A, B any](f func(context.Context, A) ([]B, error), opts ...pl.Option) pl.Op[A, B] {
	return pl.FlatMap(Backend, pl.Fn(f), opts...)
}

// Each is pl.Each(Backend, pl.Do(f), opts...).
func Each[A any](f func(context.Context, A) error, opts ...pl.Option) pl.Op[A, pl.None] {
	return pl.Each(Backend, pl.Do(f), opts...)
}
