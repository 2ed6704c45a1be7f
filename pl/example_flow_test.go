package pl_test

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

func ExampleMerge() {
	data, _ := pl.Ordered(pl.Merge(pl.Of(1, 2, 3), pl.Of(10, 20))).Collect(context.Background())
	fmt.Println(data) // the first of every stage, then the second, and so on
	// Output: [1 10 2 20 3]
}

func ExampleConcat() {
	fmt.Println(pl.Concat(pl.Of(1, 2, 3), pl.Of(10, 20)).Collect(context.Background()))
	// Output: [1 2 3 10 20] <nil>
}

func ExampleJoin() {
	numbers := pl.Range(3)
	var sum int
	err := pl.Join(
		pl.Tap(func(x int) { sum += x })(numbers),
		thread.Each(func(_ context.Context, x int) error { fmt.Println("got", x); return nil })(numbers),
	).Run(context.Background())
	fmt.Println(sum, err)
	// Output:
	// got 0
	// got 1
	// got 2
	// 3 <nil>
}

func ExampleOrdered() {
	uneven := func(_ context.Context, x int) (int, error) {
		time.Sleep(time.Duration(x%3) * time.Millisecond)
		return x, nil
	}
	odd := func(_ context.Context, x int) (bool, error) { return x%2 == 1, nil }
	data, _ := pl.Pipe3(pl.Range(12),
		thread.Map(uneven, pl.Workers(4)),
		thread.Filter(odd, pl.Workers(2)),
		pl.Ordered,
	).Collect(context.Background())
	fmt.Println(data)
	// Output: [1 3 5 7 9 11]
}

func ExampleBatch() {
	fmt.Println(pl.Batch[int](3, time.Second)(pl.Range(7)).Collect(context.Background()))
	// Output: [[0 1 2] [3 4 5] [6]] <nil>
}

func ExampleUnbatch() {
	fmt.Println(pl.Unbatch(pl.Of([]int{1, 2}, nil, []int{3})).Collect(context.Background()))
	// Output: [1 2 3] <nil>
}

func ExampleBuffer() {
	// Up to 100 values may be ready before the loop asks for them.
	stage := pl.Pipe2(pl.Range(5), thread.Map(slowAdd1, pl.MaxSize(1)), pl.Buffer[int](100))
	fmt.Println(stage.Collect(context.Background()))
	// Output: [1 2 3 4 5] <nil>
}

func ExampleTake() {
	endless := pl.Generate(func(_ context.Context, emit func(int) bool) error {
		for i := 0; emit(i); i++ {
		}
		return nil
	})
	fmt.Println(pl.Take[int](4)(endless).Collect(context.Background()))
	// Output: [0 1 2 3] <nil>
}

func ExampleTap() {
	count := 0
	err := pl.Tap(func(string) { count++ })(pl.Of("a", "b", "c")).Run(context.Background())
	fmt.Println(count, err)
	// Output: 3 <nil>
}

func ExampleThrough() {
	unique := func(in iter.Seq[string]) iter.Seq[string] {
		return func(yield func(string) bool) {
			seen := map[string]bool{}
			for s := range in {
				if !seen[s] && !yield(s) {
					return
				}
				seen[s] = true
			}
		}
	}
	fmt.Println(pl.Through(unique)(pl.Of("a", "b", "a", "c", "b")).Collect(context.Background()))
	// Output: [a b c] <nil>
}
