package main

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/bench/compare"
	"github.com/penstock/penstock/bench/peer"
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
	chosen, err := workload.Choose(c.Workload, workload.All(workload.Calibrate()))
	if err != nil {
		return err
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
		t, err := compare.Table(ctx, w.Job(n, workers), compare.Options{
			Contenders: peer.All(), Rounds: c.rounds(), Force: c.Rounds > 0, Before: p.before,
		})
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
