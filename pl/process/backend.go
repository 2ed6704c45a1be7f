package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/internal/child"
	"github.com/penstock/penstock/pl/internal/engine"
)

// Backend is New().
var Backend = New()

// New returns a backend with settings of its own.
func New(opts ...Option) pl.Backend {
	b := &backend{grace: 5 * time.Second, start: 10 * time.Second}
	for _, o := range opts {
		if o == nil {
			b.errs = append(b.errs, errors.New("process: an option is nil"))
			continue
		}
		o(b)
	}
	return b
}

type backend struct {
	env      []string
	output   *child.Output
	grace    time.Duration
	start    time.Duration
	chunk    int
	maxItems int
	errs     []error
}

func (*backend) String() string { return "process" }

func (b *backend) Launcher() engine.Launcher {
	return engine.Launcher{
		Name:     "process",
		Crew:     engine.Goroutines,
		Dial:     func(ctx context.Context, j engine.Job) (any, error) { return b.dial(ctx, j) },
		Check:    b.check,
		MaxItems: b.maxItems,
	}
}

// check returns what keeps any stage from running on b.
func (b *backend) check() error {
	switch {
	case len(b.errs) > 0:
		return errors.Join(b.errs...)
	case child.IsWorker():
		return ErrNested
	case !initialized.Load():
		return ErrNotInitialized
	}
	return nil
}

// An Option configures the worker processes of a backend.
type Option func(*backend)

// Env adds variables of the form "KEY=value" to the environment of the workers.
func Env(kv ...string) Option {
	return func(b *backend) {
		for _, v := range kv {
			if key, _, ok := strings.Cut(v, "="); !ok || key == "" {
				b.errs = append(b.errs, fmt.Errorf(`process: Env(%q): must have the form "KEY=value"`, v))
			}
		}
		b.env = append(b.env, kv...)
	}
}

// Output sets where the output of the workers goes. The default is os.Stderr. Writes
// come one at a time, in whole lines.
func Output(w io.Writer) Option {
	return func(b *backend) { b.output = child.NewOutput(w) }
}

// Grace sets how long a worker may take to end after the run has ended, before it is killed. The default is 5 seconds.
func Grace(d time.Duration) Option {
	return func(b *backend) {
		if d < 0 {
			b.errs = append(b.errs, fmt.Errorf("process: Grace(%v): must not be negative", d))
		}
		b.grace = d
	}
}

// StartTimeout sets how long a worker may take to call Init. The default is 10 seconds.
func StartTimeout(d time.Duration) Option {
	return func(b *backend) {
		if d <= 0 {
			b.errs = append(b.errs, fmt.Errorf("process: StartTimeout(%v): must be positive", d))
		}
		b.start = d
	}
}

// Chunk fixes how many items are sent to a worker at a time; it must be at least 1. By
// default the number follows the measured cost of the function: one while items are
// slow, more while they are fast, never so many that another worker could have started
// them sooner: if one takes long without warning, workers that are idle get those that
// were sent with it, some milliseconds later.
func Chunk(n int) Option {
	return func(b *backend) {
		if n < 1 {
			b.errs = append(b.errs, fmt.Errorf("process: Chunk(%d): must be at least 1", n))
		}
		b.chunk = n
	}
}

// MaxItems replaces a worker after it has worked on n items, against leaks in the
// function; n must be at least 1.
func MaxItems(n int) Option {
	return func(b *backend) {
		if n < 1 {
			b.errs = append(b.errs, fmt.Errorf("process: MaxItems(%d): must be at least 1", n))
		}
		b.maxItems = n
	}
}
