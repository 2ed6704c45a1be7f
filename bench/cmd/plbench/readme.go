package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/bench/report"
)

type readmeCmd struct {
	Measure bool   `help:"Measure now, and store the run, instead of taking the one that is stored. Takes some minutes; do nothing else meanwhile."`
	Stored  string `help:"The stored run." default:"bench/results/peers.json" placeholder:"FILE"`
	Readme  string `help:"The README that has the table." default:"README.md" placeholder:"FILE"`
	Rounds  int    `help:"Rounds to measure, as with peers." default:"0" placeholder:"N"`
	Quick   bool   `help:"As with peers: not for a README that others read."`
}

// readmeWorkloads are those that the README shows, a line for each.
var readmeWorkloads = []string{"trivial", "three", "ordered", "cpu10", "wait1ms", "stragglers", "sleepers"}

// Run is called by kong.
func (c *readmeCmd) Run(ctx context.Context, s *screen) error {
	if c.Rounds < 0 {
		return fmt.Errorf("plbench: -rounds is %d: give at least 1", c.Rounds)
	}
	readme, err := os.ReadFile(c.Readme)
	if err != nil {
		return fmt.Errorf("plbench: %w: run it in the root of the repository, or name the file with -readme", err)
	}
	if _, err := report.PutReadme(string(readme), ""); err != nil {
		return err
	}
	r, err := c.run(ctx, s)
	if err != nil {
		return err
	}
	text, err := report.PutReadme(string(readme), r.Readme())
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Readme, []byte(text), 0o644); err != nil { //nolint:gosec // everybody may read a README
		return err
	}
	fmt.Fprintf(s.out, "%s has the table of %s, measured %s\n", c.Readme, c.Stored, r.Machine.Time.Format("2006-01-02 15:04 MST"))
	return nil
}

// run returns the stored run, or measures one and stores it.
func (c *readmeCmd) run(ctx context.Context, s *screen) (*report.Report, error) {
	if !c.Measure {
		return load(c.Stored)
	}
	peers := peersCmd{common: common{Rounds: c.Rounds, Quick: c.Quick}, Workload: readmeWorkloads}
	r, err := peers.measure(ctx, s, false)
	if err != nil {
		if ctx.Err() != nil {
			err = errors.Join(errInterrupted, errors.New("plbench: nothing was stored"))
		}
		return nil, err
	}
	r.Command = "go run ./bench/cmd/plbench readme -measure"
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(c.Stored), 0o755); err != nil { //nolint:gosec // everybody may read results
		return nil, err
	}
	return r, os.WriteFile(c.Stored, append(text, '\n'), 0o644) //nolint:gosec // everybody may read results
}

func load(name string) (*report.Report, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("plbench: %w: measure with -measure, or name the file with -stored", err)
	}
	var r report.Report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("plbench: %s: %w: it is not what plbench -json writes", name, err)
	}
	return &r, nil
}
