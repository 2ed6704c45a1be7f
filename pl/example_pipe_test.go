package pl_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

func slowAdd1(_ context.Context, x int) (int, error) { return x + 1, nil }
func slowGT3(_ context.Context, x int) (bool, error) { return x > 3, nil }
func divisors(_ context.Context, x int) ([]int, error) {
	var d []int
	for i := 1; i <= x; i++ {
		if x%i == 0 {
			d = append(d, i)
		}
	}
	return d, nil
}

func Example() {
	stage := pl.Pipe2(pl.Range(10),
		thread.Map(slowAdd1, pl.Workers(3), pl.MaxSize(4)),
		thread.Filter(slowGT3, pl.Workers(2)),
	)
	data, err := stage.Collect(context.Background())
	slices.Sort(data) // concurrent stages emit results as they come
	fmt.Println(data, err)
	// Output: [4 5 6 7 8 9 10] <nil>
}

func ExamplePipe1() {
	data, _ := pl.Pipe1(pl.Of("a", "b"), thread.Map(pl.Lift(strings.ToUpper))).Collect(context.Background())
	fmt.Println(data)
	// Output: [A B]
}

func ExamplePipe2() {
	length := func(s string) int { return len(s) }
	data, _ := pl.Pipe2(pl.Of("7", "1024"),
		thread.Map(pl.LiftErr(strconv.Atoi)),
		thread.Map(pl.Lift(strconv.Itoa)),
	).Collect(context.Background())
	fmt.Println(data, length(data[1]))
	// Output: [7 1024] 4
}

func ExamplePipe3() {
	data, _ := pl.Pipe3(pl.Range(10),
		thread.Map(slowAdd1, pl.Workers(4)),
		pl.Ordered,
		pl.Batch[int](4, 0),
	).Collect(context.Background())
	fmt.Println(data)
	// Output: [[1 2 3 4] [5 6 7 8] [9 10]]
}

func ExamplePipe8() {
	data, _ := pl.Pipe8(pl.Range(100),
		thread.Map(slowAdd1, pl.Workers(2)),
		task.Filter(slowGT3, pl.Workers(2)),
		thread.Map(slowAdd1),
		pl.Ordered,
		pl.Batch[int](10, 0),
		pl.Unbatch,
		pl.Take[int](3),
		thread.Map(pl.Lift(strconv.Itoa)),
	).Collect(context.Background())
	fmt.Println(strings.Join(data, ", "))
	// Output: 5, 6, 7
}

func ExampleOp() {
	clean := thread.Map(pl.Lift(strings.TrimSpace)) // an Op is a value, to be used again
	fmt.Println(clean(pl.Of(" a", "b ")).Collect(context.Background()))
	fmt.Println(pl.Pipe1(pl.Of(" c "), clean).Collect(context.Background()))
	// Output:
	// [a b] <nil>
	// [c] <nil>
}

func ExampleStage_Then() {
	add1 := thread.Map(slowAdd1)
	fmt.Println(pl.Range(3).Then(add1, add1).Collect(context.Background()))
	// Output: [2 3 4] <nil>
}

func ExampleStage_All() {
	squares := thread.Map(pl.Lift(func(x int) int { return x * x }))(pl.Range(1000))
	for v, err := range squares.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			break
		}
		if v > 20 {
			break // ends the run: nothing of it is left after the loop
		}
		fmt.Println(v)
	}
	// Output:
	// 0
	// 1
	// 4
	// 9
	// 16
}

func ExampleStage_Collect() {
	numbers := thread.Map(pl.LiftErr(strconv.Atoi), pl.Name("parse"))(pl.Of("1", "2", "three", "4"))
	data, err := numbers.Collect(context.Background())
	fmt.Println(data) // what was finished before the error
	fmt.Println(err)
	// Output:
	// [1 2]
	// pl: parse: item [2] ("three"): strconv.Atoi: parsing "three": invalid syntax
}

func ExampleStage_Run() {
	show := thread.Each(func(_ context.Context, s string) error {
		fmt.Println("hello", s)
		return nil
	})
	fmt.Println(show(pl.Of("you", "me")).Run(context.Background()))
	// Output:
	// hello you
	// hello me
	// <nil>
}

func ExampleStage_Err() {
	stage := thread.Map(slowAdd1, pl.Workers(0), pl.MaxSize(-1))(pl.Range(3))
	fmt.Println(stage.Err()) // and so do All, Collect and Run
	// Output:
	// pl: Map(slowAdd1): Workers(0): must be at least 1
	// pl: Map(slowAdd1): MaxSize(-1): must be at least 1, or 0 for no limit
}

func ExampleStage_String() {
	stage := pl.Pipe3(pl.Range(10), thread.Map(slowAdd1, pl.Workers(3)), task.Filter(slowGT3, pl.Name("big")), pl.Ordered)
	fmt.Println(stage)
	// Output: Range(10) | Map(slowAdd1) on thread, Workers(3) | big on task | Ordered
}

// A stage that others share runs once within a run.
func ExampleStage_shared() {
	page := pl.Tap(func(s string) { fmt.Println("fetched", s) })(pl.Of("one"))
	length := thread.Map(pl.Lift(func(s string) string { return fmt.Sprint(len(s)) }))(page)
	upper := thread.Map(pl.Lift(strings.ToUpper))(page)
	data, _ := pl.Ordered(pl.Merge(length, upper)).Collect(context.Background())
	fmt.Println(data)
	// Output:
	// fetched one
	// [3 ONE]
}
