// Quickstart counts what Go programs are made of: it reads a tree of Go files, the
// source of Go itself if no other is named, and prints its most frequent
// identifiers, and how the pipeline that found them did.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -backend sync
//	go run ./examples/quickstart -backend process
//	go run ./examples/quickstart -dir . -backend task -workers 8
//	go run ./examples/quickstart -tune
//
// With -tune it counts nothing: it tries how the parsing is done best on this machine,
// and says why. Ctrl-C ends it with the counts so far.
//
// Read pipeline.go first: it is what the program is about.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// backends are what -backend chooses from.
var backends = []pl.Backend{pl.Sync, thread.Backend, task.Backend, process.Backend}

func main() {
	process.Init() // a worker process goes no further

	dir := flag.String("dir", "", "count the Go files under this `folder` (default: the source of Go)")
	backend := flag.String("backend", "thread", fmt.Sprintf("parse on this `backend`, one of %v", backends))
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "parse with this many `workers`")
	try := flag.Bool("tune", false, "find the best backend and number of workers for parsing, and count nothing")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // the second Ctrl-C does not wait for anything

	count := func() error { return run(ctx, *dir, *backend, *workers, flag.Args()) }
	if *try {
		count = func() error { return tuneParsing(ctx, *dir, screen(), os.Stdout) }
	}
	if err := count(); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, backend string, workers int, rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q: name a folder with -dir", rest[0])
	}
	b, err := pl.FindBackend(backend, backends...)
	if err != nil {
		return err
	}
	root, err := findTree(ctx, dir)
	if err != nil {
		return err
	}
	r, err := count(ctx, job{root: root, parse: parsing, backend: b, workers: workers, screen: screen()})
	if err != nil {
		return err
	}
	return r.print(os.Stdout)
}
