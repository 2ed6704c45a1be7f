package workload

import (
	"runtime"
	"time"
)

// A Spin makes functions that keep a processor busy for a given time, without
// allocating and without touching memory. Make one with [Calibrate].
type Spin struct {
	perMicro float64 // turns of the loop per microsecond
}

// Calibrate measures how fast this processor spins. It takes about 20 ms and takes
// the fastest of several trials, since what disturbs a trial can only slow it down.
func Calibrate() Spin {
	turns := 1000
	for clock(turns) < time.Millisecond {
		turns *= 2
	}
	best := clock(turns)
	for range 10 {
		best = min(best, clock(turns))
	}
	return Spin{perMicro: float64(turns) / (float64(best) / float64(time.Microsecond))}
}

// SpinAt returns a Spin that does as many turns per microsecond as another one, in
// another process; see [Spin.Speed].
func SpinAt(speed float64) Spin { return Spin{perMicro: speed} }

// Speed returns the turns per microsecond.
func (s Spin) Speed() float64 { return s.perMicro }

func clock(turns int) time.Duration {
	start := time.Now()
	runtime.KeepAlive(spin(turns, turns))
	return time.Since(start)
}

// Turns returns how often the loop turns in d, at least once.
func (s Spin) Turns(d time.Duration) int {
	return max(1, int(s.perMicro*float64(d)/float64(time.Microsecond)))
}

// Busy returns a function that takes d and whose result depends on all of its work.
func (s Spin) Busy(d time.Duration) func(int) int {
	turns := s.Turns(d)
	return func(x int) int { return spin(x, turns) }
}

// spin is a chain of operations that each need the result of the one before, so
// that neither the compiler nor the processor can shorten it.
//
//go:noinline
func spin(x, turns int) int {
	h := uint64(x)*2 + 1
	for range turns {
		h ^= h << 13
		h ^= h >> 7
		h ^= h << 17
	}
	return int(h >> 32)
}
