package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/job"
)

// system runs the tiers.
type system struct {
	env    *ampel.Env
	job    *job.Job
	stream *stream
	shown  *shown // what the report says
	out    io.Writer
	screen *terminal
	start  time.Time
}

// idle is how long T2 waits when it has nothing to do while alerts still come.
const idle = 100 * time.Millisecond

// run has T2 compute while T0 takes alerts in, and T3 look at the results then.
func (s *system) run(ctx context.Context) error {
	g := newGauge(s)
	defer g.stop()

	// The first of the two that fails ends the other one.
	both, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ingested := make(chan struct{})
	var ingestErr error
	go func() {
		defer close(ingested)
		if _, ingestErr = s.process(both, "ingest"); ingestErr != nil {
			cancel(ingestErr)
			return
		}
		g.ended(s.ingested(ctx))
	}()
	computeErr := s.compute(both, ingested)
	if computeErr != nil {
		cancel(computeErr)
	}
	<-ingested
	if err := s.verdict(ctx, ingestErr, computeErr); err != nil {
		return err
	}
	g.ended(s.computed(ctx))
	if _, err := s.process(ctx, "report"); err != nil {
		return s.verdict(ctx, err)
	}
	g.ended(s.reported())
	return nil
}

// verdict returns why ctx has ended, if it has, else the errors.
func (s *system) verdict(ctx context.Context, errs ...error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(errs...)
}

// compute runs tickets until all alerts are ingested and there are no more tickets.
func (s *system) compute(ctx context.Context, ingested <-chan struct{}) error {
	for {
		last := false
		select {
		case <-ingested:
			last = true
		default:
		}
		report, err := s.process(ctx, "compute")
		switch {
		case err != nil:
			return err
		case last:
			return nil
		case report.Docs > 0:
			continue
		}
		select {
		case <-time.After(idle):
		case <-ingested:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// process runs one process of the job. Errors of single alerts and tickets are in the
// database as troubles, and are counted.
func (s *system) process(ctx context.Context, name string) (report ampel.Report, err error) {
	for _, p := range s.job.Processes {
		if p.Name != name {
			continue
		}
		one := &job.Job{Name: s.job.Name, Processes: []job.Process{p}}
		err = one.Run(ctx, s.env, func(_ job.Process, r ampel.Report) { report = r })
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil && report.Code != ampel.EventOK && report.Code != ampel.EventPreCheckExit && name == "report" {
		err = errors.Join(report.Errors...)
	}
	s.stream.troubles.Add(int64(len(report.Errors)))
	return report, err
}
