package engine

import (
	"context"
	"time"
)

// A callContext is the context of the calls of one worker. What differs from call
// to call is set in place, so that a call costs no allocation.
type callContext struct {
	context.Context
	who     Worker
	at      Pos
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
		return Info{Worker: c.who, Index: c.at.Path(), Attempt: c.attempt}, true
	case *Info:
		return *c, true
	}
	return Info{}, false
}
