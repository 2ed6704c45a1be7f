package tune

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"runtime"
	"time"

	"github.com/penstock/penstock/pl"
)

// ErrBudget means that the budget of a sweep is too small for what it is to measure.
var ErrBudget = errors.New("tune: the budget is too small")

// ErrNoSamples means that there is nothing to call the function with.
var ErrNoSamples = errors.New("tune: there are no samples: give some items as they occur in the pipeline")

// A TrialError says at which setting a function failed.
type TrialError struct {
	Setting Setting
	Sample  int // the index of the sample, -1 if a hook or the backend failed
	Err     error
}

// Error names the setting, the sample and the error.
func (e *TrialError) Error() string {
	if e.Sample < 0 {
		return fmt.Sprintf("tune: %s: %v", e.Setting, e.Err)
	}
	return fmt.Sprintf("tune: %s: sample %d: %v: leave out samples that fail", e.Setting, e.Sample, e.Err)
}

// Unwrap returns e.Err.
func (e *TrialError) Unwrap() error { return e.Err }

// Sweep runs f over the samples with every combination of the options, and says which
// setting suits it best on this machine, and why.
//
// f is a function as for pl.Map: from [pl.Fn], [pl.With] and so on, or registered, as
// backends of other processes want it. The samples should be like the items of the
// pipeline, cheap and expensive ones in the same mixture. They are used again and
// again, from the first to the last, by several workers at a time: f must not change
// them. At the end of each measurement the contexts of the calls under way end, and f
// is waited for.
//
// Everything that can be checked beforehand is, and all problems are joined. An error
// of f ends the sweep with a [TrialError]. When ctx ends, the error is its cause. In
// both cases the report has what was complete; it is nil if nothing was. Do nothing
// else in the program meanwhile: processor time and memory are those of the process.
//
// Without [Workers], a first measurement decides: a function that computes is tried
// with 1, 2, 4 and so on up to twice the processors, one that waits with 1, 4, 16, 64,
// 256 and 1024 workers, of which those that are processes stop at 8 per processor. The [Budget] bounds the time; see the guide of the package for
// how it is spent.
func Sweep[A, B any](ctx context.Context, f pl.Func[A, B], samples []A, opts ...Option) (*Report, error) {
	c := newConfig(opts)
	s := &sweep[A, B]{config: c, f: f, samples: samples, procs: runtime.GOMAXPROCS(0), start: time.Now(), meter: newMeter()}
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithDeadlineCause(ctx, s.start.Add(c.budget), ErrBudget)
	defer cancel()
	err := s.prepare(ctx)
	if err == nil {
		err = s.race(ctx)
	}
	if errors.Is(err, ErrBudget) && s.complete() {
		err = nil // a round more or less
	}
	return s.report(), err
}

type sweep[A, B any] struct {
	*config
	f       pl.Func[A, B]
	samples []A
	procs   int
	start   time.Time

	trial   time.Duration // of each measurement
	planned int           // rounds
	runners []*runner
	done    int
	meter   meter
}

// A runner is a candidate in the race.
type runner struct {
	candidate
	samples []sample // one per round
	stopped bool
}

// check returns everything that is wrong, before anything starts.
func (s *sweep[A, B]) check(ctx context.Context) error {
	errs := s.errs
	if ctx == nil {
		errs = append(errs, errors.New("tune: the context is nil: use context.Background() if there is none"))
	}
	if len(s.samples) == 0 {
		errs = append(errs, ErrNoSamples)
	}
	for _, b := range append([]pl.Backend{pl.Sync}, s.backends...) {
		if err := pl.Map(b, s.f)(pl.Stage[A]{}).Err(); err != nil {
			errs = append(errs, fmt.Errorf("tune: %s: %w", b, err))
			if b == pl.Sync {
				break // the function is wrong, on any backend
			}
		}
	}
	return errors.Join(errs...)
}

// pilot measures sync, a few times if that takes no time: the shortest is the one that
// the machine disturbed least.
func (s *sweep[A, B]) pilot(ctx context.Context) (sample, error) {
	const times = 3
	best, err := s.try(ctx, s.first(), minTrial)
	for i := 1; i < times && err == nil && time.Since(s.start) < s.budget/20; i++ {
		var next sample
		if next, err = s.try(ctx, s.first(), minTrial); err == nil && next.inFunc < best.inFunc {
			best = next
		}
	}
	return best, err
}

// prepare measures sync, which warms up what there is to warm up, and plans the
// race by what it cost.
func (s *sweep[A, B]) prepare(ctx context.Context) error {
	s.tell(s.first().Setting, 0)
	pilot, err := s.pilot(ctx)
	if err != nil {
		return err
	}
	workers := s.workers
	if workers == nil {
		workers = s.ladder(pilot)
	}
	for _, c := range s.candidates(workers, mostProcesses*s.procs) {
		s.runners = append(s.runners, &runner{candidate: c})
	}
	return s.plan(pilot)
}

// try measures one candidate once.
func (s *sweep[A, B]) try(ctx context.Context, c candidate, d time.Duration) (sample, error) {
	got, err := newTrial(c, s.f, s.samples, d).run(ctx)
	if err == nil || ctx.Err() != nil {
		return got, err
	}
	failed := &TrialError{Setting: c.Setting, Sample: -1, Err: err}
	if at, ok := errors.AsType[*pl.StageError](err); ok && len(at.Index) > 0 {
		failed.Sample = at.Index[0] % len(s.samples)
	}
	return got, failed
}

// race measures all runners in rounds, each round in another order, so that a
// machine that is slower for a while is so for all of them, and stops those that are
// clearly worse.
func (s *sweep[A, B]) race(ctx context.Context) error {
	order := rand.New(rand.NewPCG(1, 2))
	for range s.planned {
		for _, i := range order.Perm(len(s.runners)) {
			r := s.runners[i]
			if r.stopped {
				continue
			}
			s.tell(r.Setting, s.left())
			got, err := s.try(ctx, r.candidate, s.trial)
			if err != nil {
				return err
			}
			r.samples = append(r.samples, got)
			s.done++
		}
		stopWorse(s.runners)
	}
	return nil
}

func (s *sweep[A, B]) tell(next Setting, left int) {
	if s.progress == nil {
		return
	}
	var rest time.Duration
	if s.done > 0 {
		rest = time.Duration(float64(time.Since(s.start)) * float64(left) / float64(s.done))
	}
	s.progress(Progress{Setting: next, Done: s.done, Total: s.done + left, Left: rest})
}

// left returns how many measurements remain if no runner is stopped any more.
func (s *sweep[A, B]) left() int {
	n := 0
	for _, r := range s.runners {
		if !r.stopped {
			n += s.planned - len(r.samples)
		}
	}
	return n
}

// complete reports whether every runner was measured often enough.
func (s *sweep[A, B]) complete() bool {
	for _, r := range s.runners {
		if len(r.samples) < minRounds {
			return false
		}
	}
	return len(s.runners) > 0
}

// report sums up what there is, or returns nil if a runner has nothing.
func (s *sweep[A, B]) report() *Report {
	if len(s.runners) == 0 {
		return nil
	}
	r := &Report{
		Func: path.Base(s.f.String()), Samples: len(s.samples), Processors: s.procs,
		Rounds: s.planned, Trial: s.trial, Elapsed: time.Since(s.start),
	}
	for _, x := range s.runners {
		if len(x.samples) == 0 {
			return nil
		}
		r.Results = append(r.Results, x.result(s.runners[0]))
	}
	_, others := s.meter.since()
	r.Others = others.Seconds() / r.Elapsed.Seconds()
	r.Fits = fits(r.Results, s.procs)
	r.Best = Recommend(r.Results, s.procs)
	return r
}

// result sums up the samples of a runner beside those of sync.
func (r *runner) result(sync *runner) Result {
	x := Result{Setting: r.Setting, Stopped: r.stopped}
	var speedups, cpu, latencies []float64
	x.InFunc = r.samples[0].inFunc
	for i, s := range r.samples {
		x.Rates = append(x.Rates, s.rate)
		if i < len(sync.samples) {
			speedups = append(speedups, s.rate/sync.samples[i].rate)
		}
		x.InFunc = min(x.InFunc, s.inFunc)
		cpu = append(cpu, s.cpu)
		latencies = append(latencies, s.latencies...)
		x.Items += s.items
		x.Memory.Process = max(x.Memory.Process, s.memory.Process)
		x.Memory.Workers = max(x.Memory.Workers, s.memory.Workers)
	}
	x.Rate, x.Speedup = spreadOf(x.Rates), spreadOf(speedups)
	x.CPU = quantile(cpu, 0.5)
	x.Latency = latencyOf(latencies)
	return x
}
