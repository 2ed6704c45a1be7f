package pl

import (
	"context"
	"fmt"
	"iter"

	"github.com/penstock/penstock/pl/internal/engine"
)

// Map returns an Op that applies f to every value, on backend b.
func Map[A, B any](b Backend, f Func[A, B], opts ...Option) Op[A, B] {
	return operator(spec[A, B, B]{op: "Map", b: b, f: f, opts: opts, add: engine.AddMap[A, B]})
}

// Filter returns an Op that passes on the values for which f is true.
func Filter[A any](b Backend, f Func[A, bool], opts ...Option) Op[A, A] {
	return operator(spec[A, bool, A]{op: "Filter", b: b, f: f, opts: opts, add: engine.AddFilter[A]})
}

// FlatMap returns an Op that passes on every element of f's results. The elements
// of one result keep their order; with [InOrder] they also stay together.
func FlatMap[A, B any](b Backend, f Func[A, []B], opts ...Option) Op[A, B] {
	return operator(spec[A, []B, B]{op: "FlatMap", b: b, f: f, opts: opts, add: engine.AddFlatMap[A, B]})
}

// Each returns an Op that calls f for every value and yields nothing.
func Each[A any](b Backend, f Func[A, None], opts ...Option) Op[A, None] {
	return operator(spec[A, None, None]{op: "Each", b: b, f: f, opts: opts, add: engine.AddEach[A, None]})
}

// None is the element type of stages that yield nothing.
type None = struct{}

// A spec is what an operator was called with. A is what comes in, R what the
// function returns, and B what goes out.
type spec[A, R, B any] struct {
	op   string
	b    Backend
	f    Func[A, R]
	opts []Option
	add  func(*engine.Run, engine.Config, engine.Launcher, engine.Work[A, R], func(*engine.Inlet[A])) *engine.Port[B]
}

func operator[A, R, B any](s spec[A, R, B]) Op[A, B] {
	c := newConfig(s.opts)
	backend := "nil"
	if s.b == nil {
		c.errs = append(c.errs, "the backend is nil: give pl.Sync, thread.Backend, task.Backend or process.Backend")
	} else {
		backend = s.b.String()
	}
	function := "nil"
	if s.f == nil {
		c.errs = append(c.errs, errNilFunc.Error())
	} else {
		function = s.f.String()
		if r, ok := s.f.(interface{ short() string }); ok && function != "nil" {
			function = r.short()
		}
		if err := s.f.Work().Err; err != nil {
			c.errs = append(c.errs, err.Error())
		}
	}
	if c.Name == "" {
		c.Name = s.op + "(" + function + ")"
	}
	if s.b != nil && s.f != nil && s.b.Launcher().Dial != nil && s.f.Work().Err == nil && s.f.Work().Attach == nil {
		c.errs = append(c.errs, fmt.Sprintf("the %s backend needs a registered function: make a package variable with pl.Register and use that", backend))
	}
	l := label{text: c.text(backend), errs: c.problems()}
	if s.b != nil && s.b.Launcher().Check != nil {
		l.test = func() error {
			if err := s.b.Launcher().Check(); err != nil {
				return fmt.Errorf("pl: %s: %w", c.Name, err)
			}
			return nil
		}
	}
	return func(up Stage[A]) Stage[B] {
		l := l
		l.ups = []upstream{up.n}
		return newStage(l, func(r *engine.Run) *engine.Port[B] {
			return s.add(r, c.Config, s.b.Launcher(), s.f.Work(), up.n.into(r))
		})
	}
}

// Work returns an Op whose workers each run f once, over their share of the values:
// a worker's resources are f's local variables. The workers take values from one
// queue; with [RoundRobin], worker i of n gets the values i, i+n, i+2n and so on.
// When f returns nil before in is exhausted, the other workers go on; with
// RoundRobin the turns of the one that returned are dropped, and counted. A worker
// must not call emit from several goroutines at once.
//
// Work needs a backend of this process whose workers outlive an item: Sync or
// thread.Backend. Options that are about single items do not apply to it: InOrder,
// Window, Timeout, Retry, Skip and OnError are errors.
func Work[A, B any](b Backend, f func(ctx context.Context, in iter.Seq[A], emit func(B) bool) error, opts ...Option) Op[A, B] {
	c := newConfig(opts)
	if c.Name == "" {
		c.Name = "Work(" + funcName(f) + ")"
	}
	if f == nil {
		c.errs = append(c.errs, errNilFunc.Error())
	}
	backend := "nil"
	if b == nil {
		c.errs = append(c.errs, "the backend is nil: give pl.Sync or thread.Backend")
	} else {
		backend = b.String()
		if !b.Launcher().Steady {
			c.errs = append(c.errs, fmt.Sprintf("the %s backend has no workers that outlive an item: use pl.Sync or thread.Backend", backend))
		}
	}
	for _, o := range []struct {
		name  string
		given bool
	}{
		{"InOrder", c.InOrder},
		{"Window", c.Window != engine.DefaultWindow},
		{"Timeout", c.Timeout > 0},
		{"Retry", c.Retries > 0},
		{"Skip", c.Skip != nil},
		{"OnError", c.OnError != nil},
	} {
		if o.given {
			c.errs = append(c.errs, o.name+": does not apply to Work, whose function is not called for each item")
		}
	}
	l := label{text: c.text(backend), errs: c.problems()}
	return func(up Stage[A]) Stage[B] {
		l := l
		l.ups = []upstream{up.n}
		return newStage(l, func(r *engine.Run) *engine.Port[B] {
			return engine.AddWork(r, c.Config, b.Launcher(), f, up.n.into(r))
		})
	}
}
