package pl_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

func ExampleWorkers() {
	sleep := func(context.Context, int) error { time.Sleep(20 * time.Millisecond); return nil }
	start := time.Now()
	err := task.Each(sleep, pl.Workers(100))(pl.Range(100)).Run(context.Background())
	fmt.Println(time.Since(start) < time.Second, err) // not two seconds
	// Output: true <nil>
}

func ExampleMaxSize() {
	var made atomic.Int64
	source := pl.Generate(func(_ context.Context, emit func(int) bool) error {
		for i := 0; ; i++ {
			made.Add(1)
			if !emit(i) {
				return nil
			}
		}
	})
	stuck := thread.Map(func(ctx context.Context, x int) (int, error) { <-ctx.Done(); return x, nil }, pl.MaxSize(3))
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_ = stuck(source).Run(ctx)
	fmt.Println(made.Load()) // one in the function, three waiting, one handed over
	// Output: 5
}

func ExampleInOrder() {
	uneven := func(_ context.Context, x int) (int, error) {
		time.Sleep(time.Duration(5-x) * time.Millisecond)
		return x, nil
	}
	fmt.Println(thread.Map(uneven, pl.Workers(5), pl.InOrder())(pl.Range(5)).Collect(context.Background()))
	// Output: [0 1 2 3 4] <nil>
}

func ExampleWindow() {
	// While one item is not done, at most seven later results wait for it.
	op := thread.Map(slowAdd1, pl.Workers(4), pl.InOrder(), pl.Window(8))
	fmt.Println(op(pl.Range(5)).Collect(context.Background()))
	// Output: [1 2 3 4 5] <nil>
}

func ExampleTimeout() {
	f := func(ctx context.Context, x int) (int, error) {
		if x == 2 {
			<-ctx.Done() // stuck
		}
		return x, nil
	}
	op := thread.Map(f, pl.Timeout(10*time.Millisecond), pl.Skip(pl.ErrTimeout))
	fmt.Println(op(pl.Range(5)).Collect(context.Background()))
	_, err := thread.Map(f, pl.Timeout(10*time.Millisecond))(pl.Range(5)).Collect(context.Background())
	fmt.Println(errors.Is(err, pl.ErrTimeout), errors.Is(err, context.DeadlineExceeded))
	// Output:
	// [0 1 3 4] <nil>
	// true true
}

func ExampleRetry() {
	flaky := func(ctx context.Context, x int) (string, error) {
		call, _ := pl.FromContext(ctx)
		if call.Attempt < 2 {
			return "", errors.New("try again")
		}
		return fmt.Sprintf("%d at attempt %d", x, call.Attempt), nil
	}
	fmt.Println(thread.Map(flaky, pl.Retry(3, time.Millisecond))(pl.Of(7)).Collect(context.Background()))
	// Output: [7 at attempt 2] <nil>
}

func ExamplePermanent() {
	calls := 0
	f := func(context.Context, int) (int, error) {
		calls++
		return 0, pl.Permanent(errors.New("no such user"))
	}
	err := thread.Map(f, pl.Retry(9, time.Hour), pl.Name("users"))(pl.Of(1)).Run(context.Background())
	fmt.Println(err, calls)
	// Output: pl: users: item [0] (1): no such user 1
}

func ExampleSkip() {
	parse := thread.Map(pl.LiftErr(strconv.Atoi), pl.Skip(strconv.ErrSyntax))
	fmt.Println(parse(pl.Of("1", "two", "3")).Collect(context.Background()))
	// Output: [1 3] <nil>
}

func ExampleOnError() {
	var dead []any // a dead-letter list
	parse := thread.Map(pl.LiftErr(strconv.Atoi), pl.OnError(func(_ context.Context, err *pl.StageError) error {
		if errors.Is(err, strconv.ErrSyntax) {
			dead = append(dead, err.Item)
			return nil // drop the item and go on
		}
		return err
	}))
	fmt.Println(parse(pl.Of("1", "two", "3")).Collect(context.Background()))
	fmt.Println(dead)
	// Output:
	// [1 3] <nil>
	// [two]
}

func ExampleRoundRobin() {
	who := func(ctx context.Context, x string) (string, error) {
		call, _ := pl.FromContext(ctx)
		return fmt.Sprint(x, call.Worker.Index), nil
	}
	op := thread.Map(who, pl.Workers(2), pl.RoundRobin(), pl.InOrder())
	fmt.Println(op(pl.Of("a", "b", "c", "d", "e")).Collect(context.Background()))
	// Output: [a0 b1 c0 d1 e0] <nil>
}

func ExampleName() {
	fmt.Println(thread.Map(slowAdd1)(pl.Range(2)))
	fmt.Println(thread.Map(slowAdd1, pl.Name("increment"))(pl.Range(2)))
	// Output:
	// Range(2) | Map(slowAdd1) on thread
	// Range(2) | increment on thread
}

func ExampleOptions() {
	polite := pl.Options(pl.Workers(4), pl.Retry(3, time.Second), pl.Timeout(time.Minute))
	fmt.Println(task.Map(slowAdd1, polite)(pl.Range(2)))
	// Output: Range(2) | Map(slowAdd1) on task, Workers(4), Retry(3, 1s), Timeout(1m0s)
}
