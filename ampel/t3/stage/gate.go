package stage

import (
	"context"
	"sync"
)

// gate keeps units in step. The feeder opens a round by letting a chunk out,
// and waits until every unit has asked for more after it, or has ended. So no
// unit is more than one chunk ahead of another, and no more than one chunk is
// in memory.
type gate struct {
	mu    sync.Mutex
	round int
	done  []int // by member: rounds finished, or ended
	wake  chan struct{}
}

const ended = int(^uint(0) >> 1)

func newGate() *gate {
	return &gate{wake: make(chan struct{}, 1)}
}

// join adds a member and returns its place. All join before the first round that
// they take part in.
func (g *gate) join() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done = append(g.done, g.round)
	return len(g.done) - 1
}

// open begins a round. It returns false if nobody is left.
func (g *gate) open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.round++
	for _, d := range g.done {
		if d != ended {
			return true
		}
	}
	return false
}

// ack says that a member has finished one more round.
func (g *gate) ack(member int) { g.set(member, func(d int) int { return d + 1 }) }

// leave says that a member has ended.
func (g *gate) leave(member int) { g.set(member, func(int) int { return ended }) }

func (g *gate) set(member int, f func(int) int) {
	g.mu.Lock()
	if g.done[member] != ended {
		g.done[member] = f(g.done[member])
	}
	finished := g.finished()
	g.mu.Unlock()
	if finished {
		select {
		case g.wake <- struct{}{}:
		default:
		}
	}
}

// finished reports whether the round is over. The caller holds mu.
func (g *gate) finished() bool {
	for _, d := range g.done {
		if d < g.round {
			return false
		}
	}
	return true
}

// wait returns when the round is over, or with the error of ctx.
func (g *gate) wait(ctx context.Context) error {
	for {
		g.mu.Lock()
		finished := g.finished()
		g.mu.Unlock()
		if finished {
			return nil
		}
		select {
		case <-g.wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
