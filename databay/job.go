package databay

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"time"
)

// A job is a link in a planner.
type job struct {
	link AnyLink
	planning

	mu      sync.Mutex
	stop    chan struct{} // closed to end the ticking
	idle    chan struct{} // closed when the ticking and all transfers have ended
	running sync.WaitGroup
}

// halt ends the ticking. It may be called for a job that does not tick.
func (j *job) halt() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stop != nil {
		close(j.stop)
		j.stop = nil
	}
}

// wait waits until all transfers have ended.
func (j *job) wait(ctx context.Context) error {
	j.mu.Lock()
	idle := j.idle
	j.mu.Unlock()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	default:
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// launch starts the ticking of a job.
func (p *Planner) launch(j *job, now bool) {
	stop, idle := make(chan struct{}), make(chan struct{})
	j.mu.Lock()
	j.stop, j.idle = stop, idle
	j.mu.Unlock()
	p.mu.Lock()
	ctx := p.ctx
	p.mu.Unlock()
	go func() {
		defer close(idle)
		defer j.running.Wait()
		if now {
			p.transfer(ctx, j)
		}
		p.tick(ctx, j, stop)
	}()
}

// tick runs transfers when they are due until stop. Times are planned from each other
// and not from when a transfer ended, so that they do not drift.
func (p *Planner) tick(ctx context.Context, j *job, stop <-chan struct{}) {
	due := j.schedule.Next(time.Now())
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	for {
		if due.IsZero() {
			timer.Stop() // a schedule that has ended still lets buffers have their say
		}
		select {
		case <-stop:
			return
		case <-j.ready:
			if !p.awake(stop) {
				return
			}
			p.do(j, func() error { return j.link.Poll(ctx) })
			continue
		case <-timer.C:
		}
		paused := p.State() == Paused
		if !p.awake(stop) {
			return
		}
		switch {
		case paused: // what was due in the pause is left out
		case j.overlap == Allow:
			j.running.Go(func() { p.transfer(ctx, j) })
		default:
			p.transfer(ctx, j)
		}
		due = p.after(j, due, paused)
		if !due.IsZero() {
			timer.Reset(time.Until(due))
		}
	}
}

// after returns the next time that a transfer is due after due.
func (p *Planner) after(j *job, due time.Time, paused bool) time.Time {
	next := j.schedule.Next(due)
	if j.overlap != SkipIfRunning && !paused {
		return next
	}
	now := time.Now()
	for !next.IsZero() && next.Before(now) {
		if d, ok := j.schedule.(every); ok {
			n := int64(now.Sub(next)/time.Duration(d)) + 1
			j.skipped.Add(n)
			next = next.Add(time.Duration(d) * time.Duration(n))
			continue
		}
		j.skipped.Add(1)
		next = j.schedule.Next(next)
	}
	return next
}

// awake waits for the end of a pause, and reports whether the job is still to run.
func (p *Planner) awake(stop <-chan struct{}) bool {
	p.mu.Lock()
	resume := p.resume
	p.mu.Unlock()
	select {
	case <-resume:
	case <-stop:
	}
	return !isClosed(stop)
}

func (p *Planner) transfer(ctx context.Context, j *job) {
	p.do(j, func() error { return j.link.Transfer(ctx) })
}

// do runs a transfer and stops the planner if it fails.
func (p *Planner) do(j *job, f func() error) {
	err := protect(f)
	if err == nil {
		return
	}
	p.log.Error("databay: transfer failed", "link", j.link, "err", err)
	if p.cfg.IgnoreErrors {
		return
	}
	p.mu.Lock()
	first := p.cause == nil && p.state != Stopped
	if first {
		p.cause = err
	}
	done := p.done
	p.mu.Unlock()
	if !first {
		return
	}
	// Not here: the shutdown waits for this very transfer.
	go p.stopAfter(done)
}

// stopAfter shuts the planner down that was running when an error happened.
func (p *Planner) stopAfter(done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), p.cfg.ShutdownTimeout)
	defer cancel()
	if p.enter(ctx) != nil {
		return
	}
	defer p.leave()
	select {
	case <-done:
		return // somebody else was faster
	default:
	}
	if err := p.shutdown(ctx); err != nil {
		p.log.Error("databay: shutdown after an error", "err", err)
		p.mu.Lock()
		p.cause = errors.Join(p.cause, err)
		p.mu.Unlock()
	}
}

func isNil(v any) bool {
	r := reflect.ValueOf(v)
	return v == nil || r.Kind() == reflect.Pointer && r.IsNil()
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
