package pl

import (
	"context"

	"github.com/penstock/penstock/pl/internal/engine"
)

// Hooks opens and closes the resource R of a worker.
type Hooks[R any] struct {
	start func(context.Context, Worker) (R, error)
	done  func(context.Context, R, Status) error
}

// OnStart returns Hooks that call start in every worker before its first item. An
// error of start ends the run. A worker that replaces another one, after a timeout
// or a crash, calls start again.
//
// The workers of [Sync] and of package thread start with the run, whether there are
// items or not; those of package task when they are first needed.
func OnStart[R any](start func(ctx context.Context, w Worker) (R, error)) Hooks[R] {
	return Hooks[R]{start: start}
}

// OnDone returns h with done added. done is called once for every start that
// succeeded, when the worker has no more items: after the input is exhausted, and
// also after an error, a cancellation or an early end of the loop. Its context is
// not canceled with the run. Its error is joined to that of the run.
func (h Hooks[R]) OnDone(done func(ctx context.Context, r R, s Status) error) Hooks[R] {
	h.done = done
	return h
}

// A Worker says who is running.
type Worker struct {
	Stage   string // the name of the stage
	Backend string // "sync", "thread", "task" or "process"
	Index   int    // 0 to Workers-1
	PID     int    // the process
}

// Status tells OnDone about the stage.
type Status struct {
	Worker Worker
	Active int   // workers of the stage still running, not counting this one
	Err    error // why the run ended, nil if the input is exhausted
}

// Done reports whether this was the last worker of the stage.
func (s Status) Done() bool { return s.Active == 0 }

// Info describes the call that a context was passed to.
type Info struct {
	Worker  Worker
	Index   []int // of the item in the source, then in the results of each FlatMap
	Attempt int   // 0 for the first try
}

// FromContext returns the Info of the call that ctx was passed to. It must be
// asked during the call; ok is false for other contexts. In a function of [Work],
// which is not called for an item, there is no Index.
func FromContext(ctx context.Context) (info Info, ok bool) {
	i, ok := engine.FromContext(ctx)
	return Info{Worker: Worker(i.Worker), Index: i.Index, Attempt: i.Attempt}, ok
}
