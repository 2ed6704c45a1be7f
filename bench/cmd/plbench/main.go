// Command plbench measures this module beside its peers.
//
//	plbench sweep      which backend and how many workers suit a function, and why
//	plbench pipeline   the bottleneck of a pipeline, and what one more worker there brings
//	plbench peers      all contenders, one table per workload
//	plbench readme     the table of the README, from a stored run
//	plbench process    ways to another process and back
//	plbench maxsize    the bound of a queue, for functions of nanoseconds
//	plbench targets    the ratios that this module is meant to keep
//
// What is compared is always measured in one process, interleaved round by round.
// The result goes to standard output: tables, or JSON or CSV with the flags -json
// and -csv; -html writes a page with charts as well, which needs nothing from elsewhere. On a terminal, standard error shows what is being measured and how long
// it will take. An interrupt ends the command after the run under way and prints
// what is complete.
//
// With -check, targets ends with status 1 if a target is missed. Errors, among them
// wrong results of a contender and a run that does not end within two minutes, end
// the commands with status 2, after printing what is complete; an interrupt ends them
// with status 130.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/penstock/penstock/pl/process"

	"github.com/penstock/penstock/bench/hop"
)

type cli struct {
	Sweep    sweepCmd    `cmd:"" help:"Find the backend and the number of workers that suit a function, and say why."`
	Pipeline pipelineCmd `cmd:"" help:"Find the bottleneck of a pipeline, and check what one more worker there brings."`
	Peers    peersCmd    `cmd:"" help:"Measure all contenders on each workload, one table per workload."`
	Process  processCmd  `cmd:"" help:"Measure what an item costs that goes to another process and back."`
	Maxsize  maxsizeCmd  `cmd:"" help:"Measure what the bound of a queue costs, for functions of nanoseconds."`
	Readme   readmeCmd   `cmd:"" help:"Write the table of the README from a stored run, or measure and store it first."`
	Targets  targetsCmd  `cmd:"" help:"Measure the ratios that this module is meant to keep."`
}

// Errors of the commands that have a status of their own.
var (
	errMissed      = errors.New("plbench: targets are missed")
	errInterrupted = errors.New("plbench: interrupted: the rounds until then are shown")
)

func main() {
	process.Init() // a worker process goes no further
	hop.Init()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process around it, and returns its status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c cli
	ended := false
	parser, err := kong.New(&c,
		kong.Name("plbench"),
		kong.Description("Measures penstock beside its peers, interleaved in one process."),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { ended = true }), // kong calls it after -help
	)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	k, err := parser.Parse(twoDashes(args))
	if ended {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	k.BindTo(ctx, (*context.Context)(nil))
	return status(k.Run(&screen{stdout, stderr}), stderr)
}

// status prints err, if there is one, and returns the status that it ends with.
func status(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, err)
	switch {
	case errors.Is(err, errMissed):
		return 1
	case errors.Is(err, errInterrupted):
		return 130
	default:
		return 2
	}
}

// A screen is where a command writes.
type screen struct{ out, err io.Writer }

// twoDashes lets long flags begin with one dash, as those of Go's own tools do.
func twoDashes(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if len(a) > 2 && a[0] == '-' && a[1] != '-' && !strings.ContainsAny(a[1:2], "0123456789.") {
			a = "-" + a
		}
		out[i] = a
	}
	return out
}
