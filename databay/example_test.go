package databay_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/penstock/penstock/databay"
	"github.com/penstock/penstock/databay/inlets"
	"github.com/penstock/penstock/databay/outlets"
	"github.com/penstock/penstock/pl"
)

type item struct {
	Name  string
	Value int
}

// show is an outlet that prints the payloads of each push.
func show[T any]() databay.Outlet[T] {
	return databay.Push(func(_ context.Context, rs []databay.Record[T], _ databay.Update) error {
		fmt.Println(databay.Payloads(rs))
		return nil
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func do(err error) {
	if err != nil {
		panic(err)
	}
}

func exampleLink[T any](cfg databay.LinkConfig[T]) *databay.Link[T] {
	cfg.Interval = time.Second
	cfg.Outlets = []databay.Outlet[T]{show[T]()}
	return must(databay.NewLink(cfg))
}

// A grouper by a field of the payload makes one batch for each of its values.
func ExampleByKey() {
	byName := databay.ByKey(func(r databay.Record[item]) string { return r.Payload.Name })
	link := exampleLink(databay.LinkConfig[item]{
		Inlets:   []databay.Inlet[item]{feed([]item{{"a", 1}, {"a", 2}, {"b", 3}, {"b", 4}})},
		Groupers: []databay.Grouper[item]{byName},
	})
	do(link.Transfer(context.Background()))
	// Output:
	// [{a 1} {a 2}]
	// [{b 3} {b 4}]
}

// A grouper of one's own takes any list of batches and returns another one. This one
// puts records of the same name together.
func ExampleGrouper() {
	byName := func(_ context.Context, batches [][]databay.Record[item]) ([][]databay.Record[item], error) {
		var result [][]databay.Record[item]
		for _, batch := range batches {
			named := map[string][]databay.Record[item]{}
			for _, r := range batch {
				named[r.Payload.Name] = append(named[r.Payload.Name], r)
			}
			for _, name := range slices.Sorted(maps.Keys(named)) {
				result = append(result, named[name])
			}
		}
		return result, nil
	}
	records := databay.Records(item{"a", 1}, item{"a", 2}, item{"b", 3}, item{"b", 4})
	batches := must(byName(context.Background(), [][]databay.Record[item]{records}))
	for _, b := range batches {
		fmt.Println(databay.Payloads(b))
	}
	fmt.Println(databay.CheckGroupers(context.Background(), records, byName))
	// Output:
	// [{a 1} {a 2}]
	// [{b 3} {b 4}]
	// <nil>
}

// Without groupers an outlet is pushed once, with all records.
func ExampleLink_withoutGroupers() {
	link := exampleLink(databay.LinkConfig[int]{Inlets: []databay.Inlet[int]{feed([]int{0, 1, 2, 3, 4, 5})}})
	do(link.Transfer(context.Background()))
	// Output: [0 1 2 3 4 5]
}

// With groupers it is pushed once for each batch.
func ExampleLink_withGroupers() {
	link := exampleLink(databay.LinkConfig[int]{
		Inlets:   []databay.Inlet[int]{feed([]int{0, 1, 2, 3, 4, 5})},
		Groupers: []databay.Grouper[int]{databay.Chunk[int](2)},
	})
	do(link.Transfer(context.Background()))
	// Output:
	// [0 1]
	// [2 3]
	// [4 5]
}

// Flattened, the batches of any grouper have the records that it was given.
func ExampleCheckGroupers() {
	forgetful := func(_ context.Context, batches [][]databay.Record[int]) ([][]databay.Record[int], error) {
		return batches[:len(batches)/2], nil
	}
	records := databay.Records(0, 1)
	fmt.Println(databay.CheckGroupers(context.Background(), records, databay.Chunk[int](2)) == nil)
	fmt.Println(databay.CheckGroupers(context.Background(), records, forgetful) == nil)
	// Output:
	// true
	// false
}

// Four, four and three records: the third transfer exceeds ten and releases eleven.
func ExampleBuffer() {
	buffer := databay.NewBuffer[int]().Count(10)
	link := exampleLink(databay.LinkConfig[int]{
		Inlets:     []databay.Inlet[int]{feed([]int{1, 2, 3, 4}, []int{5, 6, 7, 8}, []int{9, 10, 11})},
		Processors: []databay.Processor[int]{buffer},
	})
	for range 3 {
		do(link.Transfer(context.Background()))
	}
	// Output:
	// []
	// []
	// [1 2 3 4 5 6 7 8 9 10 11]
}

// Count(50) releases when there are more than fifty records.
func ExampleBuffer_Count() {
	buffer := databay.NewBuffer[int]().Count(50)
	for i := range 120 {
		released := must(buffer.Process(context.Background(), databay.Records(i)))
		if len(released) > 0 {
			fmt.Println(len(released))
		}
	}
	fmt.Println(buffer.Len(), "are stored")
	// Output:
	// 51
	// 51
	// 18 are stored
}

// Time(60 ms) releases when the oldest record has been stored for longer.
func ExampleBuffer_Time() {
	buffer := databay.NewBuffer[string]().Time(60 * time.Millisecond)
	ctx := context.Background()
	fmt.Println(len(must(buffer.Process(ctx, databay.Records("a")))))
	time.Sleep(61 * time.Millisecond)
	fmt.Println(len(must(buffer.Process(ctx, databay.Records("b")))))
	// Output:
	// 0
	// 2
}

// A custom controller looks at everything stored.
func ExampleBuffer_When() {
	bigValue := func(_ context.Context, records []databay.Record[item]) (bool, error) {
		for _, r := range records {
			if r.Payload.Value > 10_000 {
				return true, nil
			}
		}
		return false, nil
	}
	buffer := databay.NewBuffer[item]().When(bigValue)
	ctx := context.Background()
	fmt.Println(databay.Payloads(must(buffer.Process(ctx, databay.Records(item{"a", 5})))))
	fmt.Println(databay.Payloads(must(buffer.Process(ctx, databay.Records(item{"b", 20_000})))))
	// Output:
	// []
	// [{a 5} {b 20000}]
}

// OnReset tells of every release.
func ExampleBuffer_OnReset() {
	buffer := databay.NewBuffer[int]().Count(1).OnReset(func() { fmt.Println("empty again") })
	must(buffer.Process(context.Background(), databay.Records(1, 2)))
	// Output: empty again
}

// Alternatives: ten records exceeded, or a minute, whichever comes first.
func ExampleBuffer_or() {
	buffer := databay.NewBuffer[int]().Count(10).Time(time.Minute)
	fmt.Println(len(must(buffer.Process(context.Background(), databay.Records(make([]int, 11)...)))))
	// Output: 11
}

// Together: ten records exceeded, and a minute.
func ExampleBuffer_And() {
	buffer := databay.NewBuffer[int]().Count(10).Time(time.Minute).And()
	fmt.Println(len(must(buffer.Process(context.Background(), databay.Records(make([]int, 11)...)))))
	// Output: 0
}

// A flush releases with the next call, whatever the controllers say.
func ExampleBuffer_Flush() {
	buffer := databay.NewBuffer[int]().Count(4000)
	ctx := context.Background()
	must(buffer.Process(ctx, databay.Records(1, 2)))
	buffer.Flush()
	fmt.Println(databay.Payloads(must(buffer.Process(ctx, nil))))
	// Output: [1 2]
}

// The shutdown of a planner flushes what its buffers still hold.
func ExamplePlanner() {
	buffer := databay.NewBuffer[int]().Count(4000)
	link := must(databay.NewLink(databay.LinkConfig[int]{
		Inlets:     []databay.Inlet[int]{feed([]int{1, 2, 3})},
		Outlets:    []databay.Outlet[int]{show[int]()},
		Interval:   10 * time.Second,
		Processors: []databay.Processor[int]{buffer},
		SkipEmpty:  true,
	}))
	planner := must(databay.NewPlanner(databay.PlannerConfig{Links: []databay.AnyLink{link}}))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond) // or signal.NotifyContext
	defer cancel()
	do(planner.Run(ctx))
	// Output: [1 2 3]
}

// Processors run in order, each on the result of the one before.
func ExampleProcessor() {
	round := databay.Map(func(_ context.Context, v float64) (float64, error) { return float64(int(v + 0.5)), nil })
	atLeast100 := databay.Filter(func(_ context.Context, r databay.Record[float64]) (bool, error) { return r.Payload >= 100, nil })
	for _, order := range [][]databay.Processor[float64]{{atLeast100, round}, {round, atLeast100}} {
		link := exampleLink(databay.LinkConfig[float64]{
			Inlets: []databay.Inlet[float64]{feed([]float64{99.999, 200, 333.333})}, Processors: order,
		})
		do(link.Transfer(context.Background()))
	}
	// Output:
	// [200 333]
	// [100 200 333]
}

// Batched cuts a stream by a controller, here where the sum exceeds ten.
func ExampleBatched() {
	sum := func(_ context.Context, rs []databay.Record[int]) (bool, error) {
		total := 0
		for _, r := range rs {
			total += r.Payload
		}
		return total > 10, nil
	}
	stage := pl.Pipe1(pl.Range(8), databay.Batched(func() *databay.Buffer[int] { return databay.NewBuffer[int]().When(sum) }))
	fmt.Println(must(stage.Collect(context.Background())))
	// Output: [[0 1 2 3 4 5] [6 7]]
}

// Grouped splits the slices of a stream.
func ExampleGrouped() {
	odd := databay.ByKey(func(r databay.Record[int]) int { return r.Payload % 2 })
	stage := pl.Pipe2(pl.Range(6), pl.Batch[int](4, 0), databay.Grouped(odd))
	fmt.Println(must(stage.Collect(context.Background())))
	// Output: [[0 2] [1 3] [4] [5]]
}

// A link of ready-made nodes.
func Example() {
	link := must(databay.NewLink(databay.LinkConfig[int]{
		Inlets:   []databay.Inlet[int]{inlets.NewRandomInt(5, 5)},
		Outlets:  []databay.Outlet[int]{outlets.NewPrint[int](outlets.PrintConfig{})},
		Interval: time.Minute,
		Tags:     []string{"random"},
	}))
	do(link.Transfer(context.Background()))
	// Output: random.0 Record(payload=5, metadata=map[__inlet__:RandomInt(5, 5)])
}
