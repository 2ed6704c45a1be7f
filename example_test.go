package penstock_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// The examples are the code of README.md; a test compares the two.

func Example() {
	stage := pl.Pipe3(pl.Range(10),
		task.Map(pl.Lift(func(x int) int { return x * x }), pl.Workers(100)),
		thread.Filter(pl.Lift(func(x int) bool { return x%2 == 1 }), pl.Workers(2), pl.MaxSize(4)),
		pl.Ordered)
	fmt.Println(stage.Collect(context.Background()))
	// Output: [1 9 25 49 81] <nil>
}

// pages stand for a web server.
var pages = map[string]string{
	"/":      "/about /news",
	"/about": "/",
	"/news":  "/ /about /old",
}

func fetch(ctx context.Context, url string) (string, error) {
	page, ok := pages[url]
	if !ok {
		return "", fmt.Errorf("%s: %w", url, fs.ErrNotExist)
	}
	return page, nil
}

func links(ctx context.Context, page string) ([]string, error) {
	return strings.Fields(page), nil
}

func unique[T comparable](in iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		seen := map[T]bool{}
		for v := range in {
			if !seen[v] && !yield(v) {
				return
			}
			seen[v] = true
		}
	}
}

// Waiting on many tasks, parsing on a few threads, and a step of ordinary Go.
func Example_mixed() {
	ctx := context.Background()
	urls := pl.Pipe4(pl.Of("/", "/about", "/news", "/gone"),
		task.Map(fetch, pl.Workers(100), pl.Timeout(10*time.Second), pl.Retry(2, time.Millisecond), pl.Skip(fs.ErrNotExist)),
		thread.FlatMap(links, pl.Workers(2)),
		pl.Ordered,
		pl.Through(unique[string]),
	)
	fmt.Println(urls.Collect(ctx))
	// Output: [/about /news / /old] <nil>
}

func slowAdd1(ctx context.Context, x int) (int, error) {
	time.Sleep(time.Millisecond)
	return x + 1, nil
}

var SlowAdd1 = pl.Register(slowAdd1)

// The backend of a stage can be chosen when the program runs.
func Example_backend() {
	ctx, name := context.Background(), "process"
	backend, err := pl.FindBackend(name, pl.Sync, thread.Backend, task.Backend, process.Backend)
	if err != nil {
		log.Fatal(err)
	}
	stage := pl.Map(backend, SlowAdd1, pl.Workers(8), pl.InOrder())(pl.Range(5))
	fmt.Println(stage.Collect(ctx))
	// Output: [1 2 3 4 5] <nil>
}

func invert(ctx context.Context, x int) (int, error) {
	if x == 0 {
		os.Exit(7) // as a library may that you cannot change
	}
	return 1000 / x, nil
}

// Invert is a package variable, so that worker processes know it too.
var Invert = pl.Register(invert)

// A crash is an error of the item. Here, TestMain has called Init already, and once
// more does no harm.
func Example_process() {
	process.Init() // a worker process goes no further
	keep := pl.OnError(func(ctx context.Context, err *pl.StageError) error {
		if exit, ok := errors.AsType[*process.ExitError](err); ok {
			fmt.Println("the item", err.Item, "has ended its worker:", exit.Err)
		}
		return nil
	})
	stage := process.Map(Invert, pl.Workers(2), pl.InOrder(), keep)(pl.Of(1, 5, 0, 20))
	fmt.Println(stage.Collect(context.Background()))
	// Output:
	// the item 0 has ended its worker: exit status 7
	// [1000 200 50] <nil>
}

// A conn stands for a connection to a database.
type conn struct{ users []string }

func connect(ctx context.Context, w pl.Worker) (*conn, error) {
	return &conn{users: []string{"ada", "grace", "barbara"}}, nil
}

func hangUp(ctx context.Context, c *conn, s pl.Status) error {
	c.users = nil
	return nil
}

func (c *conn) user(id int) (string, error) { return c.users[id%3], nil }

func userName(ctx context.Context, c *conn, id int) (string, error) { return c.user(id) }

// A resource per worker.
func Example_resources() {
	ctx := context.Background()
	db := pl.OnStart(connect).OnDone(hangUp)
	names := pl.Map(thread.Backend, pl.With(db, userName), pl.Workers(3), pl.InOrder())(pl.Range(4))
	fmt.Println(names.Collect(ctx))
	// Output: [ada grace barbara ada] <nil>
}

func half(ctx context.Context, x int) (int, error) {
	if x%2 == 1 {
		return 0, errors.New("odd")
	}
	return x / 2, nil
}

// The first error ends the run and says where it happened.
func Example_errors() {
	ctx := context.Background()
	for v, err := range thread.Map(half)(pl.Of(2, 4, 7, 8)).All(ctx) {
		if failed, ok := errors.AsType[*pl.StageError](err); ok {
			fmt.Println(failed.Worker.Stage, "failed for", failed.Item, "because it is", failed.Err)
			break
		}
		fmt.Println(v)
	}
	// Output:
	// 1
	// 2
	// Map(half) failed for 7 because it is odd
}

// OnError keeps what failed and lets the run go on.
func Example_onError() {
	ctx := context.Background()
	dead := make(chan any, 100)
	keep := pl.OnError(func(ctx context.Context, err *pl.StageError) error {
		dead <- err.Item
		return nil
	})
	fmt.Println(thread.Map(half, keep)(pl.Of(2, 4, 7, 8)).Collect(ctx))
	fmt.Println("failed:", <-dead)
	// Output:
	// [1 2 4] <nil>
	// failed: 7
}

// Two sinks share a source, which runs once.
func Example_join() {
	ctx := context.Background()
	var sum, longest int
	words := pl.Of("many", "hands", "make", "light", "work")
	count := pl.Tap(func(w string) { sum += len(w) })(words)
	find := pl.Tap(func(w string) { longest = max(longest, len(w)) })(words)
	err := pl.Join(count, find).Run(ctx)
	fmt.Println(sum, longest, err)
	// Output: 22 5 <nil>
}

// A Monitor shows a run while it is going on, and after.
func Example_monitor() {
	ctx := context.Background()
	var m pl.Monitor
	err := pl.Pipe2(pl.Range(100),
		thread.Map(slowAdd1, pl.Workers(8), pl.Name("add")),
		pl.Batch[int](10, time.Second),
	).Run(ctx, pl.Watch(&m))
	for _, s := range m.Stages() {
		fmt.Println(s.Name, s.In, s.Out, s.Waiting)
	}
	fmt.Println(err)
	// Output:
	// Range(100) 0 100 0
	// add 100 100 0
	// Batch(10, 1s) 100 10 0
	// <nil>
}

func slowGT3(ctx context.Context, x int) (bool, error) {
	time.Sleep(time.Millisecond)
	return x > 3, nil
}

// The first example of pypeln's own documentation.
func Example_pypeln() {
	ctx := context.Background()
	stage := pl.Pipe2(pl.Range(10),
		thread.Map(slowAdd1, pl.Workers(3), pl.MaxSize(4)),
		thread.Filter(slowGT3, pl.Workers(2)),
	)
	data, err := stage.Collect(ctx) // for example [5 6 4 9 7 8 10]
	slices.Sort(data)
	fmt.Println(data, err)
	// Output: [4 5 6 7 8 9 10] <nil>
}

// The right column of the table "From pypeln to penstock".
func Example_fromPypeln() {
	ctx := context.Background()
	f, g := slowAdd1, links
	stage, text := pl.Range(10), pl.Of("a b", "c")
	a, b := thread.Map(f), thread.Filter(slowGT3)

	pl.Map(pl.Sync, pl.Fn(f))(stage)
	thread.Map(f, pl.Workers(3), pl.MaxSize(4))(stage)
	task.Map(f, pl.Workers(1000))(stage)
	process.Map(SlowAdd1, pl.Workers(3), pl.MaxSize(4))(stage)
	thread.Filter(slowGT3)(stage)
	thread.FlatMap(g)(text)
	thread.Each(func(ctx context.Context, x int) error { return nil })(stage)
	_, _ = pl.Pipe2(pl.Range(10), a, b).Collect(ctx)
	_ = stage.All(ctx)
	_ = pl.Join(stage, text).Run(ctx)
	pl.Merge(stage, stage)
	pl.Ordered(stage)
	thread.Map(f, pl.InOrder())(stage)
	pl.Buffer[int](3)(stage)
	thread.Map(f, pl.Timeout(3*time.Second), pl.Skip(pl.ErrTimeout))(stage)
	pl.Map(thread.Backend, pl.With(pl.OnStart(connect).OnDone(hangUp), userName))(stage)
	_, _ = pl.FromContext(ctx)
	pl.FromSeq(slices.Values([]int{1, 2}))
	pl.Through(unique[int])(stage)
	pl.MaxSize(0)
}
