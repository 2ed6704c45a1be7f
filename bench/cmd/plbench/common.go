package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/penstock/penstock/bench/page"
	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/report"
)

// common are the flags of all commands.
type common struct {
	Rounds int    `help:"Rounds that count; workloads of seconds take at most 3 unless this is given." default:"0" placeholder:"N"`
	Quick  bool   `help:"3 rounds and mostly a tenth of the items: for a first look, too noisy to quote."`
	JSON   bool   `help:"Write JSON instead of tables." name:"json" xor:"format"`
	CSV    bool   `help:"Write CSV instead of tables." name:"csv" xor:"format"`
	HTML   string `help:"Write a page with charts to this file as well." name:"html" placeholder:"FILE"`
}

const (
	defaultRounds = 7
	quickRounds   = 3
	quickShrink   = 10
)

// Validate is called by kong.
func (c common) Validate() error {
	if c.Rounds < 0 {
		return fmt.Errorf("plbench: -rounds is %d: give at least 1", c.Rounds)
	}
	return nil
}

func (c common) rounds() int {
	switch {
	case c.Rounds > 0:
		return c.Rounds
	case c.Quick:
		return quickRounds
	default:
		return defaultRounds
	}
}

func (c common) shrink() int {
	if c.Quick {
		return quickShrink
	}
	return 1
}

// newReport returns a report of this machine, without results.
func newReport() *report.Report {
	modules := []string{"github.com/penstock/penstock"}
	for _, c := range peer.All() {
		if c.Module != "" {
			modules = append(modules, c.Module)
		}
	}
	modules = append(modules, hopModules()...)
	info, _ := debug.ReadBuildInfo() // nil if there is none
	return &report.Report{
		Command:  "plbench " + strings.Join(os.Args[1:], " "),
		Machine:  report.ThisMachine(),
		Versions: report.Versions(info, modules...),
	}
}

// print writes r in the form that the flags ask for, and the page if it is asked for.
func (c common) print(s *screen, r *report.Report) error {
	if c.HTML != "" {
		if err := writePage(c.HTML, r); err != nil {
			return err
		}
	}
	switch {
	case c.JSON:
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(r)
	case c.CSV:
		return r.WriteCSV(s.out)
	default:
		return r.WriteText(s.out)
	}
}

func writePage(name string, r *report.Report) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("plbench: -html: %w", err)
	}
	return errors.Join(page.Write(f, r), f.Close())
}

// end prints what was complete when err stopped the command, and returns the error to
// end it with.
func (c common) end(ctx context.Context, s *screen, r *report.Report, err error) error {
	if ctx.Err() != nil {
		err = errInterrupted
	}
	return errors.Join(err, c.print(s, r))
}

// left guesses the time that remains from that which has passed.
func left(passed time.Duration, done, total int) time.Duration {
	if done == 0 {
		return 0
	}
	return time.Duration(float64(passed) * float64(total-done) / float64(done))
}
