package process_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

func slowAdd1(_ context.Context, x int) (int, error) {
	time.Sleep(time.Millisecond)
	return x + 1, nil
}

func slowGT3(_ context.Context, x int) (bool, error) { return x > 3, nil }

func words(_ context.Context, text string) ([]string, error) { return strings.Fields(text), nil }

// A Page is a file to be written.
type Page struct{ Path, Text string }

func save(_ context.Context, p Page) error { return os.WriteFile(p.Path, []byte(p.Text), 0o600) }

func times(_ context.Context, factor float64, x int) (float64, error) {
	return factor * float64(x), nil
}

// Functions that worker processes run are registered in package variables.
var (
	SlowAdd1 = pl.Register(slowAdd1)
	SlowGT3  = pl.Register(slowGT3)
	Words    = pl.Register(words)
	Save     = pl.RegisterEach(save)
	Times    = pl.RegisterTemplate(times)
)

func ExampleMap() {
	// main, or TestMain, has called process.Init().
	stage := process.Map(SlowAdd1, pl.Workers(2), pl.InOrder())(pl.Range(5))
	data, err := stage.Collect(context.Background())
	fmt.Println(data, err)
	// Output: [1 2 3 4 5] <nil>
}

func ExampleFilter() {
	stage := pl.Pipe2(pl.Range(8),
		process.Map(SlowAdd1, pl.Workers(2), pl.MaxSize(4)),
		process.Filter(SlowGT3, pl.Workers(2)),
	)
	data, err := pl.Ordered(stage).Collect(context.Background())
	fmt.Println(data, err)
	// Output: [4 5 6 7 8] <nil>
}

func ExampleFlatMap() {
	stage := process.FlatMap(Words)(pl.Of("many hands", "make light work"))
	data, err := stage.Collect(context.Background())
	fmt.Println(strings.Join(data, ","), err)
	// Output: many,hands,make,light,work <nil>
}

func ExampleEach() {
	dir, err := os.MkdirTemp("", "pages")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	pages := pl.Of(Page{filepath.Join(dir, "a"), "first"}, Page{filepath.Join(dir, "b"), "second"})
	if err := process.Each(Save, pl.Workers(2))(pages).Run(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(filepath.Join(dir, "b"))
	fmt.Println(string(text), err)
	// Output: second <nil>
}

// Values that are known at run time only are sent to each worker once.
func ExampleMap_bind() {
	factor := 2.5
	data, err := process.Map(Times.Bind(factor))(pl.Of(2, 4)).Collect(context.Background())
	fmt.Println(data, err)
	// Output: [5 10] <nil>
}

// A Dictionary is what a worker opens once and uses for all of its items.
type Dictionary map[string]string

func openDictionary(_ context.Context, w pl.Worker) (Dictionary, error) {
	return Dictionary{"eins": "one", "zwei": "two"}, nil
}

func closeDictionary(_ context.Context, d Dictionary, s pl.Status) error {
	clear(d)
	return nil
}

func translate(_ context.Context, d Dictionary, word string) (string, error) {
	english, ok := d[word]
	if !ok {
		return "", fmt.Errorf("no word %q", word)
	}
	return english, nil
}

var Translate = pl.RegisterWith(pl.OnStart(openDictionary).OnDone(closeDictionary), translate)

// Hooks run in the process of their worker.
func ExampleMap_hooks() {
	data, err := process.Map(Translate)(pl.Of("eins", "zwei", "eins")).Collect(context.Background())
	fmt.Println(data, err)
	// Output: [one two one] <nil>
}

func fragile(_ context.Context, x int) (int, error) {
	if x == 3 {
		fmt.Fprintln(os.Stderr, "I cannot stand threes")
		os.Exit(2)
	}
	return 10 * x, nil
}

var Fragile = pl.Register(fragile)

// A function that ends its process costs the item that it was called for.
func ExampleExitError() {
	quiet := process.New(process.Output(io.Discard)) // not to os.Stderr
	stage := pl.Map(quiet, Fragile, pl.InOrder(), pl.OnError(func(_ context.Context, err *pl.StageError) error {
		var exit *process.ExitError
		if !errors.As(err, &exit) {
			return err
		}
		fmt.Printf("item %v: %v: %s", err.Item, exit.Err, exit.Stderr)
		return nil
	}))(pl.Range(6))
	data, err := stage.Collect(context.Background())
	fmt.Println(data, err)
	// Output:
	// item 3: exit status 2: I cannot stand threes
	// [0 10 20 40 50] <nil>
}

func forever(_ context.Context, x int) (int, error) {
	for x == 1 {
		x *= x
	}
	return x, nil
}

var Forever = pl.Register(forever)

// A function that does not return is killed with its process when its time is over.
func ExampleMap_timeout() {
	stage := process.Map(Forever, pl.Timeout(200*time.Millisecond), pl.Skip(pl.ErrTimeout))(pl.Range(4))
	data, err := stage.Collect(context.Background())
	fmt.Println(data, err)
	// Output: [0 2 3] <nil>
}
