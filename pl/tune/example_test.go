package tune_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
	"github.com/penstock/penstock/pl/tune"
)

func ExampleSweep() {
	lookUp := func(_ context.Context, name string) (int, error) {
		time.Sleep(5 * time.Millisecond) // as for an answer of a server
		return len(name), nil
	}
	samples := []string{"ada", "grace", "barbara"}
	report, err := tune.Sweep(context.Background(), pl.Fn(lookUp), samples,
		tune.Backends(task.Backend), tune.Workers(1, 20), tune.Rounds(2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("use", report.Best.Setting, "because it is", report.Best.Kind)
	// Output: use task with 20 workers because it is waiting
}

func ExampleRecord() {
	slow := func(_ context.Context, x int) (int, error) {
		time.Sleep(time.Millisecond)
		return x, nil
	}
	var m pl.Monitor
	rec := tune.Record(&m)
	err := pl.Pipe2(pl.Range(200),
		task.Map(slow, pl.Workers(20), pl.Name("fetch")),
		thread.Map(slow, pl.Workers(2), pl.Name("store"))).Run(context.Background(), pl.Watch(&m))
	verdict := rec.Stop()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(verdict.Loads[verdict.Bottleneck].Name)
	// Output: store
}
