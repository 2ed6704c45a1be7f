package docdb

import (
	"math"
	"regexp"
	"slices"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// inTest: the value equals one of a list, which is sorted. Equality is a list
// of one. A missing value counts as null.
type inTest struct{ values []raw.Value }

func (t inTest) Test(v raw.Value) bool {
	if !v.Is() {
		v = raw.NullValue()
	}
	if len(t.values) == 1 {
		return raw.Equal(v, t.values[0])
	}
	_, found := slices.BinarySearchFunc(t.values, v, raw.Compare)
	return found
}

// orderTest: less or greater, among values of one class only. A document
// without the field is never less than 5.
type orderTest struct {
	op    string
	bound raw.Value
}

func (t orderTest) Test(v raw.Value) bool {
	if !v.Is() {
		v = raw.NullValue()
	}
	if raw.Class(v.T) != raw.Class(t.bound.T) {
		return false
	}
	c := raw.Compare(v, t.bound)
	if c == 0 {
		return t.op == "$lte" || t.op == "$gte"
	}
	// Not a number is neither less nor greater than any number, although it
	// sorts first.
	if isNaN(v) || isNaN(t.bound) {
		return false
	}
	return (c < 0) == (t.op == "$lt" || t.op == "$lte")
}

func isNaN(v raw.Value) bool {
	f, ok := v.Float64()
	return ok && math.IsNaN(f)
}

// existsTest: the path leads to a value, be it null.
type existsTest struct{}

func (existsTest) Test(v raw.Value) bool { return v.Is() }

// sizeTest: an array of so many elements.
type sizeTest struct{ n int }

func (t sizeTest) Test(v raw.Value) bool {
	return v.T == raw.Array && raw.Len(v.Body()) == t.n
}

// regexTest: a text in which the pattern is found.
type regexTest struct{ re *regexp.Regexp }

func (t regexTest) Test(v raw.Value) bool { return v.T == raw.String && t.re.Match(v.Str()) }

// bitsTest: an integer in which the bits at all positions are set, or bytes in
// which they are, counted from the first byte's lowest.
type bitsTest struct{ positions []int }

func (t bitsTest) Test(v raw.Value) bool {
	if v.T == raw.Binary {
		if len(v.D) < 5 {
			return false
		}
		data := v.D[5:]
		for _, p := range t.positions {
			if p/8 >= len(data) || data[p/8]>>(p%8)&1 == 0 {
				return false
			}
		}
		return true
	}
	n, ok := v.Integer()
	if !ok {
		return false
	}
	for _, p := range t.positions {
		// A position beyond the number is its sign.
		if n>>min(p, 63)&1 == 0 {
			return false
		}
	}
	return true
}

// elemDocTest: an array with an element that is a document which matches.
type elemDocTest struct{ of node }

func (t elemDocTest) Test(v raw.Value) bool {
	if v.T != raw.Array {
		return false
	}
	body := v.Body()
	for {
		_, e, rest, ok := raw.Next(body)
		if !ok {
			return false
		}
		if (e.T == raw.Object || e.T == raw.Array) && t.of.onDoc(e.Body()) {
			return true
		}
		body = rest
	}
}

// elemTest: an array with an element that fulfils all conditions by itself.
type elemTest struct{ of cond }

func (t elemTest) Test(v raw.Value) bool {
	if v.T != raw.Array {
		return false
	}
	body := v.Body()
	for {
		_, e, rest, ok := raw.Next(body)
		if !ok {
			return false
		}
		if t.of.Test(e) {
			return true
		}
		body = rest
	}
}

// neverTest is $all of an empty list.
type neverTest struct{}

func (neverTest) Test(raw.Value) bool { return false }
