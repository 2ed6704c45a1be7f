package job

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/databay"
)

// ErrNoSchedule: none of the processes has a schedule.
var ErrNoSchedule = errors.New("ampel: job: no active process has a schedule: run it once instead")

// Serve runs the processes when their schedules say so, until ctx ends; those
// without a schedule do not run. A run that is due while the one before goes on
// is left out. tell may be called by several goroutines. When ctx ends, runs
// that are under way are canceled and waited for.
//
// An error of a run ends all only if the process raises its errors.
func (j *Job) Serve(ctx context.Context, env *ampel.Env, tell func(Process, ampel.Report)) error {
	all, err := j.build(env)
	if err != nil {
		return err
	}
	var links []databay.AnyLink
	for _, p := range all {
		if len(p.Schedule) == 0 {
			continue
		}
		link, err := databay.NewLink(databay.LinkConfig[outcome]{
			Inlets: []databay.Inlet[outcome]{databay.Pull(func(context.Context, databay.Update) ([]outcome, error) {
				r, err := p.runner.Run(ctx) // not that of the planner, which lets runs end
				if err != nil && ctx.Err() != nil {
					err = nil
				}
				return []outcome{{p.Process, r}}, err
			})},
			Outlets: []databay.Outlet[outcome]{databay.Push(func(_ context.Context, records []databay.Record[outcome], _ databay.Update) error {
				for _, r := range records {
					tell(r.Payload.process, r.Payload.report)
				}
				return nil
			})},
			Schedule: p.Schedule, Tags: []string{p.Name}, SkipEmpty: true, ShareRecords: true,
			NoImmediateTransfer: true, Logger: env.Logger(),
		})
		if err != nil {
			return fmt.Errorf("ampel: job: process %s: %w", p.Name, err)
		}
		links = append(links, link)
	}
	if len(links) == 0 {
		return ErrNoSchedule
	}
	planner, err := databay.NewPlanner(databay.PlannerConfig{Links: links, NoImmediateTransfer: true, Logger: env.Logger()})
	if err != nil {
		return fmt.Errorf("ampel: job: %w", err)
	}
	return planner.Run(ctx)
}

type outcome struct {
	process Process
	report  ampel.Report
}
