package conform

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
)

// A Suite says what is to be tested, and what is particular about it.
type Suite struct {
	Backend pl.Backend
	Funcs   Funcs // what is nil is replaced by a function of this process

	Bubble bool // every test can run in a synctest bubble
	Single bool // there is one worker whatever Workers says
	Eager  bool // all workers open their resources with the run
	Kills  bool // a timeout kills the worker: no hook runs, nothing is abandoned
	Switch bool // going on takes a thread switch: a function that minds its context may be late
}

// Run runs the whole suite.
func Run(t *testing.T, s Suite) {
	s.Funcs = s.Funcs.orDefault()
	for _, group := range []struct {
		name string
		run  func(t *testing.T, s *Suite)
	}{
		{"results", results},
		{"bounds", bounds},
		{"order", order},
		{"faults", faults},
		{"ends", ends},
		{"hooks", hooks},
		{"timeouts", timeouts},
		{"retries", retries},
		{"numbers", stats},
	} {
		t.Run(group.name, func(t *testing.T) { group.run(t, &s) })
	}
}

// An env is what one test has.
type env struct {
	*Suite
	*require.Assertions
	t       *testing.T
	journal journal
}

// test runs f as a test of its own, in a bubble if possible.
func (s *Suite) test(t *testing.T, name string, f func(e *env)) {
	t.Run(name, func(t *testing.T) {
		j := newJournal(t)
		body := func(t *testing.T) {
			f(&env{Suite: s, Assertions: require.New(t), t: t, journal: j})
		}
		if s.Bubble {
			synctest.Test(t, body)
		} else {
			body(t)
		}
	})
}

// workers returns how many workers there are when n are asked for.
func (s *Suite) workers(n int) int {
	if s.Single {
		return 1
	}
	return n
}

// settle waits until nothing moves, going by the value of what. Real processes may be slow
// to start, so until it is least it does not stand still but has not begun.
func (e *env) settle(least int, what func() int) {
	if e.Bubble {
		synctest.Wait()
		return
	}
	for start := time.Now(); what() < least && time.Since(start) < time.Minute; {
		time.Sleep(10 * time.Millisecond)
	}
	for last, same := what(), 0; same < 15; same++ {
		time.Sleep(10 * time.Millisecond)
		if now := what(); now != last {
			last, same = now, 0
		}
	}
}

// sleeps waits for functions that outlived their timeout.
func (e *env) sleeps(d time.Duration) {
	if e.Bubble {
		time.Sleep(d)
		synctest.Wait()
	}
}

// spring returns a source without end. pulls counts the items that were asked for.
func spring(edit func(*Item)) (s pl.Stage[Item], pulls *atomic.Int64) {
	pulls = new(atomic.Int64)
	return pl.Generate(func(_ context.Context, emit func(Item) bool) error {
		for i := 0; ; i++ {
			it := Item{N: i}
			if edit != nil {
				edit(&it)
			}
			pulls.Add(1)
			if !emit(it) {
				return nil
			}
		}
	}), pulls
}

// An operator is a stage of one of the four operators.
type operator struct {
	name  string
	stage pl.AnyStage
}

// operators returns a stage of each operator after up.
func (s *Suite) operators(up pl.Stage[Item], opts ...pl.Option) []operator {
	return []operator{
		{"Map", pl.Map(s.Backend, s.Funcs.Act, opts...)(up)},
		{"Filter", pl.Filter(s.Backend, s.Funcs.Keep, opts...)(up)},
		{"FlatMap", pl.FlatMap(s.Backend, s.Funcs.Spread, opts...)(up)},
		{"Each", pl.Each(s.Backend, s.Funcs.Visit, opts...)(up)},
	}
}
