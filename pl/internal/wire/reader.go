package wire

import (
	"errors"
	"fmt"
	"io"
)

// DefaultLimit is the largest payload of a frame in bytes, unless a Reader or Writer is
// given another limit.
const DefaultLimit = 1 << 30

// readAhead is the size of a Reader's buffer; payloads beyond it are read in place.
const readAhead = 64 << 10

// firstStep is how many bytes a Reader allocates on the word of a header alone. From there
// on a payload grows as its bytes arrive, to at most twice what has come.
const firstStep = 2 << 20

// maxKept is the largest payload buffer that a Frame keeps for the next payload.
const maxKept = 4 << 20

// A Frame is one message. It can be reused: the payload's memory is then overwritten.
type Frame struct {
	Header
	Payload []byte

	Returned bool // by [Inbox.TakeBack]: its items are not the worker's any more
}

// A Reader reads frames. It is for one goroutine at a time.
type Reader struct {
	r          io.Reader
	limit      int
	buf        []byte
	start, end int // what buf holds
	err        error
}

// NewReader returns a Reader of frames whose payloads have at most limit bytes;
// [DefaultLimit] if limit is 0.
func NewReader(r io.Reader, limit int) *Reader {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Reader{r: r, limit: limit}
}

// Read reads the next frame into f. It returns io.EOF if the connection ended between two
// frames, and otherwise an error that says what was wrong; such an error is final.
//
// It allocates at most 2 MiB, or as much again as has arrived, before the bytes are there.
func (r *Reader) Read(f *Frame) error {
	if r.err == nil {
		r.err = r.read(f)
	}
	return r.err
}

func (r *Reader) read(f *Frame) error {
	if r.buf == nil {
		r.buf = make([]byte, readAhead)
	}
	for r.end-r.start < headerSize {
		if err := r.fill(); err != nil {
			if have := r.end - r.start; have > 0 {
				return cut(err, "in its header, %d of %d bytes came", have, headerSize)
			}
			return err
		}
	}
	h, err := parseHeader(r.buf[r.start:r.start+headerSize], r.limit)
	if err != nil {
		return err
	}
	r.start += headerSize
	f.Header = h
	return r.payload(f)
}

// payload reads f.Bytes bytes, the start of which may be in the buffer already.
func (r *Reader) payload(f *Frame) error {
	want, p := f.Bytes, f.Payload[:0]
	if cap(p) > maxKept && want < cap(p)/4 {
		p = nil
	}
	if cap(p) < want {
		p = room(min(want, max(firstStep, 2*(r.end-r.start))))
	}
	for len(p) < want {
		if len(p) == cap(p) {
			p = append(room(min(want, 2*cap(p))), p...)
		}
		part := p[len(p):min(want, cap(p))]
		var n int
		var err error
		switch {
		case r.start < r.end:
			n = copy(part, r.buf[r.start:r.end])
			r.start += n
		case want-len(p) >= readAhead:
			n, err = r.r.Read(part)
		default:
			err = r.fill()
		}
		p = p[:len(p)+n]
		if err != nil && len(p) < want {
			f.Payload = nil
			return cut(err, "in the payload of %v, %d of %d bytes came", f.Kind, len(p), want)
		}
	}
	f.Payload = p
	return nil
}

// room returns memory for a payload of n bytes, which lies in it as if the header were
// before it; see align.
func room(n int) []byte { return make([]byte, headerSize+n)[headerSize:headerSize] }

// fill reads once into the free part of the buffer.
func (r *Reader) fill() error {
	if r.start == r.end {
		r.start, r.end = 0, 0
	} else if r.end == len(r.buf) {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	for range 100 {
		n, err := r.r.Read(r.buf[r.end:])
		r.end += n
		if n > 0 {
			return nil // an error beside data comes again
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// cut makes the error of a frame that ended early. Errors other than the end of the
// connection, such as a deadline, are passed on.
func cut(err error, format string, args ...any) error {
	where := fmt.Sprintf(format, args...)
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %s: the other side ended while it was writing: %w", ErrCut, where, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("wire: read a frame: %s: %w", where, err)
}
