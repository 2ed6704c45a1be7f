package raw

import (
	"bytes"
	"encoding/binary"
)

// Next splits the first element off the elements in body. ok is false at the
// end and at the first damaged element.
func Next(body []byte) (name []byte, v Value, rest []byte, ok bool) {
	if len(body) < 2 {
		return nil, Value{}, nil, false
	}
	end := bytes.IndexByte(body[1:], 0)
	if end < 0 {
		return nil, Value{}, nil, false
	}
	name = body[1 : 1+end]
	data := body[2+end:]
	n, ok := size(body[0], data)
	if !ok {
		return nil, Value{}, nil, false
	}
	return name, Value{body[0], data[:n:n]}, data[n:], true
}

// Field returns the first element called name, or a missing Value.
func Field(body []byte, name string) Value {
	for {
		key, v, rest, ok := Next(body)
		if !ok {
			return Value{}
		}
		if string(key) == name {
			return v
		}
		body = rest
	}
}

// Len counts the elements in body.
func Len(body []byte) int {
	n := 0
	for {
		_, _, rest, ok := Next(body)
		if !ok {
			return n
		}
		n++
		body = rest
	}
}

// size tells how many bytes a value of type t takes at the start of b.
func size(t byte, b []byte) (int, bool) {
	n := 0
	switch t {
	case Null, 0x06, 0x7F, 0xFF: // null, undefined, max key, min key
		n = 0
	case Bool:
		n = 1
	case Int32:
		n = 4
	case Double, Date, Int64, 0x11: // the last: timestamp
		n = 8
	case ObjectID:
		n = 12
	case 0x13: // decimal128
		n = 16
	case Object, Array, 0x0F: // the last: code with scope
		return framed(b, 0, 5)
	case String, 0x0D, 0x0E: // string, code, symbol
		return framed(b, 4, 5)
	case Binary:
		return framed(b, 5, 5)
	case 0x0C: // pointer
		return framed(b, 16, 17)
	case Regex:
		p := bytes.IndexByte(b, 0)
		if p < 0 {
			return 0, false
		}
		o := bytes.IndexByte(b[p+1:], 0)
		return p + o + 2, o >= 0
	default:
		return 0, false
	}
	return n, n <= len(b)
}

// framed reads a length in front of a value, adds extra bytes that the length
// does not count, and refuses a result below least or beyond b.
func framed(b []byte, extra, least int) (int, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n := int(int32(binary.LittleEndian.Uint32(b))) + extra
	return n, n >= least && n <= len(b)
}
