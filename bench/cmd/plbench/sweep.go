package main

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
	"github.com/penstock/penstock/pl/tune"

	"github.com/penstock/penstock/bench/find"
	"github.com/penstock/penstock/bench/workload"
)

type sweepCmd struct {
	common   `embed:""`
	Workload []string      `help:"Functions to measure, all by default. May be repeated, or given with commas." placeholder:"NAME"`
	Backend  []string      `help:"Backends to try beside sync; thread, task and process by default." placeholder:"NAME"`
	Workers  []int         `help:"Numbers of workers to try; by default they depend on the function." placeholder:"N"`
	MaxSize  []int         `help:"Lengths of the queue to try; 512 by default." placeholder:"N"`
	Budget   time.Duration `help:"The time for each function; 20s by default, and 10s with -quick." placeholder:"DURATION"`
}

const quickBudget = 10 * time.Second

// options returns those of the sweep.
func (c *sweepCmd) options() ([]tune.Option, error) {
	budget := c.Budget
	switch {
	case budget != 0:
	case c.Quick:
		budget = quickBudget
	default:
		budget = tune.DefaultBudget
	}
	o := []tune.Option{tune.Budget(budget)}
	switch {
	case c.Rounds > 0:
		o = append(o, tune.Rounds(c.Rounds))
	case c.Quick:
		o = append(o, tune.Rounds(quickRounds))
	}
	all := []pl.Backend{thread.Backend, task.Backend, process.Backend}
	chosen := all
	if len(c.Backend) > 0 {
		chosen = nil
		for _, name := range c.Backend {
			b, err := pl.FindBackend(name, all...)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, b)
		}
	}
	o = append(o, tune.Backends(chosen...))
	if len(c.Workers) > 0 {
		o = append(o, tune.Workers(c.Workers...))
	}
	if len(c.MaxSize) > 0 {
		o = append(o, tune.MaxSizes(c.MaxSize...))
	}
	return o, nil
}

// Run is called by kong.
func (c *sweepCmd) Run(ctx context.Context, s *screen) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	spin := workload.Calibrate()
	chosen, err := workload.Choose(c.Workload, workload.Functions(spin))
	if err != nil {
		return err
	}
	r := newReport()
	p := newProgress(s.err)
	for i, w := range chosen {
		p.begin(fmt.Sprintf("[%d/%d] %s", i+1, len(chosen), w.Name))
		found, err := find.Sweep(ctx, w, spin, append(options, tune.OnProgress(func(x tune.Progress) {
			p.before(x.Done, x.Total, x.Setting.String())
		}))...)
		p.clear()
		if len(found.Report.Results) > 0 {
			r.Sweeps = append(r.Sweeps, found)
		}
		if err != nil && len(r.Sweeps) == 0 && ctx.Err() == nil {
			return err // there is nothing to show
		}
		if err != nil {
			return c.end(ctx, s, r, err)
		}
	}
	return c.print(s, r)
}
