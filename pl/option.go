package pl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/pl/internal/engine"
)

// An Option configures one stage.
type Option func(*config)

// A config collects the options of a stage, and what is wrong with them.
type config struct {
	engine.Config
	set  []string // as written, for String
	errs []string
}

func newConfig(opts []Option) *config {
	c := &config{Config: engine.Config{
		Workers: 1,
		Size:    engine.Size{Max: engine.DefaultSize},
		Window:  engine.DefaultWindow,
	}}
	for _, o := range opts {
		if o == nil {
			c.errs = append(c.errs, "an option is nil")
			continue
		}
		o(c)
	}
	return c
}

// note records an option that was given.
func (c *config) note(format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	c.set = append(c.set, text)
	return text
}

// Workers sets the number of workers. The default is 1. It must be at least 1.
func Workers(n int) Option {
	return func(c *config) {
		text := c.note("Workers(%d)", n)
		if n < 1 {
			c.errs = append(c.errs, text+": must be at least 1")
			n = 1
		}
		c.Workers = n
	}
}

// MaxSize sets how many values may wait in front of the stage; 0 means no limit,
// and it must not be negative. The default is 512.
//
// It is what waits, wherever it does: values that were taken together, to save time,
// count until they are worked on, and so do results that the next stage has not
// taken yet. On top of MaxSize there is one value in each worker, and one in the
// hand of each worker of the stage before, which waits for a place to put it.
//
// The memory of a queue grows with what waits in it, 24 bytes and more for each value.
// With the default, functions of nanoseconds have three quarters of their best throughput
// on threads and tasks, and 1024 gives them more; a function of microseconds needs less.
// Worker processes take values in chunks and gain from more: 4096 for values as small as
// integers. At 16 and below, values go from hand to hand one by one, which costs up to a
// microsecond each. "plbench maxsize" in module bench measures all that.
func MaxSize(n int) Option {
	return func(c *config) {
		text := c.note("MaxSize(%d)", n)
		switch {
		case n < 0:
			c.errs = append(c.errs, text+": must be at least 1, or 0 for no limit")
		case n == 0:
			c.Size = engine.Size{Max: engine.Unlimited, Given: true}
		default:
			c.Size = engine.Size{Max: n, Given: true}
		}
	}
}

// InOrder makes the stage emit its results in the order of its input. While an
// earlier item is not done, later results are held back, at most [Window] of them;
// then the stage takes no more items.
func InOrder() Option {
	return func(c *config) {
		c.note("InOrder()")
		c.InOrder = true
	}
}

// Window sets how many results [InOrder] may hold back, the one that is waited for
// included. It must be at least 1; the default is 1024. With a window as small as
// the workers, one slow item stops all of them. What is held back does not count
// for the MaxSize of the next stage.
func Window(n int) Option {
	return func(c *config) {
		text := c.note("Window(%d)", n)
		if n < 1 {
			c.errs = append(c.errs, text+": must be at least 1")
			n = 1
		}
		c.Window = n
	}
}

// Timeout bounds the time of one call; 0 means no bound, and it must not be
// negative. The context of the call ends then, and the item fails with [ErrTimeout]
// at once: a worker process is killed and replaced; a goroutine that ignores its
// context is abandoned and replaced, its late result is dropped, and OnDone runs for
// it when it returns. Each try of a [Retry] has the whole time.
func Timeout(d time.Duration) Option {
	return func(c *config) {
		text := c.note("Timeout(%v)", d)
		if d < 0 {
			c.errs = append(c.errs, text+": must not be negative")
			d = 0
		}
		c.Timeout = d
	}
}

// Retry tries a failed call up to n more times, after waits of about wait, 2*wait,
// 4*wait and so on. It does not retry errors marked [Permanent], nor after the run has
// ended. Neither n nor wait may be negative. The worker waits with its item; in a
// worker process, items that were sent together with it come before it, so that even a
// single one does not keep the order without [InOrder].
func Retry(n int, wait time.Duration) Option {
	return func(c *config) {
		text := c.note("Retry(%d, %v)", n, wait)
		if n < 0 {
			c.errs = append(c.errs, text+": the number of retries must not be negative")
		}
		if wait < 0 {
			c.errs = append(c.errs, text+": the wait must not be negative")
		}
		c.Retries, c.Wait = max(0, n), max(0, wait)
	}
}

// Skip drops the items whose error is one of errs, in the sense of errors.Is; all
// failed items if errs is empty. pl.Skip(pl.ErrTimeout) is pypeln's behavior. What
// was dropped is counted in [StageStats].
func Skip(errs ...error) Option {
	return func(c *config) {
		c.note("Skip(%d errors)", len(errs))
		before := c.Skip
		c.Skip = func(err error) bool {
			if before != nil && before(err) || len(errs) == 0 {
				return true
			}
			for _, target := range errs {
				if errors.Is(err, target) {
					return true
				}
			}
			return false
		}
	}
}

// OnError calls f with every error of the stage that is not skipped. If f returns
// nil the item is dropped and the run goes on; else the run ends with f's error.
// The workers may call f concurrently.
func OnError(f func(ctx context.Context, err *StageError) error) Option {
	return func(c *config) {
		text := c.note("OnError(%s)", funcName(f))
		if f == nil {
			c.errs = append(c.errs, text+": the function is nil")
			return
		}
		c.OnError = func(ctx context.Context, err error) error {
			return f(ctx, func() *StageError {
				target := &StageError{}
				_ = errors.As(err, &target)
				return target
			}())
		}
	}
}

// RoundRobin deals the values out to the workers in turn instead of letting them
// take from one queue. MaxSize is then the size of each worker's queue.
func RoundRobin() Option {
	return func(c *config) {
		c.note("RoundRobin()")
		c.RoundRobin = true
	}
}

// Name names the stage in errors and statistics. The default is the name of the
// operator and of the function, such as "Map(slowAdd1)" or "Map(main.go:42)".
func Name(s string) Option {
	return func(c *config) { c.Name = s }
}

// Options makes one Option of several.
func Options(opts ...Option) Option {
	return func(c *config) {
		for _, o := range opts {
			if o == nil {
				c.errs = append(c.errs, "an option is nil")
				continue
			}
			o(c)
		}
	}
}

// text returns how the stage shows in String.
func (c *config) text(backend string) string {
	text := c.Name + " on " + backend
	if len(c.set) > 0 {
		text += ", " + strings.Join(c.set, ", ")
	}
	return text
}

// problems returns what is wrong, each with the name of the stage.
func (c *config) problems() []error {
	var errs []error
	for _, e := range c.errs {
		errs = append(errs, fmt.Errorf("pl: %s: %s", c.Name, e))
	}
	return errs
}
