package pl_test

import (
	"context"
	"fmt"
	"strconv"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

func ExampleWatch() {
	stage := pl.Pipe2(pl.Of("1", "x", "30"),
		thread.Map(pl.LiftErr(strconv.Atoi), pl.Name("parse"), pl.Skip()),
		thread.Filter(slowGT3, pl.Name("big"), pl.MaxSize(8)))
	var m pl.Monitor
	_ = stage.Run(context.Background(), pl.Watch(&m))
	for _, s := range m.Stages() { // during the run as well
		fmt.Println(s.Name, "in", s.In, "out", s.Out, "dropped", s.Dropped, "max", s.MaxSize)
	}
	// Output:
	// Of(3 values) in 0 out 3 dropped 0 max 0
	// parse in 3 out 2 dropped 1 max 512
	// big in 2 out 1 dropped 0 max 8
}

func ExampleMonitor_Err() {
	hooks := pl.OnStart(func(context.Context, pl.Worker) (int, error) { return 0, nil }).
		OnDone(func(context.Context, int, pl.Status) error { return fmt.Errorf("cannot close") })
	id := func(_ context.Context, _, x int) (int, error) { return x, nil }
	var m pl.Monitor
	for range pl.Map(thread.Backend, pl.With(hooks, id), pl.Name("db"))(pl.Range(9)).All(context.Background(), pl.Watch(&m)) {
		break // there is no other way to learn of errors after this
	}
	fmt.Println(m.Err())
	// Output: pl: db: OnDone of worker 0: cannot close
}
