// Alerts takes a stream of alerts through all tiers of Ampel: they are filtered and
// stored (T0), combined into states (T1), their light curves are summarized and fitted
// (T2), and the likely supernovae are posted to a report (T3), a page with their light
// curves.
//
//	go run ./examples/alerts                      simulates a survey of 120 nights
//	go run ./examples/alerts -alerts DIR          reads packets of ZTF: .avro, .tar, .tar.gz
//	go run ./examples/alerts -backend process     fits in other processes
//	go run ./examples/alerts -db DIR              keeps the database, and goes on with it
//	go run ./examples/alerts -write FILE.tar      writes the simulated packets, and ends
//
// Ctrl-C ends it. What was done is kept if -db is given: the same command then goes on.
//
// Read job.yml first: it says what is done; likely.go says what a supernova looks like.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/penstock/penstock/pl/process"
)

func main() {
	process.Init() // units may run in copies of this program

	o := options{n: 6_000}
	if os.Getenv("CI") == "true" {
		o.n = 3_000
	}
	flag.StringVar(&o.alerts, "alerts", "", "read the packets in this `folder` or file, instead of simulating some")
	flag.IntVar(&o.n, "n", o.n, "simulate about `n` alerts")
	flag.Uint64Var(&o.seed, "seed", 1, "simulate the survey with this `seed`")
	flag.StringVar(&o.db, "db", "", "keep the database in this `folder` (default: a temporary one)")
	flag.StringVar(&o.report, "report", filepath.Join(os.TempDir(), "penstock-alerts.html"), "write the report to this `file`")
	flag.StringVar(&o.backend, "backend", "thread", "run the T2 units on this `backend`: sync, thread, task or process")
	flag.StringVar(&o.write, "write", "", "write the simulated packets to this tar `file`, and end")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // the second Ctrl-C does not wait for anything

	if err := run(ctx, o, flag.Args(), os.Stdout, screen()); err != nil {
		fmt.Fprintln(os.Stderr, "alerts:", err)
		os.Exit(1)
	}
}
