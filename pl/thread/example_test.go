package thread_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

func ExampleMap() {
	upper := thread.Map(pl.Lift(strings.ToUpper), pl.Workers(4), pl.InOrder())
	fmt.Println(upper(pl.Of("a", "b", "c")).Collect(context.Background()))
	// Output: [A B C] <nil>
}

func ExampleFilter() {
	short := thread.Filter(pl.Lift(func(s string) bool { return len(s) < 3 }))
	fmt.Println(short(pl.Of("a", "bbb", "cc")).Collect(context.Background()))
	// Output: [a cc] <nil>
}

func ExampleFlatMap() {
	words := thread.FlatMap(pl.Lift(strings.Fields))
	fmt.Println(words(pl.Of("to be", "or not")).Collect(context.Background()))
	// Output: [to be or not] <nil>
}

func ExampleEach() {
	show := thread.Each(func(_ context.Context, s string) error {
		fmt.Println(s)
		return nil
	})
	fmt.Println(show(pl.Of("a", "b")).Run(context.Background()))
	// Output:
	// a
	// b
	// <nil>
}

func ExampleNew() {
	// For C libraries that keep state per thread.
	locked := thread.New(thread.LockOSThread())
	length := pl.Fn(pl.Lift(func(s string) int { return len(s) }))
	fmt.Println(pl.Map(locked, length)(pl.Of("a", "bb")).Collect(context.Background()))
	// Output: [1 2] <nil>
}
