package task_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
)

func ExampleMap() {
	upper := task.Map(pl.Lift(strings.ToUpper), pl.Workers(4), pl.InOrder())
	fmt.Println(upper(pl.Of("a", "b", "c")).Collect(context.Background()))
	// Output: [A B C] <nil>
}

func ExampleFilter() {
	short := task.Filter(pl.Lift(func(s string) bool { return len(s) < 3 }))
	fmt.Println(short(pl.Of("a", "bbb", "cc")).Collect(context.Background()))
	// Output: [a cc] <nil>
}

func ExampleFlatMap() {
	words := task.FlatMap(pl.Lift(strings.Fields))
	fmt.Println(words(pl.Of("to be", "or not")).Collect(context.Background()))
	// Output: [to be or not] <nil>
}

func ExampleEach() {
	show := task.Each(func(_ context.Context, s string) error {
		fmt.Println(s)
		return nil
	})
	fmt.Println(show(pl.Of("a", "b")).Run(context.Background()))
	// Output:
	// a
	// b
	// <nil>
}
