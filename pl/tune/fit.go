package tune

import (
	"math"
	"slices"
)

// A Fit says how the rate of a backend grows with its workers, by the Universal
// Scalability Law (Gunther, "Guerrilla Capacity Planning", Springer 2007, chapter 4):
//
//	rate(n) = n * rate(1) / (1 + σ(n-1) + κn(n-1))
//
// With κ = 0 it is Amdahl's law (AFIPS 1967), where σ is the part of the work that
// only one worker can do at a time; if there is one number of workers beside 1, it is
// that of Karp and Flatt (CACM 33(5), 1990).
//
// Numbers of workers above that of the processors are left out if the function
// computes: that they bring no more has another reason.
type Fit struct {
	Backend    string  `json:"backend"`
	MaxSize    int     `json:"max_size"`
	Points     int     `json:"points"`     // numbers of workers that it is made of, 1 included
	Contention float64 `json:"contention"` // σ
	Coherency  float64 `json:"coherency"`  // κ
	Error      float64 `json:"error"`      // the largest distance from a measured rate, as a part of it
}

// Limit returns the speed-up that any number of workers stays below: infinite
// without contention.
func (f Fit) Limit() float64 {
	if f.Coherency > 0 {
		return f.speedup(f.Peak())
	}
	return 1 / f.Contention
}

// Peak returns the number of workers beyond which more of them make it slower:
// infinite if there is none.
func (f Fit) Peak() float64 {
	if f.Coherency == 0 {
		return math.Inf(1)
	}
	return math.Sqrt(max(1, (1-f.Contention)/f.Coherency))
}

func (f Fit) speedup(n float64) float64 {
	return n / (1 + f.Contention*(n-1) + f.Coherency*n*(n-1))
}

// fits returns a Fit for each backend and length of the queue that has rates of more
// than one worker.
func fits(results []Result, procs int) []Fit {
	base := results[0]
	most := math.MaxInt
	if shareOf(results, base) > waits {
		most = procs
	}
	type line struct {
		backend string
		size    int
	}
	var lines []line
	for _, r := range results[1:] {
		if l := (line{r.Backend, r.MaxSize}); !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	var all []Fit
	for _, l := range lines {
		points := map[int]float64{1: base.Rate.Median}
		for _, r := range results[1:] {
			if r.Backend == l.backend && r.MaxSize == l.size && r.Workers <= most {
				points[r.Workers] = r.Rate.Median
			}
		}
		if len(points) > 1 {
			f := fit(points)
			f.Backend, f.MaxSize = l.backend, l.size
			all = append(all, f)
		}
	}
	return all
}

// fit makes a Fit of the rates by number of workers, with that of 1. It is the least
// squares of the relative errors of 1/rate, with neither parameter negative.
func fit(rates map[int]float64) Fit {
	var saa, sab, sbb, say, sby float64 // sums over a = n-1, b = n(n-1), y = n*rate(1)/rate(n) - 1
	for n, rate := range rates {
		ideal := float64(n) * rates[1]
		w := rate / ideal
		a, b, y := w*float64(n-1), w*float64(n)*float64(n-1), w*(ideal/rate-1)
		saa, sab, sbb, say, sby = saa+a*a, sab+a*b, sbb+b*b, say+a*y, sby+b*y
	}
	f := Fit{Points: len(rates), Contention: max(0, say/saa)}
	if det := saa*sbb - sab*sab; len(rates) > 2 && det > 1e-12*saa*sbb {
		sigma, kappa := (say*sbb-sby*sab)/det, (sby*saa-say*sab)/det
		switch {
		case kappa > 0 && sigma >= 0:
			f.Contention, f.Coherency = sigma, kappa
		case kappa > 0:
			f.Contention, f.Coherency = 0, max(0, sby/sbb)
		}
	}
	for n, rate := range rates {
		f.Error = max(f.Error, math.Abs(f.speedup(float64(n))*rates[1]/rate-1))
	}
	return f
}
