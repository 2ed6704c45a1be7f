package tune

import (
	"fmt"
	"slices"
	"time"
)

// The bounds of a plan.
const (
	minTrial  = 20 * time.Millisecond // shorter ones measure the scheduler
	maxTrial  = 500 * time.Millisecond
	minRounds = 2
	reserve   = 0.8 // that part of the budget is planned for
)

// computing returns which part of the time in the function a processor was used, from
// 0 to 1. Where the system does not tell, it is 1.
func computing(cpu float64, inFunc time.Duration) float64 {
	if cpu <= 0 || inFunc <= 0 {
		return 1
	}
	return min(1, cpu/inFunc.Seconds())
}

// ladder returns the numbers of workers to try with a function that cost what the
// pilot did.
func (s *sweep[A, B]) ladder(pilot sample) []int {
	if computing(pilot.cpu, pilot.inFunc) < waits {
		return []int{1, 4, 16, 64, 256, 1024}
	}
	steps := []int{s.procs}
	for n := 1; n <= 2*s.procs; n *= 2 {
		steps = append(steps, n)
	}
	return distinct(steps)
}

// plan chooses the time of a trial, and the number of rounds, so that the race fits
// into what is left of the budget.
func (s *sweep[A, B]) plan(pilot sample) error {
	left := time.Duration(reserve * float64(s.budget-time.Since(s.start)))
	busy := computing(pilot.cpu, pilot.inFunc)
	round := func(trial time.Duration) (sum time.Duration) {
		for _, r := range s.runners {
			sum += s.expect(r.candidate, pilot, busy, trial)
		}
		return sum
	}
	s.planned = s.rounds
	s.trial = maxTrial
	for s.trial > minTrial && time.Duration(s.planned)*round(s.trial) > left {
		s.trial = max(minTrial, s.trial*9/10)
	}
	for s.planned > minRounds && time.Duration(s.planned)*round(s.trial) > left {
		s.planned--
	}
	if need := time.Duration(s.planned) * round(s.trial); need > left {
		slowest := slices.MaxFunc(s.runners, func(a, b *runner) int {
			return int(s.expect(a.candidate, pilot, busy, minTrial) - s.expect(b.candidate, pilot, busy, minTrial))
		})
		total := (time.Duration(float64(need)/reserve) + time.Since(s.start)).Round(time.Second) + time.Second // rounded up
		return fmt.Errorf("%w: a call takes %v, so that %d settings, %d rounds, need about %v of Budget(%v), most of it %s: give more, or fewer settings",
			ErrBudget, pilot.inFunc.Round(time.Microsecond), len(s.runners), s.planned, total, s.budget, slowest.Setting)
	}
	return nil
}

// expect returns about how long a trial takes: its time, and longer if that is not
// enough for some turns of all workers.
func (s *sweep[A, B]) expect(c candidate, pilot sample, busy float64, trial time.Duration) time.Duration {
	call := float64(pilot.inFunc)
	turn := max(call, call*busy*float64(c.Workers)/float64(s.procs)) // computing takes turns on the processors
	paced := max(float64(trial)/pacedShare, (minTurns+1)*turn)
	full := max(float64(trial), minTurns*turn)
	start := 0.0
	if c.apart() {
		start = float64(startCost) * (1 + float64(c.Workers)/float64(s.procs))
	}
	return time.Duration(paced+full+start) + time.Millisecond
}

const (
	startCost     = 15 * time.Millisecond // about what a worker process adds to a trial
	mostProcesses = 8                     // per processor, unless asked for
)
