package databay

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Links returns a copy of the list of links.
func (p *Planner) Links() []AnyLink {
	p.mu.Lock()
	defer p.mu.Unlock()
	links := make([]AnyLink, len(p.jobs))
	for i, j := range p.jobs {
		links[i] = j.link
	}
	return links
}

// Stats returns the numbers of all links.
func (p *Planner) Stats() []LinkStats {
	var all []LinkStats
	for _, l := range p.Links() {
		all = append(all, l.Stats())
	}
	return all
}

// State returns what the planner is doing.
func (p *Planner) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Running reports whether the planner has been started and not shut down. A paused
// planner is running.
func (p *Planner) Running() bool { return p.State() != Stopped }

// Uptime returns for how long the planner has been running, or zero.
func (p *Planner) Uptime() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == Stopped {
		return 0
	}
	return time.Since(p.since)
}

// Pause keeps transfers from beginning until Resume; those under way go on. The error
// is [ErrNotRunning] if the planner is stopped.
func (p *Planner) Pause() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.state {
	case Stopped:
		return fmt.Errorf("databay: pause: %w", ErrNotRunning)
	case Running:
		p.state, p.resume = Paused, make(chan struct{})
		p.log.Info("databay: planner pauses")
	}
	return nil
}

// Resume ends a pause. Transfers that were due meanwhile are left out.
func (p *Planner) Resume() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.state {
	case Stopped:
		return fmt.Errorf("databay: resume: %w", ErrNotRunning)
	case Paused:
		p.state = Running
		close(p.resume)
		p.log.Info("databay: planner resumes")
	}
	return nil
}

// ForceTransfer runs one transfer of every link, in order, whether or not the planner
// is running or paused. The nodes of a planner that is not running are started for it,
// and shut down after. Errors are logged and joined.
func (p *Planner) ForceTransfer(ctx context.Context) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	running := p.Running()
	var errs []error
	for _, l := range p.Links() {
		var err error
		if !running {
			err = l.OnStart(ctx)
		}
		if err == nil {
			err = l.Transfer(ctx)
		}
		if !running {
			err = errors.Join(err, l.OnShutdown(ctx))
		}
		if err != nil {
			p.log.Error("databay: forced transfer failed", "link", l, "err", err)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
