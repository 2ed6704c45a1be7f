package measure

import (
	"math"
	"slices"
)

// A Summary is the middle and the spread of some numbers.
type Summary struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// Summarize returns the Summary of v; that of no numbers is of NaNs.
func Summarize(v []float64) Summary {
	if len(v) == 0 {
		return Summary{math.NaN(), math.NaN(), math.NaN()}
	}
	return Summary{Quantile(v, 0.5), slices.Min(v), slices.Max(v)}
}

// Scale returns s with its numbers multiplied by f, which must not be negative.
func (s Summary) Scale(f float64) Summary {
	return Summary{s.Median * f, s.Min * f, s.Max * f}
}

// Quantile returns the value below which a part q, from 0 to 1, of v lies, and
// interpolates between the two nearest. It does not change v. That of no numbers is
// NaN.
func Quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	v = slices.Sorted(slices.Values(v))
	at := min(max(q, 0), 1) * float64(len(v)-1)
	low := int(at)
	if low == len(v)-1 {
		return v[low]
	}
	part := at - float64(low)
	return v[low]*(1-part) + v[low+1]*part
}

// Ratio compares a with b round by round and returns the Summary of the quotients.
// Rounds that only one of them has do not count.
func Ratio(a, b Series, m Metric) Summary {
	n := min(len(a.Samples), len(b.Samples))
	v := make([]float64, n)
	for i := range n {
		v[i] = m(a.Samples[i]) / m(b.Samples[i])
	}
	return Summarize(v)
}
