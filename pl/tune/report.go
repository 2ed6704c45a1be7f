package tune

import (
	"math"
	"slices"
	"time"
)

// A Report is what a sweep has measured. It can be stored as JSON.
type Report struct {
	Func       string        `json:"func"`
	Samples    int           `json:"samples"`
	Processors int           `json:"processors"` // GOMAXPROCS
	Rounds     int           `json:"rounds"`     // planned for each setting
	Trial      time.Duration `json:"trial_ns"`   // planned for each measurement
	Elapsed    time.Duration `json:"elapsed_ns"` // of the whole sweep
	// Others is how many processors other programs used meanwhile, on average, as far as
	// the system tells. The more there are, the less the numbers are worth.
	Others float64 `json:"others"`

	Results []Result       `json:"results"` // sync first, then in the order of the options
	Fits    []Fit          `json:"fits"`    // how each backend scales
	Best    Recommendation `json:"best"`
}

// A Result is what one setting did.
type Result struct {
	Setting

	Rate    Spread    `json:"rate"`    // items per second
	Rates   []float64 `json:"rates"`   // of each round
	Speedup Spread    `json:"speedup"` // Rate by that of sync in the same round

	// Latency is how long an item was on its way, from before it was handed to the
	// stage until its result was there, with as many items on their way as there are
	// workers: so with nothing waiting in the queue.
	Latency Latency `json:"latency"`
	// InFunc is the mean time of a call of the function, in the round in which it was
	// shortest: what else the machine does can only make it longer.
	InFunc time.Duration `json:"in_func_ns"`
	// CPU is the processor time per item in seconds, of this process and its worker
	// processes, whose start counts too. 0 means that the system does not tell.
	CPU float64 `json:"cpu_seconds"`
	// Memory is the most memory in use at any time.
	Memory Memory `json:"memory"`

	Items   int64 `json:"items"`   // that were counted, in all rounds
	Stopped bool  `json:"stopped"` // early, as clearly worse
}

// A Spread is the middle and the spread of some numbers.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// Latency sums up the latencies of single items.
type Latency struct {
	P50 time.Duration `json:"p50_ns"`
	P99 time.Duration `json:"p99_ns"`
	// Quantiles are the latencies that 0, 1, 2 up to 100 percent of the items did not
	// exceed.
	Quantiles []time.Duration `json:"quantiles_ns"`
}

// Memory is in bytes.
type Memory struct {
	// Process is what heap objects and stacks of this process took beyond what they
	// took before.
	Process uint64 `json:"process"`
	// Workers is the memory of all worker processes: what they do not share with
	// files. It is known on Linux, and 0 elsewhere.
	Workers uint64 `json:"workers"`
}

// Total returns the sum.
func (m Memory) Total() uint64 { return m.Process + m.Workers }

// spreadOf returns the spread of v, which is not empty.
func spreadOf(v []float64) Spread {
	return Spread{quantile(v, 0.5), slices.Min(v), slices.Max(v)}
}

// Noise returns half the distance from Min to Max, as a part of Median.
func (s Spread) Noise() float64 {
	if s.Median == 0 {
		return 0
	}
	return (s.Max - s.Min) / 2 / s.Median
}

// quantile interpolates between the two nearest values of v, which is not empty.
func quantile(v []float64, q float64) float64 {
	v = slices.Sorted(slices.Values(v))
	at := q * float64(len(v)-1)
	low := int(at)
	if low == len(v)-1 {
		return v[low]
	}
	part := at - math.Floor(at)
	return v[low]*(1-part) + v[low+1]*part
}

func latencyOf(v []float64) Latency {
	if len(v) == 0 {
		return Latency{}
	}
	slices.Sort(v)
	at := func(q float64) time.Duration { return time.Duration(v[int(math.Ceil(q*float64(len(v)-1)))]) }
	l := Latency{P50: at(0.5), P99: at(0.99)}
	for i := range 101 {
		l.Quantiles = append(l.Quantiles, at(float64(i)/100))
	}
	return l
}

// find returns the result of a setting, or nil.
func find(results []Result, s Setting) *Result {
	for i := range results {
		if results[i].Setting == s {
			return &results[i]
		}
	}
	return nil
}
