package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"slices"
)

// gobCodec keeps one gob stream over all frames of a direction, so that type information
// is sent once; a frame's payload is the next piece of it. When a packet is thrown away,
// the stream starts anew and the next frame says so.
//
// A chunk is one gob value, a slice, unless single values could fail to be decoded because
// their type has code of its own or holds interfaces: then every value is one, and those
// after a bad one can still be read.
type gobCodec[T any] struct {
	single bool // a gob value per item
	maps   bool

	to    packetWriter
	enc   *gob.Encoder
	fresh bool

	from bytes.Reader
	dec  *gob.Decoder

	// scout decodes ahead of dec and throws everything away, for types with maps: gob makes
	// room for as many entries as the stream claims, before it sees them. A walk that
	// makes nothing finds out if they are there.
	look  bytes.Reader
	scout *gob.Decoder

	chunk   []T           // what is being encoded or decoded now
	chunkAt reflect.Value // chunk
	one     T
	oneAt   reflect.Value // one
}

// packetWriter is what the encoder writes to: the packet changes, the encoder stays.
type packetWriter struct{ *packet }

func newGobCodec[T any]() *gobCodec[T] {
	c := new(gobCodec[T])
	tr := traitsOf(reflect.TypeFor[T]())
	c.single, c.maps = tr.fragile, tr.maps
	c.chunkAt = reflect.ValueOf(&c.chunk)
	c.oneAt = reflect.ValueOf(&c.one)
	c.restart()
	return c
}

func (c *gobCodec[T]) restart() {
	c.enc, c.fresh = gob.NewEncoder(&c.to), true
}

func (c *gobCodec[T]) encode(p *packet, vals []T) (err error) {
	c.to.packet = p
	defer func() {
		c.to.packet = nil
		c.chunk, c.one = nil, *new(T)
		if err != nil {
			c.restart()
		}
	}()
	p.fresh, c.fresh = c.fresh, false
	if c.single {
		for i, v := range vals {
			c.one = v
			if err := c.encodeOne(); err != nil {
				return &ItemError{i, err}
			}
		}
		return nil
	}
	if len(vals) == 0 {
		return nil
	}
	c.chunk = vals
	if err := catch(func() error { return c.enc.EncodeValue(c.chunkAt) }); err != nil {
		return blame(vals, err)
	}
	return nil
}

// encodeOne encodes c.one. Code of the value's type may panic.
func (c *gobCodec[T]) encodeOne() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	return c.enc.EncodeValue(c.oneAt)
}

// blame finds the first value that cannot be encoded alone, with an encoder of its own.
func blame[T any](vals []T, err error) error {
	for i := range vals {
		one := vals[i : i+1]
		if err := catch(func() error { return gob.NewEncoder(io.Discard).Encode(one) }); err != nil {
			return &ItemError{i, err}
		}
	}
	return &ItemError{0, err}
}

func (c *gobCodec[T]) decode(f *Frame, from int, out []T, n int) (vals []T, bad []ItemError, err error) {
	if f.fresh || c.dec == nil {
		c.dec, c.scout = gob.NewDecoder(&c.from), gob.NewDecoder(&c.look)
	}
	b := f.Payload[from:]
	if err := tiled(b); err != nil {
		return out, nil, err
	}
	c.from.Reset(b)
	c.look.Reset(b)
	defer func() { c.chunk, c.one = nil, *new(T) }()
	if c.single {
		vals, bad, err = c.decodeSingle(out, n)
	} else if n > 0 {
		vals, err = c.decodeChunk(out, n)
	} else {
		vals = out
	}
	if err == nil && c.from.Len() > 0 {
		err = fmt.Errorf("%w: %d bytes are left behind %d values of type %v", ErrCorrupt, c.from.Len(), n, reflect.TypeFor[T]())
	}
	if err != nil {
		return out, nil, err
	}
	return vals, bad, nil
}

func (c *gobCodec[T]) decodeChunk(out []T, n int) ([]T, error) {
	// gob leaves out zero fields, so what was in the memory before would shine through.
	clear(out[:min(n, cap(out))])
	c.chunk = out
	err := catch(func() error {
		if c.maps {
			if err := c.scout.DecodeValue(reflect.Value{}); err != nil {
				return err
			}
		}
		return c.dec.DecodeValue(c.chunkAt)
	})
	if err == nil && len(c.chunk) != n {
		err = fmt.Errorf("%d values instead of %d", len(c.chunk), n)
	}
	if err != nil {
		return out, fmt.Errorf("%w: values of type %v: %w", ErrCorrupt, reflect.TypeFor[T](), err)
	}
	return c.chunk, nil
}

func (c *gobCodec[T]) decodeSingle(out []T, n int) (vals []T, bad []ItemError, err error) {
	if n > c.from.Len() {
		return out, nil, sizeError[T](n, c.from.Len())
	}
	for i := range n {
		if c.from.Len() == 0 {
			return out, nil, fmt.Errorf("%w: %d values of type %v instead of %d", ErrCorrupt, i, reflect.TypeFor[T](), n)
		}
		c.one = *new(T)
		if err := c.decodeOne(); err != nil {
			bad = append(bad, ItemError{i, err})
			c.one = *new(T)
		}
		out = append(out, c.one)
	}
	return out, bad, nil
}

func (c *gobCodec[T]) decodeOne() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	if c.maps {
		if err := c.scout.DecodeValue(reflect.Value{}); err != nil {
			_ = c.dec.DecodeValue(reflect.Value{}) // stay in step
			return err
		}
	}
	return c.dec.DecodeValue(c.oneAt)
}

// tiled checks that b consists of whole gob messages: gob allocates up to 10 MiB for one
// before it finds that it is cut.
func tiled(b []byte) error {
	for rest := b; len(rest) > 0; {
		n, skip := uint64(rest[0]), 1
		if n > 0x7f { // minus the number of bytes that follow, big endian
			skip += -int(int8(rest[0]))
			if skip > 9 || skip > len(rest) {
				return fmt.Errorf("%w: the length of a gob message is cut or damaged", ErrCorrupt)
			}
			var big [8]byte
			copy(big[9-skip:], rest[1:skip])
			n = binary.BigEndian.Uint64(big[:])
		}
		rest = rest[skip:]
		if n > uint64(len(rest)) {
			return fmt.Errorf("%w: a gob message of %d bytes where %d are left", ErrCorrupt, n, len(rest))
		}
		rest = rest[n:]
	}
	return nil
}

// catch calls f and makes an error of its panic.
func catch(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	return f()
}

func panicked(r any) error {
	if err, ok := r.(error); ok {
		return fmt.Errorf("panic: %w\n%s", err, debug.Stack())
	}
	return fmt.Errorf("panic: %v\n%s", r, debug.Stack())
}

// Marshal encodes one value by itself, such as the bound argument of a job.
func Marshal[T any](v T) ([]byte, error) {
	var p packet
	p.reset(KindJob)
	if err := newCodec[T]().encode(&p, []T{v}); err != nil {
		return nil, errors.Unwrap(err)
	}
	return p.bytes(), nil
}

// Unmarshal decodes what Marshal encoded.
func Unmarshal[T any](data []byte) (v T, err error) {
	f := Frame{Header: Header{fresh: true}, Payload: slices.Clone(data)}
	vals, bad, err := newCodec[T]().decode(&f, 0, nil, 1)
	switch {
	case err != nil:
		return v, err
	case len(bad) > 0:
		return v, bad[0].Err
	}
	return vals[0], nil
}
