package main

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/bench/compare"
	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/target"
	"github.com/penstock/penstock/bench/workload"
)

type peersCmd struct {
	common   `embed:""`
	Workload []string `help:"Workloads to measure, all by default. May be repeated, or given with commas." placeholder:"NAME"`
	Items    int      `help:"Items per run instead of the workload's own number." placeholder:"N"`
	Workers  int      `help:"Workers per stage instead of the workload's own number." placeholder:"N"`
}

// Validate is called by kong.
func (c *peersCmd) Validate() error {
	if c.Items < 0 || c.Workers < 0 {
		return fmt.Errorf("plbench: -items is %d and -workers %d: neither can be negative", c.Items, c.Workers)
	}
	return c.common.Validate()
}

// Run is called by kong.
func (c *peersCmd) Run(ctx context.Context, s *screen) error {
	r, err := c.measure(ctx, s, len(c.Workload) == 0)
	if r == nil {
		return err
	}
	if err != nil {
		return c.end(ctx, s, r, err)
	}
	return c.print(s, r)
}

// measure returns a table for each workload, and the targets that the tables answer; with
// apart, also those that are measured by themselves. With an error it returns what is
// complete, or nil if nothing was begun.
func (c *peersCmd) measure(ctx context.Context, s *screen, apart bool) (*report.Report, error) {
	all := workload.All(workload.Calibrate())
	chosen, err := workload.Choose(c.Workload, all)
	if err != nil {
		return nil, err
	}
	r := newReport()
	p := newProgress(s.err)
	for i, w := range chosen {
		n, workers := w.ItemsOver(c.shrink()), w.Workers
		if c.Items > 0 {
			n = c.Items
		}
		if c.Workers > 0 {
			workers = c.Workers
		}
		p.begin(fmt.Sprintf("[%d/%d] %s", i+1, len(chosen), w.Name))
		job := w.Job(n, workers)
		t, series, err := compare.Table(ctx, job, compare.Options{
			Contenders: peer.All(), Rounds: c.rounds(), Force: c.Rounds > 0, Before: p.before,
		})
		p.clear()
		if len(t.Rows) > 0 {
			r.Tables = append(r.Tables, t)
			if !w.Waits || n >= w.Items { // few that wait do not show how they hinder each other
				r.Targets = append(r.Targets, target.FromTable(job, series, target.All())...)
			}
		}
		if err != nil {
			return r, err
		}
	}
	if !apart {
		return r, nil
	}
	env := target.Env{Workloads: all, Rounds: c.rounds(), Shrink: c.shrink(), Before: p.before}
	for _, t := range target.Apart(target.All()) {
		p.begin(t.Name())
		found, err := t.Measure(ctx, env)
		p.clear()
		r.Targets = append(r.Targets, found...)
		if err != nil {
			return r, err
		}
	}
	return r, nil
}
