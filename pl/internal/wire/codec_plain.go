package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// stateless is embedded by codecs without type information.
type stateless struct{}

func (stateless) restart() {}

// sizeError is the error of a payload that does not have the bytes of n values.
func sizeError[T any](n, have int) error {
	var v T
	return fmt.Errorf("%w: %d bytes are not %d values of type %T", ErrCorrupt, have, n, v)
}

// noneCodec is for values without content.
type noneCodec struct{ stateless }

func (noneCodec) encode(*packet, []struct{}) error { return nil }

func (noneCodec) decode(f *Frame, from int, out []struct{}, n int) ([]struct{}, []ItemError, error) {
	if len(f.Payload) != from {
		return out, nil, sizeError[struct{}](n, len(f.Payload)-from)
	}
	return slices.Grow(out, n)[:n], nil, nil
}

// boolCodec takes a byte per value.
type boolCodec struct{ stateless }

func (boolCodec) encode(p *packet, vals []bool) error {
	for _, v := range vals {
		p.buf = fields(p.buf).bool(v)
	}
	return nil
}

func (boolCodec) decode(f *Frame, from int, out []bool, n int) ([]bool, []ItemError, error) {
	b := f.Payload[from:]
	if len(b) != n {
		return out, nil, sizeError[bool](n, len(b))
	}
	out = slices.Grow(out, n)
	for _, v := range b {
		out = append(out, v != 0)
	}
	return out, nil, nil
}

// intCodec takes 8 bytes per value, on every platform.
type intCodec[T int | int32 | int64 | uint32 | uint64] struct{ stateless }

func (intCodec[T]) encode(p *packet, vals []T) error {
	at := len(p.buf)
	p.buf = slices.Grow(p.buf, 8*len(vals))[:at+8*len(vals)]
	b := p.buf[at:]
	for i, v := range vals {
		binary.LittleEndian.PutUint64(b[8*i:], uint64(v))
	}
	return nil
}

func (intCodec[T]) decode(f *Frame, from int, out []T, n int) ([]T, []ItemError, error) {
	b := f.Payload[from:]
	if len(b)%8 != 0 || len(b)/8 != n {
		return out, nil, sizeError[T](n, len(b))
	}
	out = slices.Grow(out, n)[:n]
	for i := range out {
		u := binary.LittleEndian.Uint64(b[8*i:])
		if out[i] = T(u); uint64(out[i]) != u {
			return out[:0], nil, fmt.Errorf("%w: %d does not fit into %T", ErrCorrupt, u, out[i])
		}
	}
	return out, nil, nil
}

// floatCodec keeps every bit, those of NaNs too.
type floatCodec struct{ stateless }

func (floatCodec) encode(p *packet, vals []float64) error {
	for _, v := range vals {
		p.buf = binary.LittleEndian.AppendUint64(p.buf, math.Float64bits(v))
	}
	return nil
}

func (floatCodec) decode(f *Frame, from int, out []float64, n int) ([]float64, []ItemError, error) {
	b := f.Payload[from:]
	if len(b)%8 != 0 || len(b)/8 != n {
		return out, nil, sizeError[float64](n, len(b))
	}
	out = slices.Grow(out, n)
	for ; len(b) > 0; b = b[8:] {
		out = append(out, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return out, nil, nil
}
