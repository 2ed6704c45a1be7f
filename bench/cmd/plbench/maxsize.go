package main

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"

	"github.com/penstock/penstock/bench/compare"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

type maxsizeCmd struct {
	common  `embed:""`
	Backend []string `help:"Backends to measure, all by default: thread, task, process. May be repeated, or given with commas." placeholder:"NAME"`
	Workers int      `help:"Workers of the stage." default:"2" placeholder:"N"`
}

// sizes are the bounds that maxsize measures.
var sizes = []int{16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192}

// Validate is called by kong.
func (c *maxsizeCmd) Validate() error {
	if c.Workers < 1 {
		return fmt.Errorf("plbench: -workers is %d: give at least 1", c.Workers)
	}
	return c.common.Validate()
}

// Run is called by kong.
func (c *maxsizeCmd) Run(ctx context.Context, s *screen) error {
	known := []pl.Backend{thread.Backend, task.Backend, process.Backend}
	chosen := known
	if len(c.Backend) > 0 {
		chosen = nil
		for _, name := range c.Backend {
			b, err := pl.FindBackend(name, known...)
			if err != nil {
				return err
			}
			chosen = append(chosen, b)
		}
	}
	w, err := workload.Find("trivial", workload.All(workload.Spin{}))
	if err != nil {
		return err
	}
	r := newReport()
	p := newProgress(s.err)
	o := compare.Options{Rounds: c.rounds(), Before: p.before}
	for i, b := range chosen {
		p.begin(fmt.Sprintf("[%d/%d] %v", i+1, len(chosen), b))
		var t report.Table
		var err error
		if b == process.Backend {
			t, err = compare.FarSizes(ctx, c.Workers, c.shrink(), sizes, o)
		} else {
			t, err = compare.Sizes(ctx, b, w.Job(w.ItemsOver(c.shrink()), c.Workers), sizes, o)
		}
		p.clear()
		if len(t.Rows) > 0 {
			r.Tables = append(r.Tables, t)
		}
		if err != nil {
			return c.end(ctx, s, r, err)
		}
	}
	return c.print(s, r)
}
