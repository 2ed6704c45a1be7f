package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/bench/target"
	"github.com/penstock/penstock/bench/workload"
)

type targetsCmd struct {
	common `embed:""`
	Target []string `help:"Targets to measure by name, all by default. May be repeated, or given with commas." placeholder:"NAME"`
	Check  bool     `help:"End with status 1 if a target is missed."`
}

// Run is called by kong.
func (c *targetsCmd) Run(ctx context.Context, s *screen) error {
	return c.measure(ctx, s, target.All())
}

func (c *targetsCmd) measure(ctx context.Context, s *screen, all []target.Target) error {
	chosen, err := choose(all, c.Target)
	if err != nil {
		return err
	}
	r := newReport()
	p := newProgress(s.err)
	env := target.Env{
		Workloads: workload.All(workload.Calibrate()),
		Rounds:    c.rounds(), Shrink: c.shrink(), Before: p.before,
	}
	for i, t := range chosen {
		p.begin(fmt.Sprintf("[%d/%d] %s", i+1, len(chosen), t.Name()))
		found, err := t.Measure(ctx, env)
		p.clear()
		r.Targets = append(r.Targets, found...)
		if err != nil {
			return c.end(ctx, s, r, err)
		}
	}
	if err := c.print(s, r); err != nil {
		return err
	}
	if missed := len(r.Missed()); c.Check && missed > 0 {
		return fmt.Errorf("%w: %d of %d", errMissed, missed, len(r.Targets))
	}
	return nil
}

// choose returns the targets with one of the names, or all if there are none.
func choose(all []target.Target, names []string) ([]target.Target, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []target.Target
	for _, name := range names {
		before := len(chosen)
		for _, t := range all {
			if t.Name() == name {
				chosen = append(chosen, t)
			}
		}
		if len(chosen) == before {
			var known []string
			for _, t := range all {
				known = append(known, t.Name())
			}
			return nil, fmt.Errorf("plbench: unknown target %q: choose one of %s", name, strings.Join(slices.Compact(known), ", "))
		}
	}
	return chosen, nil
}
