package raw

import (
	"encoding/binary"
	"strconv"
)

// AppendElement appends one element to a document that is being built.
func AppendElement(dst []byte, name string, v Value) []byte {
	dst = append(dst, v.T)
	dst = append(dst, name...)
	dst = append(dst, 0)
	return append(dst, v.D...)
}

// Begin starts a document or array at the end of dst; End closes what began
// at start.
func Begin(dst []byte) (grown []byte, start int) {
	return append(dst, 0, 0, 0, 0), len(dst)
}

// End closes the document that Begin started.
func End(dst []byte, start int) []byte {
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

// ArrayOf builds an array value.
func ArrayOf(vs []Value) Value {
	n := 5
	for _, v := range vs {
		n += len(v.D) + 8
	}
	dst, start := Begin(make([]byte, 0, n))
	for i, v := range vs {
		dst = AppendElement(dst, Itoa(i), v)
	}
	return Value{Array, End(dst, start)}
}

// Elements lists the values of an array or object.
func Elements(v Value) []Value {
	body := v.Body()
	out := make([]Value, 0, Len(body))
	for {
		_, e, rest, ok := Next(body)
		if !ok {
			return out
		}
		out = append(out, e)
		body = rest
	}
}

// Itoa is strconv.Itoa, which does not allocate below 100.
func Itoa(i int) string { return strconv.Itoa(i) }
