package tune

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/penstock/penstock/pl"
)

// What a trial has to see at least, so that its numbers mean something.
const (
	minTurns    = 3     // items per worker
	maxPaced    = 5_000 // items whose latency is taken, beyond those that warm up
	pacedShare  = 4     // that part of the time of a trial is for latencies
	checkAbout  = 20 * time.Microsecond
	maxUnchecks = 256 // turns between two looks at the clock
)

// errEnough ends the run of a trial that has seen enough.
var errEnough = errors.New("tune: the trial is over")

// A sample is what one trial of one setting has measured.
type sample struct {
	rate      float64
	items     int64
	latencies []float64
	inFunc    time.Duration
	cpu       float64
	memory    Memory
}

// A trial is a run of the function at one setting. First it is paced: as many items
// are on their way as there are workers, which warms everything up and shows the
// latency. When those are back, the clock starts, and the queue is kept full.
type trial[A, B any] struct {
	c       candidate
	f       pl.Func[A, B]
	samples []A
	time    time.Duration

	stop    context.CancelCauseFunc
	monitor pl.Monitor
	tokens  chan struct{} // one for each item that may be on its way
	starts  []time.Time   // of the paced items
	took    []float64     // of those that count

	paced bool
	clock time.Time // when the queue was opened
	cpu   time.Duration
	n     int64 // items since then
	check int64 // at this number of items, look at the clock
	step  int64
	last  time.Time

	done   bool
	result sample
}

func newTrial[A, B any](c candidate, f pl.Func[A, B], samples []A, d time.Duration) *trial[A, B] {
	most := minTurns*c.Workers + maxPaced
	return &trial[A, B]{
		c: c, f: f, samples: samples, time: d,
		paced: true, tokens: make(chan struct{}, c.Workers), step: int64(c.Workers),
		starts: make([]time.Time, most), took: make([]float64, 0, most), // before memory is watched
	}
}

// pipeline is what is run: what a user would write, with a function at its end that
// counts.
func (t *trial[A, B]) pipeline() pl.Stage[pl.None] {
	return pl.Pipe2(pl.Generate(t.source),
		pl.Map(t.c.backend, t.f, t.c.Option()),
		pl.Each(pl.Sync, pl.Do(t.collect), pl.Name("count")))
}

// run returns what was measured. It takes longer than the time of the trial if the
// function is slow.
func (t *trial[A, B]) run(ctx context.Context) (sample, error) {
	runtime.GC() // what earlier trials left is not the cost of this one
	ctx, t.stop = context.WithCancelCause(ctx)
	defer t.stop(nil)
	memory := watchMemory(t.c.apart())
	children := childrenCPU()
	err := t.pipeline().Run(ctx, pl.Watch(&t.monitor))
	t.result.memory = memory()
	if !t.done {
		if err == nil {
			err = context.Cause(ctx)
		}
		return sample{}, err
	}
	end := t.monitor.Stages()[1]
	t.result.cpu += (childrenCPU() - children).Seconds() / float64(max(1, end.In))
	t.result.inFunc = max(t.result.inFunc, perCall(end.Time, end.In))
	return t.result, nil
}

// source emits the samples again and again.
func (t *trial[A, B]) source(ctx context.Context, emit func(A) bool) error {
	n := t.pace(ctx, emit)
	if ctx.Err() != nil {
		return nil
	}
	t.paced = false
	t.check = t.step
	t.cpu = ownCPU()
	t.clock = time.Now()
	t.last = t.clock
	for i := n; emit(t.samples[i%len(t.samples)]); i++ {
	}
	return nil
}

// pace emits an item for each that comes back, and returns how many there were when
// all of them are back.
func (t *trial[A, B]) pace(ctx context.Context, emit func(A) bool) int {
	workers := t.c.Workers
	for range workers {
		t.tokens <- struct{}{}
	}
	turn := func() bool {
		select {
		case <-t.tokens:
			return true
		case <-ctx.Done():
			return false
		}
	}
	end := time.Now().Add(t.time / pacedShare)
	n := 0
	for n < len(t.starts) && turn() {
		now := time.Now()
		if n >= minTurns*workers && now.After(end) {
			t.tokens <- struct{}{}
			break
		}
		t.starts[n] = now
		if !emit(t.samples[n%len(t.samples)]) {
			return 0
		}
		n++
	}
	for range workers {
		if !turn() {
			return 0
		}
	}
	return n
}

// collect is called for every result, one at a time.
func (t *trial[A, B]) collect(ctx context.Context, _ B) error {
	switch {
	case t.paced:
		info, _ := pl.FromContext(ctx)
		i := info.Index[0]
		if i >= t.c.Workers { // those before have warmed up
			t.took = append(t.took, float64(time.Since(t.starts[i])))
		}
		t.tokens <- struct{}{}
	case !t.done:
		if t.n++; t.n == t.check {
			t.look()
		}
	}
	return nil
}

// look ends the trial if it has seen enough. Items that wait come back in turns, as
// many as there are workers, so that only whole turns are counted. While items are
// fast, it looks less often.
func (t *trial[A, B]) look() {
	now := time.Now()
	workers := int64(t.c.Workers)
	if now.Sub(t.clock) >= t.time && t.n >= minTurns*workers {
		t.finish(now)
		return
	}
	switch since := now.Sub(t.last); {
	case since < checkAbout && t.step < maxUnchecks*workers:
		t.step *= 2
	case since > 10*checkAbout && t.step > workers:
		t.step /= 2
	}
	t.last = now
	t.check = t.n + t.step
}

func (t *trial[A, B]) finish(now time.Time) {
	s := t.monitor.Stages()[1]
	t.result = sample{
		rate:      float64(t.n) / now.Sub(t.clock).Seconds(),
		items:     t.n,
		latencies: t.took,
		inFunc:    perCall(s.Time, s.Out),
		cpu:       (ownCPU() - t.cpu).Seconds() / float64(t.n),
	}
	t.done = true
	t.stop(errEnough)
}

// perCall returns the mean time of a call. Both moments to ask for it have one that is
// too short: during the run, the time of the last calls is not there yet, and after it,
// calls were cut short by its end. The longer one is right.
func perCall(sum time.Duration, calls int64) time.Duration {
	return sum / time.Duration(max(1, calls))
}
