package pl_test

import (
	"context"
	"fmt"
	"iter"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

func ExampleMap() {
	for _, b := range []pl.Backend{pl.Sync, thread.Backend, task.Backend} {
		data, err := pl.Map(b, pl.Fn(slowAdd1), pl.Workers(2), pl.InOrder())(pl.Range(5)).Collect(context.Background())
		fmt.Println(b, data, err)
	}
	// Output:
	// sync [1 2 3 4 5] <nil>
	// thread [1 2 3 4 5] <nil>
	// task [1 2 3 4 5] <nil>
}

func ExampleFilter() {
	fmt.Println(pl.Filter(thread.Backend, pl.Fn(slowGT3))(pl.Range(7)).Collect(context.Background()))
	// Output: [4 5 6] <nil>
}

func ExampleFlatMap() {
	fmt.Println(pl.FlatMap(thread.Backend, pl.Fn(divisors))(pl.Of(6, 7)).Collect(context.Background()))
	// Output: [1 2 3 6 1 7] <nil>
}

func ExampleEach() {
	show := func(_ context.Context, x int) error {
		fmt.Println(x)
		return nil
	}
	fmt.Println(pl.Each(thread.Backend, pl.Do(show))(pl.Range(3)).Run(context.Background()))
	// Output:
	// 0
	// 1
	// 2
	// <nil>
}

// A worker of Work keeps what it needs in local variables.
func ExampleWork() {
	sums := func(_ context.Context, in iter.Seq[int], emit func(int) bool) error {
		sum := 0
		for x := range in {
			sum += x
		}
		emit(sum)
		return nil
	}
	data, _ := pl.Work(thread.Backend, sums, pl.Workers(3), pl.RoundRobin())(pl.Range(9)).Collect(context.Background())
	for _, sum := range data {
		fmt.Println(sum)
	}
	// Unordered output:
	// 9
	// 12
	// 15
}

func ExampleFindBackend() {
	b, err := pl.FindBackend("task", pl.Sync, thread.Backend, task.Backend)
	fmt.Println(b, err)
	_, err = pl.FindBackend("fibre", pl.Sync, thread.Backend, task.Backend)
	fmt.Println(err)
	// Output:
	// task <nil>
	// pl: FindBackend: unknown backend "fibre": choose one of sync, thread, task
}
