package pl_test

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

// A conn stands for what a worker needs one of: a connection, a parser, a model.
type conn struct{ queries int }

func (c *conn) query(id int) string {
	c.queries++
	return fmt.Sprintf("user %d", id)
}

func ExampleWith() {
	hooks := pl.OnStart(func(_ context.Context, w pl.Worker) (*conn, error) {
		fmt.Println("open")
		return &conn{}, nil
	}).OnDone(func(_ context.Context, c *conn, s pl.Status) error {
		fmt.Println("close after", c.queries, "queries")
		return nil
	})
	user := func(_ context.Context, c *conn, id int) (string, error) { return c.query(id), nil }
	data, err := pl.Map(thread.Backend, pl.With(hooks, user))(pl.Range(3)).Collect(context.Background())
	fmt.Println(data, err)
	// Output:
	// open
	// close after 3 queries
	// [user 0 user 1 user 2] <nil>
}

func ExampleDoWith() {
	hooks := pl.OnStart(func(context.Context, pl.Worker) (*conn, error) { return &conn{}, nil })
	show := func(_ context.Context, c *conn, id int) error {
		fmt.Println(c.query(id))
		return nil
	}
	fmt.Println(pl.Each(thread.Backend, pl.DoWith(hooks, show))(pl.Range(2)).Run(context.Background()))
	// Output:
	// user 0
	// user 1
	// <nil>
}

func ExampleHooks_OnDone() {
	hooks := pl.OnStart(func(_ context.Context, w pl.Worker) (int, error) {
		return w.Index, nil
	}).OnDone(func(_ context.Context, _ int, s pl.Status) error {
		if s.Done() { // the last worker of the stage
			fmt.Println("all done, error:", s.Err)
		}
		return nil
	})
	id := func(_ context.Context, _, x int) (int, error) { return x, nil }
	_ = pl.Map(thread.Backend, pl.With(hooks, id), pl.Workers(3))(pl.Range(10)).Run(context.Background())
	// Output: all done, error: <nil>
}

func ExampleOnStart() {
	hooks := pl.OnStart(func(_ context.Context, w pl.Worker) (string, error) {
		return fmt.Sprintf("%s %d of stage %q", w.Backend, w.Index, w.Stage), nil
	})
	who := func(_ context.Context, worker string, _ int) (string, error) { return worker, nil }
	fmt.Println(pl.Map(thread.Backend, pl.With(hooks, who), pl.Name("greet"))(pl.Of(0)).Collect(context.Background()))
	// Output: [thread 0 of stage "greet"] <nil>
}

func ExampleFromContext() {
	where := func(ctx context.Context, x int) (string, error) {
		call, _ := pl.FromContext(ctx)
		return fmt.Sprintf("%d at %v", x, call.Index), nil
	}
	data, _ := pl.Pipe2(pl.Of(6, 7), thread.FlatMap(divisors), thread.Map(where)).Collect(context.Background())
	fmt.Println(data)
	// Output: [1 at [0 0] 2 at [0 1] 3 at [0 2] 6 at [0 3] 1 at [1 0] 7 at [1 1]]
}

func ExampleLift() {
	fmt.Println(thread.Map(pl.Lift(func(x int) int { return x * x }))(pl.Range(4)).Collect(context.Background()))
	// Output: [0 1 4 9] <nil>
}
