package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc/panics"
)

// Words are the errors that the engine speaks of to its caller, in the caller's
// types.
type Words struct {
	Timeout error                           // of an item past its deadline
	Goexit  error                           // of a function that called runtime.Goexit
	Left    error                           // cause of a context whose values nobody wants any more
	Panic   func(v any, stack []byte) error // of a function that panicked
	Fault   func(Fault) error               // says where an error happened
	Final   func(error) bool                // whether an error must not be retried
}

// A Fault is an error of a function or a hook, and where it happened.
type Fault struct {
	Worker Worker
	Index  []int
	Item   any
	Hook   string
	Err    error
}

// A Run is one execution of a pipeline. Build it by connecting stages, then call
// Start, read, and Wait.
type Run struct {
	Words

	ctx    context.Context
	cancel context.CancelCauseFunc

	nodes   map[any]any
	parts   []any // inlets and ports, and stages and nodes: from the source on
	watched []watched
	watch   watchdog
	stats   []*Stats

	stages sync.WaitGroup // that have not ended
	group  sync.WaitGroup // goroutines that belong to no crew
	unhook func() bool
	hooked chan struct{}
	hush   atomic.Bool // the parent context has ended

	mu     sync.Mutex
	err    error
	more   []error
	extra  int
	ended  bool
	parent context.Context
}

// What parts of a run can do.
type (
	settler interface{ settle() } // an inlet fixes its limits
	router  interface {           // a port finds what follows it
		routes() []route
		lanes() int
	}
	readier interface{ ready() } // called when all is connected, before anything starts
	starter interface{ start() }
	aborter interface{ abort() }           // an inlet drops what waits: the run is over
	waiter  interface{ wait() }            // a stage waits for its goroutines
	owner   interface{ queues() []string } // an inlet describes its queues
)

// each calls f for all parts of a kind, in order.
func each[P any](r *Run, f func(P)) {
	for _, part := range r.parts {
		if p, ok := part.(P); ok {
			f(p)
		}
	}
}

// maxErrors bounds how many errors after the first are kept.
const maxErrors = 16

// NewRun returns a run under ctx.
func NewRun(ctx context.Context, words Words) *Run {
	r := &Run{Words: words, parent: ctx, nodes: map[any]any{}, parts: make([]any, 0, 16)}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	return r
}

// Once returns the port that build makes for key, and makes it only once in a
// run. That is how a stage that several others use runs once.
func Once[T any](r *Run, key any, build func() *Port[T]) *Port[T] {
	if p, ok := r.nodes[key]; ok {
		return p.(*Port[T])
	}
	p := build()
	r.nodes[key] = p
	return p
}

// Start settles all queues and starts the stages; ready is called in between, when the
// numbers of the run can be read. With an error, nothing started.
func (r *Run) Start(ready func()) error {
	lanes := 0
	each(r, func(p router) { lanes = max(lanes, p.lanes()) })
	if lanes > MaxLanes {
		r.cancel(nil)
		return fmt.Errorf("pl: Merge: %d streams: at most %d can be merged", lanes, MaxLanes)
	}
	each(r, settler.settle)
	each(r, func(p router) { p.routes() })
	each(r, readier.ready)
	r.watch.init(r)
	if r.parent.Done() != nil {
		r.hooked = make(chan struct{})
		r.unhook = context.AfterFunc(r.parent, func() {
			defer close(r.hooked)
			r.mind()
		})
	}
	ready()
	each(r, starter.start)
	return nil
}

// Stats returns the numbers of all stages, sources first.
func (r *Run) Stats() []*Stats { return r.stats }

// add makes p a part of the run.
func (r *Run) add(p any) { r.parts = append(r.parts, p) }

// prepare lets f run when all stages are connected, before any starts.
func (r *Run) prepare(f func()) { r.add(prepared(f)) }

type prepared func()

func (f prepared) ready() { f() }

func (r *Run) addStats(s *Stats) *Stats {
	r.stats = append(r.stats, s)
	return s
}

// Go runs f in a goroutine that Wait waits for. A panic in it ends the run.
func (r *Run) Go(f func()) {
	r.group.Go(func() {
		if p := panics.Try(f); p != nil {
			r.end(r.Panic(p.Value, p.Stack))
		}
	})
}

// end ends the run with an error, unless it has one; then err is joined to it.
// Errors that only say that the run was canceled are dropped after the first.
func (r *Run) end(err error) {
	r.mind()
	r.finish(err)
}

// mind ends the run if the parent context has ended, which may be known before the
// hook on it has run.
func (r *Run) mind() {
	if r.parent.Err() == nil {
		return
	}
	r.hush.Store(true)
	r.mu.Lock()
	ended := r.ended
	r.mu.Unlock()
	if !ended {
		r.finish(context.Cause(r.parent))
	}
}

func (r *Run) finish(err error) {
	r.mu.Lock()
	if r.ended {
		switch {
		case err == nil || r.echo(err):
		case len(r.more) < maxErrors:
			r.more = append(r.more, err)
		default:
			r.extra++
		}
		r.mu.Unlock()
		return
	}
	r.ended, r.err = true, err
	r.mu.Unlock()
	r.cancel(err)
	each(r, aborter.abort)
}

// echo reports whether err only repeats that the run has ended.
func (r *Run) echo(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, r.Timeout) ||
		errors.Is(err, r.Left) || r.err != nil && errors.Is(err, r.err)
}

// repeats is echo for those who do not hold the lock.
func (r *Run) repeats(err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.echo(err)
}

// Leave ends the run early and without an error: its values are no longer wanted.
func (r *Run) Leave() {
	r.mu.Lock()
	if r.ended {
		r.mu.Unlock()
		return
	}
	r.ended = true
	r.mu.Unlock()
	r.cancel(r.Left)
	each(r, aborter.abort)
}

// over reports whether the run has ended early.
func (r *Run) over() bool { return r.ctx.Err() != nil }

// Wait waits until everything of the run has ended and returns its error.
func (r *Run) Wait() error {
	r.stages.Wait()
	r.group.Wait()
	each(r, waiter.wait)
	r.watch.end()
	if r.unhook != nil && !r.unhook() {
		<-r.hooked
	}
	r.mind()
	r.cancel(r.Left)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	return r.joined()
}

// Err returns the error that the run ended with, as far as it is known.
func (r *Run) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.joined()
}

func (r *Run) joined() error {
	errs := make([]error, 0, len(r.more)+2)
	if r.err != nil {
		errs = append(errs, r.err)
	}
	errs = append(errs, r.more...)
	if r.extra > 0 {
		errs = append(errs, fmt.Errorf("pl: %d more errors", r.extra))
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// panicked makes an error of a recovered panic. Call it in the deferred function.
func (r *Run) panicked(v any) error {
	p := panics.NewRecovered(2, v)
	return r.Panic(p.Value, p.Stack)
}
