package engine

import (
	"sync/atomic"
	"time"
)

// Stats are the live numbers of one stage. Workers add to them once per lease.
type Stats struct {
	Name    string
	Backend string
	Workers int

	In        atomic.Int64
	Out       atomic.Int64
	Dropped   atomic.Int64
	Retries   atomic.Int64
	Timeouts  atomic.Int64
	Abandoned atomic.Int64
	Restarts  atomic.Int64
	Busy      atomic.Int64
	Nanos     atomic.Int64

	queue interface {
		waiting() int
		limit() int
	}
}

// Waiting returns how many items wait in front of the stage.
func (s *Stats) Waiting() int {
	if s.queue == nil {
		return 0
	}
	return s.queue.waiting()
}

// MaxSize returns how many items may wait there; 0 means no limit, and also no queue.
func (s *Stats) MaxSize() int {
	if s.queue == nil {
		return 0
	}
	return max(0, s.queue.limit())
}

// Time returns the time spent in the function, over all workers.
func (s *Stats) Time() time.Duration { return time.Duration(s.Nanos.Load()) }
