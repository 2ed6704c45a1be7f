package main

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/bench/find"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

type pipelineCmd struct {
	common `embed:""`
	Items  int   `help:"Items per run." default:"4000" placeholder:"N"`
	Crew   []int `help:"Workers of the three stages: fetch, compute and store." default:"16,1,8" placeholder:"N,N,N"`
}

// Validate is called by kong.
func (c *pipelineCmd) Validate() error {
	if c.Items < 1 {
		return fmt.Errorf("plbench: -items is %d: give at least 1", c.Items)
	}
	if len(c.Crew) != 3 {
		return fmt.Errorf("plbench: -crew has %d numbers: give one for each of the stages fetch, compute and store, such as 16,1,8", len(c.Crew))
	}
	for _, n := range c.Crew {
		if n < 1 {
			return fmt.Errorf("plbench: -crew has %d: a stage needs at least one worker", n)
		}
	}
	return c.common.Validate()
}

// Run is called by kong.
func (c *pipelineCmd) Run(ctx context.Context, s *screen) error {
	r := newReport()
	p := newProgress(s.err)
	p.begin("pipeline")
	found, err := find.Pipeline(ctx, workload.Calibrate(), find.PipelineOptions{
		Crew:  find.Crew{Fetch: c.Crew[0], Compute: c.Crew[1], Store: c.Crew[2]},
		Items: max(1, c.Items/c.shrink()), Rounds: c.rounds(), Before: p.before,
	})
	p.clear()
	if found.Rounds > 0 {
		r.Pipelines = []report.Pipeline{found}
	}
	if err != nil {
		return c.end(ctx, s, r, err)
	}
	return c.print(s, r)
}
