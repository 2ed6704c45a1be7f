package tune

import (
	"runtime/metrics"
	"time"
)

// A meter tells how much processor time passes.
type meter struct {
	start           time.Time
	program, others time.Duration
}

func newMeter() meter {
	own := totalCPU()
	return meter{time.Now(), own, machineCPU() - own}
}

// since returns the processor time of this program, with its children that have ended,
// and that of others, as far as the system tells.
func (m meter) since() (program, others time.Duration) {
	now := newMeter()
	if others = now.others - m.others; machineCPU() == 0 {
		others = 0
	}
	return now.program - m.program, max(0, others)
}

// totalCPU returns the processor time of this process and of its children that have
// ended.
func totalCPU() time.Duration { return ownCPU() + childrenCPU() }

// memoryTick is how often memory is looked at.
const memoryTick = 10 * time.Millisecond

// watchMemory looks at the memory in use again and again, until the function that it
// returns is called, which returns the most that was seen. Only with children does it
// look at child processes, since finding them takes a while.
func watchMemory(children bool) (stop func() Memory) {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
	}
	inUse := func() uint64 {
		metrics.Read(samples)
		return samples[0].Value.Uint64() + samples[1].Value.Uint64()
	}
	first := inUse()
	var peak Memory
	look := func() {
		if now := inUse(); now > first {
			peak.Process = max(peak.Process, now-first)
		}
		if children {
			peak.Workers = max(peak.Workers, childrenMemory())
		}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(memoryTick)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				look()
			case <-quit:
				look() // once more, for a run that was over before the first look
				return
			}
		}
	}()
	return func() Memory {
		close(quit)
		<-done
		return peak
	}
}
