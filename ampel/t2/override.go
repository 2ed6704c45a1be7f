package t2

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/penstock/penstock/ampel"
)

// LinkOverride narrows the datapoints of a state: first those that Filter keeps,
// then in the order of Sort, then the slice.
type LinkOverride struct {
	// Filter is "detections", the points with an id above zero, "limits", those below
	// zero, or empty for all.
	Filter string `config:"filter"`
	// Sort is "id" or a field of the body, such as "jd"; points without it come last.
	// Empty keeps the order of the state.
	Sort string `config:"sort"`
	// Slice is "first", "last", or [start, stop, step] as in Python, where null leaves
	// a place open and negative numbers count from the end. Default: all.
	Slice Slice `config:"slice"`
}

// CheckConfig finds mistakes.
func (o *LinkOverride) CheckConfig() error {
	if !slices.Contains([]string{"", "detections", "limits"}, o.Filter) {
		return ampel.PathError("filter", fmt.Errorf("%q: there are detections and limits", o.Filter))
	}
	return nil
}

// Apply returns the ids of the points that are left.
func (o *LinkOverride) Apply(points []ampel.DataPoint) []int64 {
	var picked []ampel.DataPoint
	for _, p := range points {
		if o == nil || o.Filter == "" || (p.ID > 0) == (o.Filter == "detections") {
			picked = append(picked, p)
		}
	}
	if o != nil {
		o.order(picked)
		picked = o.Slice.of(picked)
	}
	ids := make([]int64, len(picked))
	for i, p := range picked {
		ids[i] = p.ID
	}
	return ids
}

func (o *LinkOverride) order(points []ampel.DataPoint) {
	switch o.Sort {
	case "":
	case "id":
		slices.SortStableFunc(points, func(a, b ampel.DataPoint) int { return cmp.Compare(a.ID, b.ID) })
	default:
		slices.SortStableFunc(points, func(a, b ampel.DataPoint) int {
			x, okX := a.Body.Get(o.Sort).Float()
			y, okY := b.Body.Get(o.Sort).Float()
			switch {
			case okX && okY:
				return cmp.Compare(x, y)
			case okX:
				return -1
			case okY:
				return 1
			}
			return 0
		})
	}
}

// Slice is a part of a list, as in Python. The zero Slice is all of it.
type Slice struct {
	start, stop, step *int64
}

// DecodeConfig reads "first", "last" or a list of up to three numbers or nulls.
func (s *Slice) DecodeConfig(v any) error {
	number := func(n int64) *int64 { return &n }
	switch v := v.(type) {
	case string:
		switch v {
		case "first":
			*s = Slice{stop: number(1)}
			return nil
		case "last":
			*s = Slice{start: number(-1)}
			return nil
		}
	case []any:
		if len(v) < 2 || len(v) > 3 {
			break
		}
		var out Slice
		for i, p := range []**int64{&out.start, &out.stop, &out.step}[:len(v)] {
			if err := ampel.Decode(v[i], p); err != nil {
				return ampel.PathError(fmt.Sprintf("[%d]", i), err)
			}
		}
		if out.step != nil && *out.step == 0 {
			return errors.New("a step of zero goes nowhere")
		}
		*s = out
		return nil
	}
	return errors.New("needs first, last or [start, stop, step]")
}

// EncodeConfig returns the slice as DecodeConfig reads it.
func (s Slice) EncodeConfig() any {
	if s == (Slice{}) {
		return nil
	}
	out := []any{nil, nil, nil}
	for i, p := range []*int64{s.start, s.stop, s.step} {
		if p != nil {
			out[i] = *p
		}
	}
	return out
}

// of applies the slice, by the rules of Python.
func (s Slice) of(points []ampel.DataPoint) []ampel.DataPoint {
	n, step := int64(len(points)), int64(1)
	if s.step != nil {
		step = *s.step
	}
	low, high := int64(0), n
	if step < 0 {
		low, high = -1, n-1
	}
	at := func(p *int64, open int64) int64 {
		if p == nil {
			return open
		}
		i := *p
		if i < 0 {
			i += n
		}
		return min(max(i, low), high)
	}
	start, stop := at(s.start, low), at(s.stop, high)
	if step < 0 {
		start, stop = at(s.start, high), at(s.stop, low)
	}
	var out []ampel.DataPoint
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		out = append(out, points[i])
	}
	return out
}
