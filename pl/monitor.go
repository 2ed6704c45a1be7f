package pl

import (
	"sync"
	"time"

	"github.com/penstock/penstock/pl/internal/engine"
)

// A Monitor shows a run while it is going on, and after. The zero Monitor is ready
// to use. Its methods are safe for concurrent use. Of several runs it shows the
// latest; it costs nothing per item.
type Monitor struct {
	_   [0]func()
	mu  sync.Mutex
	run *engine.Run
	err error
}

func (m *Monitor) watch(r *engine.Run, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.run, m.err = r, err
}

// Stages returns the current numbers of all stages, sources first. Merge, Join and
// Buffer, which only connect stages, have none. There are no numbers before the run.
func (m *Monitor) Stages() []StageStats {
	m.mu.Lock()
	r := m.run
	m.mu.Unlock()
	if r == nil {
		return nil
	}
	var all []StageStats
	for _, s := range r.Stats() {
		all = append(all, StageStats{
			Name:      s.Name,
			Backend:   s.Backend,
			Workers:   s.Workers,
			Busy:      int(s.Busy.Load()),
			Waiting:   s.Waiting(),
			MaxSize:   s.MaxSize(),
			In:        s.In.Load(),
			Out:       s.Out.Load(),
			Dropped:   s.Dropped.Load(),
			Retries:   s.Retries.Load(),
			Timeouts:  s.Timeouts.Load(),
			Abandoned: s.Abandoned.Load(),
			Restarts:  s.Restarts.Load(),
			Time:      s.Time(),
		})
	}
	return all
}

// Err returns the error that the run ended with, including errors of OnDone after
// the loop over [Stage.All] was left early.
func (m *Monitor) Err() error {
	m.mu.Lock()
	r, err := m.run, m.err
	m.mu.Unlock()
	if r == nil {
		return err
	}
	return r.Err()
}

// StageStats are the numbers of one stage.
type StageStats struct {
	Name    string
	Backend string // empty for sources, and for operators without workers

	Workers int // configured
	Busy    int // in a function now
	Waiting int // values in the queue now
	MaxSize int // 0 means no limit

	In        int64 // values taken
	Out       int64 // values emitted
	Dropped   int64 // by Skip or OnError
	Retries   int64
	Timeouts  int64
	Abandoned int64 // goroutines that outlived their timeout
	Restarts  int64 // workers replaced

	Time time.Duration // spent in the function, over all workers
}
