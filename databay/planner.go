package databay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// AnyLink is a [Link] of any payload type.
type AnyLink interface {
	fmt.Stringer
	Transfer(ctx context.Context) error
	Poll(ctx context.Context) error
	Drain(ctx context.Context) error
	OnStart(ctx context.Context) error
	OnShutdown(ctx context.Context) error
	Flush()
	Stats() LinkStats
	plan() planning
}

// planning is what a planner needs to know about a link.
type planning struct {
	schedule  Schedule
	overlap   Overlap
	immediate bool
	ready     <-chan struct{}
	skipped   *atomic.Int64
}

// PlannerConfig describes a [Planner]. The zero value of every field is its default.
type PlannerConfig struct {
	Links []AnyLink
	// IgnoreErrors keeps the planner running after a transfer has failed. Otherwise the
	// first failure shuts it down.
	IgnoreErrors bool
	// NoImmediateTransfer leaves out the transfers at the start.
	NoImmediateTransfer bool
	// NoDrain leaves out the flush of all buffers at the shutdown. Records in durable
	// buffers are there after the next start; those in memory are lost with the program.
	NoDrain bool
	// ShutdownTimeout bounds the shutdown after [Planner.Run] or an error. The default
	// is 30 seconds; when it has passed, transfers are canceled.
	ShutdownTimeout time.Duration
	// Logger is slog.Default() if nil.
	Logger *slog.Logger
}

// A Planner runs the transfers of links when they are due:
//
//	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
//	defer stop()
//	planner, err := databay.NewPlanner(databay.PlannerConfig{Links: []databay.AnyLink{link}})
//	...
//	err = planner.Run(ctx)
//
// Links run side by side. One link runs one transfer at a time unless it says
// otherwise. The shutdown loses nothing: no more transfers begin, those under way
// end, all buffers are flushed through their outlets, and then the nodes shut down. A
// planner can be started again and still has its links.
//
// The methods of a Planner are safe for concurrent use.
type Planner struct {
	cfg PlannerConfig
	log *slog.Logger

	change chan struct{} // held while starting, shutting down, adding and removing

	mu     sync.Mutex // guards what follows
	jobs   []*job
	state  State
	since  time.Time
	cause  error         // why it stopped by itself
	done   chan struct{} // closed when it has stopped
	resume chan struct{} // closed unless paused
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// A State is what a planner is doing.
type State int

// The states of a planner.
const (
	Stopped State = iota
	Running
	Paused
)

// String returns "stopped", "running" or "paused".
func (s State) String() string { return [...]string{"stopped", "running", "paused"}[s] }

// NewPlanner returns a planner that has not started, or an error for a link that is
// nil or there twice.
func NewPlanner(cfg PlannerConfig) (*Planner, error) {
	p := &Planner{cfg: cfg, log: cfg.Logger, change: make(chan struct{}, 1), resume: make(chan struct{})}
	close(p.resume)
	if p.log == nil {
		p.log = slog.Default()
	}
	if p.cfg.ShutdownTimeout <= 0 {
		p.cfg.ShutdownTimeout = 30 * time.Second
	}
	if err := p.Add(context.Background(), cfg.Links...); err != nil {
		return nil, err
	}
	return p, nil
}

// Add adds links, all or none. In a running planner their nodes are started, and they
// transfer at once unless that is switched off.
func (p *Planner) Add(ctx context.Context, links ...AnyLink) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	p.mu.Lock()
	have := slices.Clone(p.jobs)
	p.mu.Unlock()
	var added []*job
	for _, l := range links {
		if isNil(l) {
			return fmt.Errorf("databay: planner: %w: nil", ErrInvalidLink)
		}
		for _, j := range append(have, added...) {
			if j.link == l {
				return fmt.Errorf("databay: planner: %w: %s is in it already", ErrInvalidLink, l)
			}
		}
		added = append(added, &job{link: l, planning: l.plan()})
	}
	p.mu.Lock()
	p.jobs = append(p.jobs, added...)
	running := p.state != Stopped
	p.mu.Unlock()
	for _, j := range added {
		p.log.Info("databay: link added", "link", j.link)
		if !running {
			continue
		}
		p.startNodes(ctx, j)
		p.launch(j, !p.cfg.NoImmediateTransfer && j.immediate)
	}
	return nil
}

// Remove removes links, all or, with [ErrMissingLink], none. In a running planner it
// waits for their transfers, flushes their buffers and shuts their nodes down; the
// errors of that are joined.
func (p *Planner) Remove(ctx context.Context, links ...AnyLink) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	p.mu.Lock()
	rest := slices.Clone(p.jobs)
	var gone []*job
	for _, l := range links {
		i := slices.IndexFunc(rest, func(j *job) bool { return j.link == l })
		if i < 0 {
			p.mu.Unlock()
			return fmt.Errorf("databay: planner: %w: %v", ErrMissingLink, l)
		}
		gone = append(gone, rest[i])
		rest = slices.Delete(rest, i, i+1)
	}
	p.jobs = rest
	running := p.state != Stopped
	p.mu.Unlock()
	if !running {
		return nil
	}
	return p.retire(ctx, gone)
}

// Purge is Remove for all links.
func (p *Planner) Purge(ctx context.Context) error { return p.Remove(ctx, p.Links()...) }

// Start starts the nodes of all links, runs the immediate transfers one after another,
// and returns when the links tick. An error of a node is logged, and its link tries
// again with every transfer. If an immediate transfer fails and the planner does not
// ignore errors, everything is shut down again and the error returned.
func (p *Planner) Start(ctx context.Context) error { return p.start(ctx, nil) }

// start leaves out the immediate transfers that have not begun when quit is closed.
func (p *Planner) start(ctx context.Context, quit <-chan struct{}) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	p.mu.Lock()
	if p.state != Stopped {
		p.mu.Unlock()
		return fmt.Errorf("databay: start: %w", ErrRunning)
	}
	jobs := slices.Clone(p.jobs)
	p.cause = nil
	p.done = make(chan struct{})
	p.ctx, p.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	p.since = time.Now()
	p.mu.Unlock()
	p.log.Info("databay: planner starts", "links", len(jobs))
	for _, j := range jobs {
		p.startNodes(ctx, j)
	}
	for _, j := range jobs {
		if p.cfg.NoImmediateTransfer || !j.immediate || isClosed(quit) {
			continue
		}
		err := j.link.Transfer(ctx)
		if err == nil {
			continue
		}
		p.log.Error("databay: immediate transfer failed", "link", j.link, "err", err)
		if !p.cfg.IgnoreErrors || ctx.Err() != nil {
			wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.cfg.ShutdownTimeout)
			defer cancel()
			err = errors.Join(err, p.retire(wait, jobs))
			p.cancel(nil)
			close(p.done)
			return err
		}
	}
	p.mu.Lock()
	p.state = Running
	p.mu.Unlock()
	for _, j := range jobs {
		p.launch(j, false)
	}
	return nil
}

func (p *Planner) startNodes(ctx context.Context, j *job) {
	if err := j.link.OnStart(ctx); err != nil {
		p.log.Error("databay: start of nodes failed", "link", j.link, "err", err)
	}
}

// Shutdown stops the planner without loss: no more transfers begin, those under way
// end, all buffers are flushed through their outlets unless NoDrain is set, and then
// all nodes shut down. When ctx ends, transfers are canceled and the rest is done
// without waiting for them. All errors are joined. A planner that is not running
// returns nil.
func (p *Planner) Shutdown(ctx context.Context) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	return p.shutdown(ctx)
}

func (p *Planner) shutdown(ctx context.Context) error {
	p.mu.Lock()
	if p.state == Stopped {
		p.mu.Unlock()
		return nil
	}
	if p.state == Paused {
		close(p.resume)
	}
	p.state = Stopped
	jobs := slices.Clone(p.jobs)
	done := p.done
	p.mu.Unlock()
	p.log.Info("databay: planner shuts down")
	err := p.retire(ctx, jobs)
	p.cancel(nil)
	for _, j := range jobs {
		p.log.Info("databay: link", "stats", j.link.Stats())
	}
	close(done)
	return err
}

// retire stops the ticking of jobs, waits for their transfers, drains, and shuts nodes
// down, each step for all before the next.
func (p *Planner) retire(ctx context.Context, jobs []*job) error {
	for _, j := range jobs {
		j.halt()
	}
	var errs []error
	for _, j := range jobs {
		if err := j.wait(ctx); err != nil {
			p.cancel(err)
			errs = append(errs, fmt.Errorf("databay: %s: transfer canceled: %w", j.link, err))
			_ = j.wait(context.WithoutCancel(ctx))
		}
	}
	if !p.cfg.NoDrain {
		for _, j := range jobs {
			if err := j.link.Drain(ctx); err != nil {
				errs = append(errs, err)
			}
			if n := j.link.Stats().Depth; n > 0 {
				errs = append(errs, fmt.Errorf("databay: %s: %d records are still in buffers after the flush", j.link, n))
			}
		}
	}
	// Nodes are closed even when time is up, with a context of their own.
	end := ctx
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		end, cancel = context.WithTimeout(context.WithoutCancel(ctx), p.cfg.ShutdownTimeout)
		defer cancel()
	}
	for _, j := range jobs {
		errs = append(errs, j.link.OnShutdown(end))
	}
	return errors.Join(errs...)
}

// Run starts the planner and shuts it down when ctx ends, or when it stops by itself
// after an error; it returns that error and those of the shutdown, and nil if ctx ended
// and all went well.
func (p *Planner) Run(ctx context.Context) error {
	// The end of ctx stops the ticking, but does not tear transfers, those at the start
	// included, until the time for the shutdown has passed.
	begin, tear := context.WithCancelCause(context.WithoutCancel(ctx))
	defer tear(nil)
	defer context.AfterFunc(ctx, func() {
		select {
		case <-time.After(p.cfg.ShutdownTimeout):
			tear(context.DeadlineExceeded)
		case <-begin.Done():
		}
	})()
	if err := p.start(begin, ctx.Done()); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-p.Done():
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.cfg.ShutdownTimeout)
	defer cancel()
	return errors.Join(p.Shutdown(wait), p.Err())
}

// Done returns a channel that is closed when the planner, once started, has stopped.
func (p *Planner) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// Err returns the transfer error after which the planner stopped by itself, with the
// errors of that shutdown.
func (p *Planner) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// String describes the planner.
func (p *Planner) String() string { return fmt.Sprintf("Planner(links:%d)", len(p.Links())) }

func (p *Planner) enter(ctx context.Context) error {
	select {
	case p.change <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *Planner) leave() { <-p.change }
