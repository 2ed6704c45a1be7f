package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/penstock/penstock/bench/compare"
	"github.com/penstock/penstock/bench/hop"
)

type processCmd struct {
	common  `embed:""`
	Load    []string `help:"Kinds of items to measure, all by default: int, struct, mib. May be repeated, or given with commas." placeholder:"NAME"`
	Workers []int    `help:"Numbers of worker processes; 1 and 2 by default." placeholder:"N"`
}

// startWorkers are the numbers of workers whose start is measured.
var startWorkers = []int{1, 8}

// elsewhere is a figure that cannot be measured beside the others.
const elsewhere = "for scale: process.map of pypeln 0.4.9, x+1 on 2 workers, does 2,200 to 2,900 items/s: whole runs of 20,000 and 100,000 items " +
	"with Python 3.11.7 on 2 vCPUs, measured apart from these tables"

// Validate is called by kong.
func (c *processCmd) Validate() error {
	for _, n := range c.Workers {
		if n < 1 {
			return fmt.Errorf("plbench: -workers is %d: give at least 1", n)
		}
	}
	return c.common.Validate()
}

// Run is called by kong.
func (c *processCmd) Run(ctx context.Context, s *screen) error {
	all := hop.All()
	chosen := all
	if len(c.Load) > 0 {
		chosen = nil
		for _, name := range c.Load {
			l, err := hop.Find(name, all)
			if err != nil {
				return err
			}
			chosen = append(chosen, l)
		}
	}
	workers := c.Workers
	if len(workers) == 0 {
		workers = []int{1, 2}
	}
	r := newReport()
	r.Notes = []string{elsewhere}
	p := newProgress(s.err)
	o := compare.HopOptions{Rounds: c.rounds(), Shrink: c.shrink(), Before: p.before}
	for i, l := range chosen {
		for _, n := range workers {
			p.begin(fmt.Sprintf("[%d/%d] %s, workers: %d", i+1, len(chosen), l.Name, n))
			h, err := compare.Hop(ctx, l, n, o)
			p.clear()
			if len(h.Rows) > 0 {
				r.Hops = append(r.Hops, h)
			}
			if err != nil {
				return c.end(ctx, s, r, err)
			}
		}
	}
	for _, n := range startWorkers {
		p.begin(fmt.Sprintf("start, workers: %d", n))
		starts, err := compare.Starts(ctx, chosen[0], n, o)
		p.clear()
		r.Starts = append(r.Starts, starts...)
		if err != nil {
			return c.end(ctx, s, r, err)
		}
	}
	return c.print(s, r)
}

// hopModules returns the modules that package hop measures.
func hopModules() []string {
	var modules []string
	for _, l := range hop.All() {
		for _, w := range l.Ways {
			if w.Module != "" && !strings.Contains(strings.Join(modules, " "), w.Module) {
				modules = append(modules, w.Module)
			}
		}
	}
	return modules
}
