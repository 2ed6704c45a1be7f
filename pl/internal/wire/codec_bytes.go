package wire

import (
	"encoding/binary"
	"slices"
	"unsafe"
)

// steal reports whether data, the only value of a frame, should keep the frame's memory
// instead of getting a copy: when it is large, and the memory not much larger.
func steal(f *Frame, data []byte) bool {
	return len(data) >= 4<<10 && len(data) >= cap(f.Payload)/4*3
}

// bytesCodec sends the lengths of all values and then their bytes. Large ones go from
// the user's memory into the pipe and from the pipe into the memory that the other side's
// user gets: a copy into the kernel and one out of it, as many as copying the bytes through
// the pipe by hand. If there are large ones, zeros before and behind them align them. The
// length is one more than it is, zero for nil.
type bytesCodec struct{ stateless }

func (bytesCodec) encode(p *packet, vals [][]byte) error {
	large := false
	for _, v := range vals {
		p.buf = putLength(p.buf, len(v), v == nil)
		large = large || len(v) >= borrowFrom
	}
	if large {
		p.pad()
		defer p.pad()
	}
	for _, v := range vals {
		p.add(v)
	}
	return nil
}

func (bytesCodec) decode(f *Frame, from int, out [][]byte, n int) ([][]byte, []ItemError, error) {
	lengths, data, err := splitLengths[[]byte](f.Payload, from, n)
	if err != nil {
		return out, nil, err
	}
	if n == 1 && steal(f, data) {
		f.Payload = nil
		return append(out, slices.Clip(data)), nil, nil
	}
	out = slices.Grow(out, n)
	for range n {
		size, skip := binary.Uvarint(lengths)
		lengths = lengths[skip:]
		if size == 0 {
			out = append(out, nil)
			continue
		}
		out = append(out, append(make([]byte, 0, size-1), data[:size-1]...))
		data = data[size-1:]
	}
	return out, nil, nil
}

// stringCodec is bytesCodec for strings.
type stringCodec struct{ stateless }

func (stringCodec) encode(p *packet, vals []string) error {
	large := false
	for _, v := range vals {
		p.buf = putLength(p.buf, len(v), false)
		large = large || len(v) >= borrowFrom
	}
	if large {
		p.pad()
		defer p.pad()
	}
	for _, v := range vals {
		if len(v) < borrowFrom {
			p.buf = append(p.buf, v...)
		} else {
			p.add(unsafe.Slice(unsafe.StringData(v), len(v))) // is written, never changed
		}
	}
	return nil
}

func (stringCodec) decode(f *Frame, from int, out []string, n int) ([]string, []ItemError, error) {
	lengths, data, err := splitLengths[string](f.Payload, from, n)
	if err != nil {
		return out, nil, err
	}
	if n == 1 && steal(f, data) {
		f.Payload = nil // so nobody else can change data
		return append(out, unsafe.String(unsafe.SliceData(data), len(data))), nil, nil
	}
	out = slices.Grow(out, n)
	for range n {
		size, skip := binary.Uvarint(lengths)
		lengths = lengths[skip:]
		size = max(size, 1) - 1
		out = append(out, string(data[:size]))
		data = data[size:]
	}
	return out, nil, nil
}

func putLength(b []byte, n int, isNil bool) []byte {
	if isNil {
		return append(b, 0)
	}
	return binary.AppendUvarint(b, uint64(n)+1)
}

// splitLengths returns the part of payload[from:] with the n lengths and the part with the
// bytes, after it has checked that they match.
func splitLengths[T any](payload []byte, from, n int) (lengths, data []byte, err error) {
	all := payload[from:]
	rest, sum, large := all, uint64(0), false
	for range n {
		size, skip := binary.Uvarint(rest)
		if skip <= 0 || size > uint64(len(all)) {
			return nil, nil, sizeError[T](n, len(all))
		}
		rest = rest[skip:]
		size = max(size, 1) - 1
		sum += size
		large = large || size >= borrowFrom
	}
	lengths = all[:len(all)-len(rest)]
	before, after := 0, 0
	if large {
		before = padding(headerSize + from + len(lengths))
		after = padding(int(sum)) // what is before is aligned
	}
	if uint64(len(rest)) != uint64(before)+sum+uint64(after) {
		return nil, nil, sizeError[T](n, len(all))
	}
	return lengths, rest[before : len(rest)-after], nil
}
