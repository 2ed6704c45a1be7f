package page

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A scale maps values to places.
type scale struct {
	low, high float64 // values
	from, to  float64 // places
	log       bool
}

func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		v, low, high = math.Log(v), math.Log(low), math.Log(high)
	}
	if high == low {
		return s.from
	}
	return s.from + (v-low)/(high-low)*(s.to-s.from)
}

// wide is from which quotient of largest and smallest value on a scale is logarithmic.
const wide = 20

// valueScale returns a scale for values that are all positive, with room above.
func valueScale(low, high, from, to float64) scale {
	if low <= 0 || high/low < wide {
		step := niceStep(high)
		return scale{0, math.Ceil(high*1.02/step) * step, from, to, false}
	}
	return scale{roundBelow(low), roundAbove(high * 1.02), from, to, true}
}

// roundBelow returns the largest of 1, 2, 5, 10, 20 and so on that is not above v.
func roundBelow(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	best := power
	for _, f := range []float64{2, 5} {
		if f*power <= v {
			best = f * power
		}
	}
	return best
}

// roundAbove returns the smallest of them that is not below v.
func roundAbove(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if f*power >= v {
			return f * power
		}
	}
	return 10 * power
}

func niceStep(high float64) float64 {
	if high <= 0 {
		return 1
	}
	raw := high / 4
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, f := range []float64{1, 2, 2.5, 5} {
		if f*power >= raw {
			return f * power
		}
	}
	return 10 * power
}

// ticks returns the values to write at the scale.
func (s scale) ticks() []float64 {
	var t []float64
	if !s.log {
		step := niceStep(s.high)
		for v := 0.0; v <= s.high*1.0001; v += step {
			t = append(t, v)
		}
		return t
	}
	few := s.high/s.low <= 100
	for power := math.Pow(10, math.Floor(math.Log10(s.low))); power <= s.high*1.0001; power *= 10 {
		for _, f := range []float64{1, 2, 5} {
			v := f * power
			if v < s.low*0.9999 || v > s.high*1.0001 || !few && f != 1 {
				continue
			}
			t = append(t, v)
		}
	}
	return t
}

// short writes a number in few characters: 250, 1.5k, 12M.
func short(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= unit.size {
			return digits(v/unit.size) + unit.name
		}
	}
	return digits(v)
}

// digits writes three digits that count.
func digits(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// nanos writes a number of nanoseconds as a time in few characters.
func nanos(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if v >= 0.9995*unit.size {
			return digits(v/unit.size) + unit.name
		}
	}
	return digits(v) + "ns"
}

// whole writes a whole number with commas.
func whole(v float64) string {
	text := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// trail writes points as those of a path.
func trail(points [][2]float64) string {
	var b strings.Builder
	for i, p := range points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", command, p[0], p[1])
	}
	return b.String()
}
