package measure

import (
	"runtime/metrics"
	"time"
)

// watchMemory samples the memory in heap objects and stacks every millisecond until
// the function that it returns is called, which returns the highest sample beyond
// the first. Objects that are garbage but not yet swept count, as they do for the
// system.
func watchMemory() (stop func() uint64) {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
	}
	inUse := func() uint64 {
		metrics.Read(samples)
		return samples[0].Value.Uint64() + samples[1].Value.Uint64()
	}
	first := inUse()
	quit, result := make(chan struct{}), make(chan uint64)
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		peak := first
		for {
			peak = max(peak, inUse())
			select {
			case <-tick.C:
			case <-quit:
				// One more, for a run so short that the first look came after it.
				result <- max(peak, inUse()) - first
				return
			}
		}
	}()
	return func() uint64 {
		close(quit)
		return <-result
	}
}
