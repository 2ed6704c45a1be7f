package pl

import (
	"context"
	"errors"
	"iter"

	"github.com/penstock/penstock/pl/internal/engine"
)

// All returns an iterator that runs the stage and yields its values. If the run
// fails, the last pair is the zero T and the error; no other pair has an error.
// Values that were finished before the error come before it. If ctx ends, the error
// is its cause.
//
// Leaving the loop early ends the run. When the loop is over, all goroutines and
// processes of the run have ended, except for functions that outlived their
// [Timeout]. The iterator may be used more than once.
//
// Between the last stage and the loop there is a queue as long as the MaxSize of
// that stage, and none if that is 16 or less; [Buffer] sets it.
func (s Stage[T]) All(ctx context.Context, opts ...RunOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		r, c, err := s.prepare(ctx, opts)
		if err != nil {
			yield(zero, err)
			return
		}
		rd := engine.NewReader(r, s.n.into(r))
		if err := c.start(r); err != nil {
			yield(zero, err)
			return
		}
		finished := false
		defer func() {
			if !finished { // the loop was left, or its body panicked
				r.Leave()
				_ = r.Wait() // Monitor.Err has it
			}
		}()
		for batch := rd.Batch(); len(batch) > 0 && !rd.Canceled(); batch = rd.Batch() {
			for i := range batch {
				if rd.Canceled() {
					break
				}
				if !yield(batch[i].V, nil) {
					return
				}
			}
		}
		finished = true
		if err := r.Wait(); err != nil {
			yield(zero, err)
		}
	}
}

// Collect runs the stage and returns its values. With an error it returns the
// values that came before the error.
func (s Stage[T]) Collect(ctx context.Context, opts ...RunOption) ([]T, error) {
	r, c, err := s.prepare(ctx, opts)
	if err != nil {
		return nil, err
	}
	rd := engine.NewReader(r, s.n.into(r))
	if err := c.start(r); err != nil {
		return nil, err
	}
	var values []T
	for batch := rd.Batch(); len(batch) > 0; batch = rd.Batch() {
		for i := range batch {
			values = append(values, batch[i].V)
		}
	}
	return values, r.Wait()
}

// Run runs the stage and drops its values.
func (s Stage[T]) Run(ctx context.Context, opts ...RunOption) error {
	r, c, err := s.prepare(ctx, opts)
	if err != nil {
		return err
	}
	s.n.sink(r)
	if err := c.start(r); err != nil {
		return err
	}
	return r.Wait()
}

// prepare checks everything that can be checked before the run.
func (s Stage[T]) prepare(ctx context.Context, opts []RunOption) (*engine.Run, *runConfig, error) {
	if ctx == nil {
		return nil, nil, errors.New("pl: the context is nil: use context.Background() if there is none")
	}
	c := &runConfig{}
	for _, o := range opts {
		if o != nil {
			o(c)
		}
	}
	err := errors.Join(append([]error{s.Err()}, c.errs...)...)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		c.watch(nil, err)
		return nil, nil, err
	}
	return engine.NewRun(ctx, words), c, nil
}

// A RunOption configures one run.
type RunOption func(*runConfig)

type runConfig struct {
	monitors []*Monitor
	errs     []error
}

// start starts a run, and shows it to the monitors.
func (c *runConfig) start(r *engine.Run) error {
	err := r.Start(func() { c.watch(r, nil) })
	if err != nil {
		c.watch(nil, err)
	}
	return err
}

func (c *runConfig) watch(r *engine.Run, err error) {
	for _, m := range c.monitors {
		m.watch(r, err)
	}
}

// Watch makes m show the run.
func Watch(m *Monitor) RunOption {
	return func(c *runConfig) {
		if m == nil {
			c.errs = append(c.errs, errors.New("pl: Watch: the monitor is nil"))
			return
		}
		c.monitors = append(c.monitors, m)
	}
}
