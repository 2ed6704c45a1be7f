package measure

import (
	"context"
	"runtime"
	"time"
)

// An Entry is one thing to measure.
type Entry struct {
	Name string
	// Run does it once. The value that it returns is kept in the sample, for what
	// Run measures itself, such as a latency; 0 if there is nothing.
	Run func(ctx context.Context) (value float64, err error)
}

// A Sample is what one run of an Entry cost.
type Sample struct {
	Wall   time.Duration
	Allocs uint64  // heap objects allocated by the whole process
	Bytes  uint64  // bytes of them
	Peak   uint64  // most memory in use beyond what was in use before, 0 unless asked for
	Value  float64 // what Run returned
}

// A Series holds the samples of one Entry, one per round.
type Series struct {
	Name    string
	Samples []Sample
}

// A Metric takes one quantity out of a sample.
type Metric func(Sample) float64

// Wall is the elapsed time in nanoseconds.
func Wall(s Sample) float64 { return float64(s.Wall) }

// Allocs is the number of heap objects.
func Allocs(s Sample) float64 { return float64(s.Allocs) }

// Bytes is the number of bytes allocated.
func Bytes(s Sample) float64 { return float64(s.Bytes) }

// Peak is the peak of the memory in use, in bytes.
func Peak(s Sample) float64 { return float64(s.Peak) }

// Value is what the run measured itself.
func Value(s Sample) float64 { return s.Value }

// Of returns the metric of all samples of s.
func (s Series) Of(m Metric) []float64 {
	v := make([]float64, len(s.Samples))
	for i, x := range s.Samples {
		v[i] = m(x)
	}
	return v
}

// take runs e once. The garbage of whoever ran before is collected first, so that it
// is nobody's cost.
func take(ctx context.Context, e Entry, o Options) (Sample, error) {
	runtime.GC()
	var peak func() uint64
	if o.Peak {
		runtime.GC() // a second time, for what finalizers and freed stacks left
		peak = watchMemory()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	value, err := bounded(ctx, e, o.Limit)
	wall := time.Since(start)
	runtime.ReadMemStats(&after)
	s := Sample{
		Wall:   wall,
		Allocs: after.Mallocs - before.Mallocs,
		Bytes:  after.TotalAlloc - before.TotalAlloc,
		Value:  value,
	}
	if peak != nil {
		s.Peak = peak()
	}
	return s, err
}
