package pl_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

func ExampleLiftErr() {
	fmt.Println(thread.Map(pl.LiftErr(strconv.Atoi))(pl.Of("1", "2")).Collect(context.Background()))
	// Output: [1 2] <nil>
}

func ExampleStageError() {
	err := thread.Map(pl.LiftErr(strconv.Atoi), pl.Name("parse"))(pl.Of("1", "two")).Run(context.Background())
	if at, ok := errors.AsType[*pl.StageError](err); ok {
		fmt.Println(at.Worker.Stage, at.Worker.Backend, at.Index, at.Item)
	}
	fmt.Println(errors.Is(err, strconv.ErrSyntax))
	// Output:
	// parse thread [1] two
	// true
}

func ExamplePanicError() {
	reciprocal := thread.Map(pl.Lift(func(x int) int { return 1 / x }))
	_, err := reciprocal(pl.Of(1, 0)).Collect(context.Background())
	var p *pl.PanicError
	fmt.Println(errors.As(err, &p), p.Value)
	var re runtime.Error
	fmt.Println(errors.As(err, &re))
	// Output:
	// true runtime error: integer divide by zero
	// true
}

func ExampleStage_Run_canceled() {
	ctx, cancel := context.WithCancelCause(context.Background())
	tired := errors.New("tired")
	time.AfterFunc(10*time.Millisecond, func() { cancel(tired) })
	forever := pl.Generate(func(ctx context.Context, emit func(int) bool) error {
		<-ctx.Done()
		return nil
	})
	fmt.Println(errors.Is(forever.Run(ctx), tired)) // the cause, as it is
	// Output: true
}
