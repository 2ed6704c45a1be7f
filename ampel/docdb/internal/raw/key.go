package raw

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// The first byte of a key is the class of its value, so that keys of one
// class lie together. UndefinedKey is what an empty array leaves in an index.
const UndefinedKey = byte(2)

// AppendKey appends a key for v whose bytes sort as Compare does: equal
// values, and only those, have equal keys. Keys can be concatenated, no key is
// the beginning of another.
func AppendKey(dst []byte, v Value) []byte {
	if v.T == Missing {
		v.T = Null // an index does not tell them apart, as in MongoDB
	}
	dst = append(dst, byte(Class(v.T)))
	switch v.T {
	case Double, Int32, Int64:
		return appendNumber(dst, v)
	case String:
		return appendText(dst, v.Str())
	case Object, Array:
		return appendNested(dst, v)
	case Binary:
		dst = binary.BigEndian.AppendUint32(dst, uint32(max(0, len(v.D)-5)))
		return append(dst, v.D[min(4, len(v.D)):]...)
	case Date:
		return binary.BigEndian.AppendUint64(dst, uint64(dateOf(v))^1<<63)
	}
	return append(dst, v.D...) // object id and boolean: a fixed number of bytes
}

// AppendUndefined appends the key of an empty array.
func AppendUndefined(dst []byte) []byte { return append(dst, UndefinedKey) }

// ClassRange returns the keys between which all values of v's class lie.
func ClassRange(v Value) (from, to []byte) {
	c := byte(Class(v.T))
	return []byte{c}, []byte{c + 1}
}

// appendNumber: the double next to the number on the side of zero, and what
// is missing to the exact number. Only integers beyond 2^53 miss something.
func appendNumber(dst []byte, v Value) []byte {
	var f float64
	var missing int64
	if i, ok := v.Int64(); ok {
		cut := i
		if i > 1<<53 || i < -(1<<53) {
			cut = towardsZero(i)
		}
		f, missing = float64(cut), i-cut
	} else {
		f, _ = v.Float64()
	}
	sortable := math.Float64bits(f)
	switch {
	case math.IsNaN(f):
		sortable = 0 // below -Inf, whose bits invert to more than zero
	case f == 0:
		sortable = 1 << 63 // -0 is 0
	case sortable>>63 == 1:
		sortable = ^sortable
	default:
		sortable |= 1 << 63
	}
	dst = binary.BigEndian.AppendUint64(dst, sortable)
	return binary.BigEndian.AppendUint16(dst, uint16(missing+1<<15))
}

// towardsZero clears the bits of i that a double has no room for.
func towardsZero(i int64) int64 {
	u := uint64(i)
	if i < 0 {
		u = -u
	}
	if drop := bits.Len64(u) - 53; drop > 0 {
		u = u >> drop << drop
	}
	if i < 0 {
		return -int64(u)
	}
	return int64(u)
}

// appendText escapes zero bytes, so that the two that end the text come
// before anything that a longer text could have there.
func appendText(dst, s []byte) []byte {
	for _, c := range s {
		dst = append(dst, c)
		if c == 0 {
			dst = append(dst, 0xFF)
		}
	}
	return append(dst, 0, 0)
}

// appendNested follows compareElements: class, name (in documents), value.
func appendNested(dst []byte, v Value) []byte {
	body := v.Body()
	for {
		name, e, rest, ok := Next(body)
		if !ok {
			return append(dst, 0) // below every class: the shorter one is less
		}
		if v.T == Object {
			dst = append(dst, byte(Class(e.T)))
			dst = appendText(dst, name)
		}
		dst = AppendKey(dst, e)
		body = rest
	}
}
