package tune

import (
	"sync"
	"time"

	"github.com/penstock/penstock/pl"
)

// lookEvery is how often a Recorder looks at a run.
const lookEvery = 50 * time.Millisecond

// A Recorder watches a run through its Monitor. Make one with [Record]. Its methods
// are safe for concurrent use.
type Recorder struct {
	monitor *pl.Monitor
	quit    chan struct{}
	done    chan struct{}
	stop    func()

	mu      sync.Mutex
	start   time.Time
	meter   meter
	waiting []float64 // sums, by stage
	looks   int
	verdict Verdict // once stopped
	stopped bool
}

// Record returns a Recorder of the run that m shows, or will show when it starts. It
// looks at it 20 times per second, in a goroutine that ends with [Recorder.Stop], which
// must be called. The time until then counts as that of the run: start it right
// before the run, and stop it right after.
func Record(m *pl.Monitor) *Recorder {
	r := &Recorder{monitor: m, quit: make(chan struct{}), done: make(chan struct{}), start: time.Now(), meter: newMeter()}
	r.stop = sync.OnceFunc(func() { close(r.quit) })
	go r.watch()
	return r
}

func (r *Recorder) watch() {
	defer close(r.done)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			r.look(r.monitor.Stages())
		case <-r.quit:
			return
		}
	}
}

// look adds what waits now. Of several runs the latest counts.
func (r *Recorder) look(stages []pl.StageStats) {
	if len(stages) == 0 {
		return // not started yet
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) != len(stages) {
		r.waiting, r.looks = make([]float64, len(stages)), 0
	}
	r.looks++
	for i, s := range stages {
		r.waiting[i] += float64(s.Waiting)
	}
}

// Verdict returns the verdict about the run so far, or of the whole run after Stop.
func (r *Recorder) Verdict() Verdict {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return r.verdict
	}
	var waiting []float64
	for _, sum := range r.waiting {
		waiting = append(waiting, sum/float64(r.looks))
	}
	o := Observation{Stages: r.monitor.Stages(), Waiting: waiting, Wall: time.Since(r.start)}
	o.CPU, o.Others = r.meter.since()
	return Diagnose(o)
}

// Stop ends the Recorder, waits for its goroutine, and returns the verdict about the
// time until then. Later calls return the same.
func (r *Recorder) Stop() Verdict {
	r.stop()
	<-r.done
	v := r.Verdict()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		r.verdict, r.stopped = v, true
	}
	return r.verdict
}
