package tune

import (
	"fmt"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// A Setting is one way to run a function: what a sweep measures and recommends.
type Setting struct {
	Backend string `json:"backend"`
	Workers int    `json:"workers"`
	MaxSize int    `json:"max_size"`
}

// String names the setting as a sentence does: "thread with 2 workers".
func (s Setting) String() string {
	if s.Backend == onSync {
		return onSync
	}
	return fmt.Sprintf("%s with %s", s.Backend, count(s.Workers, "worker"))
}

// Option returns the options of a stage with this setting. Its backend is found by
// its name:
//
//	b, err := pl.FindBackend(best.Backend, pl.Sync, thread.Backend, task.Backend)
//	stage := pl.Map(b, f, best.Option())
func (s Setting) Option() pl.Option {
	return pl.Options(pl.Workers(s.Workers), pl.MaxSize(s.MaxSize))
}

// onSync is the name of the backend that the others are compared with.
const onSync = "sync"

// A candidate is a setting with its backend.
type candidate struct {
	Setting
	backend pl.Backend
}

// apart reports whether the workers may be processes of their own.
func (c candidate) apart() bool {
	return c.backend != pl.Sync && c.backend != thread.Backend && c.backend != task.Backend
}

// candidates returns what to measure: sync first, then every combination, in the
// order of the options. Numbers of workers that nobody chose go no further than most
// where each worker is a process.
func (c *config) candidates(workers []int, most int) []candidate {
	sizes := c.sizes
	list := []candidate{c.first()}
	for _, b := range c.backends {
		if b.String() == onSync {
			continue
		}
		for _, w := range workers {
			for _, m := range sizes {
				next := candidate{Setting{b.String(), w, m}, b}
				if c.workers == nil && next.apart() && w > most {
					continue
				}
				list = append(list, next)
			}
		}
	}
	return list
}

// first returns the candidate that the others are compared with.
func (c *config) first() candidate {
	return candidate{Setting{onSync, 1, c.sizes[0]}, pl.Sync}
}
