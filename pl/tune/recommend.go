package tune

import (
	"cmp"
	"slices"
	"time"
)

// A Kind says what limits a function.
type Kind string

// The kinds.
const (
	TooCheap  Kind = "too cheap" // handing an item over costs more than the work
	CPUBound  Kind = "CPU-bound" // it computes most of the time
	Waiting   Kind = "waiting"   // it waits most of the time
	Mixed     Kind = "mixed"     // it does both
	Contended Kind = "contended" // workers hinder each other, or share something
)

// A Recommendation is the setting to use, and why.
type Recommendation struct {
	Setting
	Kind      Kind    `json:"kind"`
	Computing float64 `json:"computing"` // the part of the time in the function that needs a processor
	Speedup   float64 `json:"speedup"`   // over sync
	Noise     float64 `json:"noise"`     // settings that differ by less are taken for equal
	Growing   bool    `json:"growing"`   // more workers than were tried may bring more
	Reason    string  `json:"reason"`    // whole sentences
}

const (
	waits       = 0.3  // a function that computes for a smaller part of its time waits
	computes    = 0.7  // one that computes for a larger part is CPU-bound
	minNoise    = 0.05 // no difference below that is believed
	maxNoise    = 0.15 // and none above is ignored, however noisy
	cheap       = 10   // handing over matters if the function takes less than that many times as long
	mostHanding = 5e-7 // seconds: if it seems to take longer, the machine was busy
	shares      = 0.5  // of the speed-up that is possible: below that something is shared
	growsBy     = 1.1  // by so much the last step to more workers has to help to suggest another
	fullUsage   = 0.8  // of the processors
)

// Recommend chooses among results, which [Sweep] has measured on procs processors. It
// depends on nothing else. The results must have one of sync.
//
// Of the settings that are as fast as the fastest within noise, it takes the one with
// the fewest workers, then that of the simplest backend, then that with the shortest
// queue. A function for which a plain loop would be faster than any setting gets
// sync. Noise is half the spread of the fastest, at least 5 and at most 15 percent.
func Recommend(results []Result, procs int) Recommendation {
	base := results[0]
	for _, r := range results {
		if r.Backend == onSync {
			base = r
		}
	}
	fastest := slices.MaxFunc(results, func(a, b Result) int { return cmp.Compare(a.Rate.Median, b.Rate.Median) })
	best := Recommendation{
		Computing: shareOf(results, base),
		Noise:     min(max(fastest.Rate.Noise(), minNoise), maxNoise),
	}
	best.Kind = kindOf(results, base, best.Computing, procs)
	chosen := base
	if best.Kind != TooCheap {
		chosen = smallest(results, fastest, best)
	}
	best.Setting, best.Speedup = chosen.Setting, chosen.Speedup.Median
	best.Growing = growing(results, chosen, best.Computing, procs)
	best.Reason = reason(results, base, chosen, best, procs)
	return best
}

// shareOf returns which part of the time in the function needs a processor. While there
// is little to do, the runtime spends time on looking for work; so it is the least
// processor time of any setting in this process that counts.
func shareOf(results []Result, base Result) float64 {
	cpu := base.CPU
	for _, r := range results {
		if r.Memory.Workers == 0 && r.Backend != "process" && r.CPU > 0 {
			cpu = min(cpu, r.CPU)
		}
	}
	return computing(cpu, base.InFunc)
}

// kindOf tells what limits the function.
func kindOf(results []Result, base Result, share float64, procs int) Kind {
	rate, workers, speedup := base.Rate.Median, 1, 1.0
	for _, r := range results {
		rate = max(rate, r.Rate.Median)
		workers = max(workers, r.Workers)
		speedup = max(speedup, r.Speedup.Median)
	}
	call := base.InFunc.Seconds()
	handing := min(1/base.Rate.Max-call, mostHanding)
	// What is possible: one more for each worker, until the processors are full.
	possible := min(float64(workers), float64(procs)/max(share, 1e-9))
	switch {
	case rate*call <= 1 && call < cheap*handing:
		return TooCheap
	case possible > 1.5 && speedup-1 < shares*(possible-1):
		return Contended
	case share < waits:
		return Waiting
	case share > computes:
		return CPUBound
	default:
		return Mixed
	}
}

// smallest returns the smallest setting that is as fast as the fastest within noise.
func smallest(results []Result, fastest Result, best Recommendation) Result {
	equal := slices.DeleteFunc(slices.Clone(results), func(r Result) bool {
		return quantile(ratios(r.Rates, fastest.Rates), 0.5) < 1-best.Noise
	})
	return slices.MinFunc(equal, func(a, b Result) int {
		return cmp.Or(
			cmp.Compare(min(1, rank(a.Backend, best.Computing)), min(1, rank(b.Backend, best.Computing))), // sync first
			cmp.Compare(a.Workers, b.Workers),
			cmp.Compare(rank(a.Backend, best.Computing), rank(b.Backend, best.Computing)),
			cmp.Compare(a.MaxSize, b.MaxSize),
		)
	})
}

// rank orders backends by how simple they are for a function that computes for a share
// of its time. For one that waits, task has a goroutine only while it is needed.
func rank(backend string, share float64) int {
	order := []string{onSync, "thread", "task", "process"}
	if share <= computes {
		order = []string{onSync, "task", "thread", "process"}
	}
	if i := slices.Index(order, backend); i >= 0 {
		return i
	}
	return len(order)
}

// growing reports whether the last step to more workers on the backend of the chosen
// setting still helped, and the processors are not full.
func growing(results []Result, chosen Result, share float64, procs int) bool {
	full := share*chosen.Speedup.Median > fullUsage*float64(procs) || share > waits && chosen.Workers >= procs
	if chosen.Backend == onSync || full {
		return false
	}
	before := Result{}
	for _, r := range results {
		if r.Backend != chosen.Backend || r.MaxSize != chosen.MaxSize {
			continue
		}
		if r.Workers > chosen.Workers {
			return false // it was not the largest number
		}
		if r.Workers > before.Workers && r.Workers < chosen.Workers {
			before = r
		}
	}
	return before.Workers > 0 && chosen.Rate.Median > growsBy*before.Rate.Median
}

// inFlight returns how many items are on their way at a rate and a latency.
func inFlight(rate float64, latency time.Duration) float64 { return rate * latency.Seconds() }
