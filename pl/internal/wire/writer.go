package wire

import (
	"fmt"
	"io"
	"sync"
)

// borrowFrom is the size from which bytes are written from where they are, with a write of
// their own, instead of being copied next to the header. A write costs about as much as
// copying some ten KiB.
const borrowFrom = 32 << 10

// A Writer writes frames. It is safe for concurrent use: a cancellation may be sent while
// another goroutine sends items.
type Writer struct {
	mu    sync.Mutex
	w     io.Writer
	limit int
	err   error
}

// NewWriter returns a Writer of frames whose payloads have at most limit bytes;
// [DefaultLimit] if limit is 0. The reader's limit must be as large.
func NewWriter(w io.Writer, limit int) *Writer {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Writer{w: w, limit: limit}
}

// A packet is a frame that is being put together: bytes of its own, the first of which
// will be the header, and between them bytes that belong to values and are not copied.
type packet struct {
	Header
	buf  []byte
	cuts []borrowed
	size int // bytes of all borrowed
}

type borrowed struct {
	at   int // the borrowed bytes come before buf[at]
	data []byte
}

// reset empties p and leaves room for the header.
func (p *packet) reset(k Kind) {
	clear(p.cuts)
	if cap(p.buf) > maxKept {
		p.buf = nil
	}
	if p.buf == nil {
		p.buf = make([]byte, headerSize, 1024)
	}
	*p = packet{Header: Header{Kind: k}, buf: p.buf[:headerSize], cuts: p.cuts[:0]}
}

// add appends data, which must not change until p is sent.
func (p *packet) add(data []byte) {
	if len(data) < borrowFrom {
		p.buf = append(p.buf, data...)
		return
	}
	p.cuts = append(p.cuts, borrowed{len(p.buf), data})
	p.size += len(data)
}

// align is what borrowed bytes are aligned to within the frame, and the frame in the memory
// that a Reader puts it into: the kernel copies several times slower between places that
// differ in the last bits of their addresses.
const align = 64

// pad appends zeros until the frame is a multiple of align.
func (p *packet) pad() {
	var zeros [align]byte
	p.buf = append(p.buf, zeros[:padding(len(p.buf)+p.size)]...)
}

func padding(n int) int { return -n & (align - 1) }

// bytes returns a copy of the payload.
func (p *packet) bytes() []byte {
	b, from := make([]byte, 0, p.payload()), headerSize
	for _, c := range p.cuts {
		b = append(append(b, p.buf[from:c.at]...), c.data...)
		from = c.at
	}
	return append(b, p.buf[from:]...)
}

// Write appends a copy of data: gob encoders write here.
func (p *packet) Write(data []byte) (int, error) {
	p.buf = append(p.buf, data...)
	return len(data), nil
}

// payload returns the number of bytes behind the header.
func (p *packet) payload() int { return len(p.buf) - headerSize + p.size }

// fits reports whether w can send p.
func (w *Writer) fits(p *packet) error {
	if n := p.payload(); n > w.limit {
		return fmt.Errorf("%w: %v: %d bytes, the limit is %d", ErrTooLarge, p.Kind, n, w.limit)
	}
	return nil
}

// send writes p. After an error nothing more is written: the frame may be half out.
func (w *Writer) send(p *packet) error {
	if err := w.fits(p); err != nil {
		return err
	}
	p.Bytes = p.payload()
	p.Header.put(p.buf)
	w.mu.Lock()
	defer w.mu.Unlock()
	from := 0
	for _, c := range p.cuts {
		w.write(p.Kind, p.buf[from:c.at])
		w.write(p.Kind, c.data)
		from = c.at
	}
	w.write(p.Kind, p.buf[from:])
	clear(p.cuts) // they hold on to the values
	return w.err
}

func (w *Writer) write(k Kind, b []byte) {
	if w.err != nil || len(b) == 0 {
		return
	}
	if _, err := w.w.Write(b); err != nil {
		w.err = fmt.Errorf("wire: write %v: %w", k, err)
	}
}

// sendFields sends a message made of fields.
func (w *Writer) sendFields(k Kind, put func(b fields) fields) error {
	var p packet
	p.reset(k)
	p.buf = put(p.buf)
	return w.send(&p)
}
