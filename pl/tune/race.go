package tune

import "slices"

// worse is the part of the leader's rate below which a setting is clearly worse.
const worse = 0.8

// stopWorse stops the runners that are clearly worse than the leader, the one with
// the highest median rate: those whose rate was below 0.8 of the leader's in every
// round, and in two at least.
//
// It is a race in the sense of Maron and Moore, "Hoeffding Races", NIPS 1993, with
// the rounds as blocks, as in Moore and Lee, "Efficient Algorithms for Minimizing
// Cross Validation Error", ICML 1994: what slows down a whole round does not change
// the ratios within it. Their bounds need more rounds than a sweep has; a rule about
// every round needs no assumption about how the noise is distributed.
func stopWorse(runners []*runner) {
	var leader *runner
	best := 0.0
	for _, r := range runners {
		if m := quantile(r.rates(), 0.5); !r.stopped && m > best {
			leader, best = r, m
		}
	}
	if leader == nil || len(leader.samples) < minRounds {
		return
	}
	for _, r := range runners {
		if slices.Max(ratios(r.rates(), leader.rates())) < worse {
			r.stopped = true
		}
	}
}

func (r *runner) rates() []float64 {
	v := make([]float64, len(r.samples))
	for i, s := range r.samples {
		v[i] = s.rate
	}
	return v
}

// ratios compares the rates of two settings round by round, as far as both have them.
func ratios(a, b []float64) []float64 {
	v := make([]float64, min(len(a), len(b)))
	for i := range v {
		v[i] = a[i] / b[i]
	}
	return v
}
