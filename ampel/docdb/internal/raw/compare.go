package raw

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
)

// Class ranks the types in the order in which MongoDB sorts values of
// different types. Values of one class compare with each other, so all
// numbers share one.
func Class(t byte) int {
	switch t {
	case Missing:
		return 0
	case Null:
		return 5
	case Double, Int32, Int64:
		return 10
	case String:
		return 15
	case Object:
		return 20
	case Array:
		return 25
	case Binary:
		return 30
	case ObjectID:
		return 35
	case Bool:
		return 40
	case Date:
		return 45
	case Regex:
		return 50
	}
	return 60
}

// Compare orders any two values: by class, then by value. NaN equals itself
// and sorts before all numbers, -0 equals 0, and an integer compares with a
// double exactly, without rounding it first.
func Compare(a, b Value) int {
	if c := cmp.Compare(Class(a.T), Class(b.T)); c != 0 {
		return c
	}
	switch a.T {
	case Double, Int32, Int64:
		return compareNumbers(a, b)
	case String:
		return bytes.Compare(a.Str(), b.Str())
	case Object:
		return compareElements(a.Body(), b.Body(), true)
	case Array:
		return compareElements(a.Body(), b.Body(), false)
	case Binary:
		return compareBinary(a.D, b.D)
	case Date:
		return cmp.Compare(dateOf(a), dateOf(b))
	}
	return bytes.Compare(a.D, b.D)
}

// Equal is Compare(a, b) == 0.
func Equal(a, b Value) bool { return Compare(a, b) == 0 }

// compareElements goes through two documents side by side. In documents the
// class of a value counts before its name and the name before the value; in
// arrays names are positions and do not count.
func compareElements(a, b []byte, names bool) int {
	for {
		an, av, arest, aok := Next(a)
		bn, bv, brest, bok := Next(b)
		switch {
		case !aok && !bok:
			return 0
		case !aok:
			return -1
		case !bok:
			return 1
		}
		if names {
			if c := cmp.Compare(Class(av.T), Class(bv.T)); c != 0 {
				return c
			}
			if c := bytes.Compare(an, bn); c != 0 {
				return c
			}
		}
		if c := Compare(av, bv); c != 0 {
			return c
		}
		a, b = arest, brest
	}
}

func compareNumbers(a, b Value) int {
	ai, aInt := a.Int64()
	bi, bInt := b.Int64()
	switch {
	case aInt && bInt:
		return cmp.Compare(ai, bi)
	case aInt:
		bf, _ := b.Float64()
		return -compareFloatInt(bf, ai)
	case bInt:
		af, _ := a.Float64()
		return compareFloatInt(af, bi)
	}
	af, _ := a.Float64()
	bf, _ := b.Float64()
	return cmp.Compare(af, bf)
}

// compareFloatInt compares without converting the integer, which above 2^53
// would make different integers equal to one double.
func compareFloatInt(f float64, i int64) int {
	switch {
	case math.IsNaN(f) || f < -(1<<63):
		return -1
	case f >= 1<<63:
		return 1
	}
	whole := math.Trunc(f)
	if c := cmp.Compare(int64(whole), i); c != 0 {
		return c
	}
	return cmp.Compare(f, whole)
}

// compareBinary: the length first, then the subtype, then the bytes.
func compareBinary(a, b []byte) int {
	if len(a) < 5 || len(b) < 5 {
		return cmp.Compare(len(a), len(b))
	}
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return bytes.Compare(a[4:], b[4:])
}

func dateOf(v Value) int64 {
	if len(v.D) < 8 {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(v.D))
}
