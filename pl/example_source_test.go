package pl_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock/penstock/pl"
)

func ExampleFrom() {
	fmt.Println(pl.From([]int{2, 3, 5}).Collect(context.Background()))
	// Output: [2 3 5] <nil>
}

func ExampleOf() {
	fmt.Println(pl.Of("a", "b").Collect(context.Background()))
	// Output: [a b] <nil>
}

func ExampleRange() {
	fmt.Println(pl.Range(4).Collect(context.Background()))
	// Output: [0 1 2 3] <nil>
}

func ExampleFromSeq() {
	ages := map[string]int{"ann": 31, "bob": 27}
	names := pl.FromSeq(slices.Values(slices.Sorted(maps.Keys(ages))))
	fmt.Println(names.Collect(context.Background()))
	// Output: [ann bob] <nil>
}

func ExampleFromSeq2() {
	lines := func(yield func(string, error) bool) { // a scanner that can fail
		sc := bufio.NewScanner(strings.NewReader("one\ntwo\n"))
		for sc.Scan() {
			if !yield(sc.Text(), nil) {
				return
			}
		}
		yield("", errors.New("connection lost"))
	}
	data, err := pl.FromSeq2(lines).Collect(context.Background())
	fmt.Println(data)
	fmt.Println(err)
	// Output:
	// [one two]
	// pl: FromSeq2: connection lost
}

func ExampleFromChan() {
	c := make(chan int, 10)
	for i := range 10 {
		c <- i
	}
	data, _ := pl.Take[int](3)(pl.FromChan(c)).Collect(context.Background())
	fmt.Println(data)
	// Output: [0 1 2]
}

func ExampleGenerate() {
	fibonacci := pl.Generate(func(ctx context.Context, emit func(int) bool) error {
		a, b := 0, 1
		for emit(a) { // false when nobody wants more
			a, b = b, a+b
		}
		return nil
	})
	fmt.Println(pl.Take[int](8)(fibonacci).Collect(context.Background()))
	// Output: [0 1 1 2 3 5 8 13] <nil>
}
