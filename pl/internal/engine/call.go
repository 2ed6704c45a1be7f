package engine

import (
	"context"
	"slices"
	"time"
)

// A CallContext is the context of the calls of a worker in another process.
type CallContext struct{ c callContext }

// NewCallContext returns a context for the calls of a worker.
func NewCallContext(ctx context.Context, who Worker) *CallContext {
	return &CallContext{callContext{Context: ctx, who: who}}
}

// Next describes the next call. It returns the context for it; path must not change
// during the call.
func (c *CallContext) Next(path []int, attempt int, due time.Time) context.Context {
	c.c.path, c.c.attempt, c.c.due = path, attempt, due
	return &c.c
}

// A callContext is the context of the calls of one worker. What differs from call
// to call is set in place, so that a call costs no allocation.
type callContext struct {
	context.Context
	who     Worker
	at      Pos
	path    []int // instead of at, if not nil
	attempt int
	due     time.Time // zero without a timeout
}

type infoKey struct{}

func (c *callContext) Value(key any) any {
	if key == (infoKey{}) {
		return c
	}
	return c.Context.Value(key)
}

func (c *callContext) Deadline() (time.Time, bool) {
	d, ok := c.Context.Deadline()
	if !c.due.IsZero() && (!ok || c.due.Before(d)) {
		return c.due, true
	}
	return d, ok
}

// Info describes the call that a context was passed to.
type Info struct {
	Worker  Worker
	Index   []int
	Attempt int
}

// FromContext returns the Info of the call that ctx was passed to.
func FromContext(ctx context.Context) (Info, bool) {
	switch c := ctx.Value(infoKey{}).(type) {
	case *callContext:
		index := slices.Clone(c.path)
		if index == nil {
			index = c.at.Path()
		}
		return Info{Worker: c.who, Index: index, Attempt: c.attempt}, true
	case *Info:
		return *c, true
	}
	return Info{}, false
}
