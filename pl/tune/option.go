package tune

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// The defaults of a sweep.
const (
	DefaultBudget  = 20 * time.Second
	DefaultRounds  = 5
	DefaultMaxSize = 512
)

// An Option configures a sweep.
type Option func(*config)

type config struct {
	backends []pl.Backend
	workers  []int
	sizes    []int
	rounds   int
	budget   time.Duration
	progress func(Progress)
	errs     []error
}

func newConfig(opts []Option) *config {
	c := &config{
		backends: []pl.Backend{thread.Backend, task.Backend},
		sizes:    []int{DefaultMaxSize},
		rounds:   DefaultRounds,
		budget:   DefaultBudget,
	}
	for _, o := range opts {
		if o == nil {
			c.errs = append(c.errs, errors.New("tune: an option is nil"))
			continue
		}
		o(c)
	}
	return c
}

func (c *config) bad(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("tune: "+format, args...))
}

// Backends sets the backends to try; the default is thread and task. Sync is always
// measured, since the others are compared with it.
func Backends(list ...pl.Backend) Option {
	return func(c *config) {
		if len(list) == 0 {
			c.bad("Backends(): give at least one, such as thread.Backend")
		}
		c.backends = nil
		for _, b := range list {
			switch {
			case b == nil:
				c.bad("Backends: a backend is nil: give pl.Sync, thread.Backend, task.Backend or process.Backend")
			case slices.ContainsFunc(c.backends, func(o pl.Backend) bool { return o.String() == b.String() }):
				c.bad("Backends: %s is there twice: results are told apart by the name of the backend", b)
			default:
				c.backends = append(c.backends, b)
			}
		}
	}
}

// Workers sets the numbers of workers to try with each backend; each must be at
// least 1. By default they depend on the function, see [Sweep].
func Workers(list ...int) Option {
	return func(c *config) {
		if len(list) == 0 {
			c.bad("Workers(): give at least one number")
		}
		for _, n := range list {
			if n < 1 {
				c.bad("Workers(%d): must be at least 1", n)
			}
		}
		c.workers = distinct(list)
	}
}

// MaxSizes sets the lengths of the queue in front of the workers to try; each must be
// at least 1. The default is 512, as in package pl. A queue without a bound is not
// measured: a source that is faster than the function would fill it without end.
func MaxSizes(list ...int) Option {
	return func(c *config) {
		if len(list) == 0 {
			c.bad("MaxSizes(): give at least one number")
		}
		for _, n := range list {
			if n < 1 {
				c.bad("MaxSizes(%d): must be at least 1", n)
			}
		}
		c.sizes = distinct(list)
	}
}

// Rounds sets how often each setting is measured; it must be at least 2. The default
// is 5. There are fewer, but never less than 2, if the budget is too small for them.
func Rounds(n int) Option {
	return func(c *config) {
		if n < minRounds {
			c.bad("Rounds(%d): must be at least %d, since one measurement has no spread", n, minRounds)
		}
		c.rounds = n
	}
}

// Budget bounds the time of the whole sweep; it must be positive. The default is 20
// seconds. Each measurement gets its share of it, up to half a second; a sweep that
// needs less takes less. See [ErrBudget] for one that is too small.
func Budget(d time.Duration) Option {
	return func(c *config) {
		if d <= 0 {
			c.bad("Budget(%v): must be positive", d)
		}
		c.budget = d
	}
}

// OnProgress calls f before every measurement, in the goroutine of Sweep.
func OnProgress(f func(Progress)) Option {
	return func(c *config) {
		if f == nil {
			c.bad("OnProgress: the function is nil")
		}
		c.progress = f
	}
}

// Progress says how far a sweep is.
type Progress struct {
	Setting Setting       // what is measured next
	Done    int           // measurements done
	Total   int           // measurements at most; 0 at the first look, and less when settings are stopped
	Left    time.Duration // about; 0 if nothing is known yet
}

// distinct returns the numbers of list, each once, in ascending order.
func distinct(list []int) []int {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
