package task

import (
	"context"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/internal/engine"
)

// Backend runs items as tasks.
var Backend pl.Backend = backend{}

type backend struct{}

func (backend) String() string { return "task" }

func (backend) Launcher() engine.Launcher {
	return engine.Launcher{Name: "task", Elastic: true, Crew: newCrew}
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
