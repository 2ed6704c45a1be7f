package process

import "github.com/penstock/penstock/pl"

// Map is pl.Map(Backend, f, opts...); the compiler checks that f is registered.
func Map[A, B any](f *pl.Registered[A, B], opts ...pl.Option) pl.Op[A, B] {
	return pl.Map(Backend, pl.Func[A, B](f), opts...)
}

// Filter is pl.Filter(Backend, f, opts...).
func Filter[A any](f *pl.Registered[A, bool], opts ...pl.Option) pl.Op[A, A] {
	return pl.Filter(Backend, pl.Func[A, bool](f), opts...)
}

// FlatMap is pl.FlatMap(Backend, f, opts...).
func FlatMap[A, B any](f *pl.Registered[A, []B], opts ...pl.Option) pl.Op[A, B] {
	return pl.FlatMap(Backend, pl.Func[A, []B](f), opts...)
}

// Each is pl.Each(Backend, f, opts...).
func Each[A any](f *pl.Registered[A, pl.None], opts ...pl.Option) pl.Op[A, pl.None] {
	return pl.Each(Backend, pl.Func[A, pl.None](f), opts...)
}
