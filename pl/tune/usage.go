package tune

import (
	"runtime/metrics"
	"time"
)

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
