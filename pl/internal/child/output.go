package child

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
)

// maxLine is where a line without an end is broken.
const maxLine = 64 << 10

// An Output takes the printed lines of many workers. It is safe for concurrent use.
type Output struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

// Err returns why output has been dropped since some moment, or nil.
func (o *Output) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

func (o *Output) write(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil || len(b) == 0 {
		return
	}
	defer func() {
		if r := recover(); r != nil {
			o.err = fmt.Errorf("child: write output of workers: panic: %v", r)
		}
	}()
	w := o.w
	if w == nil {
		w = os.Stderr
	}
	_, o.err = w.Write(b)
}

// lines passes on what one worker prints to one descriptor.
type lines struct {
	prefix string
	out    *Output
	tail   *tail // nil for standard output

	part []byte // a line whose end has not come
	buf  []byte
}

// copy reads until the end of r, or until its deadline passes.
func (l *lines) copy(r io.Reader) {
	in := make([]byte, 8<<10)
	for {
		n, err := r.Read(in)
		if l.tail != nil {
			l.tail.write(in[:n])
		}
		l.add(in[:n])
		if err != nil {
			l.end()
			return
		}
	}
}

// add passes on the lines that b completes, in one write.
func (l *lines) add(b []byte) {
	l.buf = l.buf[:0]
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			l.part = append(l.part, b...)
			if len(l.part) >= maxLine {
				l.line(nil)
			}
			break
		}
		l.line(b[:i])
		b = b[i+1:]
	}
	l.out.write(l.buf)
}

// line appends the line that ends with b.
func (l *lines) line(b []byte) {
	l.buf = append(l.buf, l.prefix...)
	l.buf = append(l.buf, l.part...)
	l.buf = append(l.buf, b...)
	l.buf = append(l.buf, '\n')
	l.part = l.part[:0]
}

// end passes on a last line that has no end.
func (l *lines) end() {
	if len(l.part) > 0 {
		l.add([]byte("\n"))
	}
}

// tail keeps the last bytes written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	keep int
	buf  []byte
	cut  bool
}

func (t *tail) write(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if len(t.buf) > 2*t.keep { // not at every write, so that a byte is moved once
		t.shorten()
	}
}

func (t *tail) shorten() {
	if drop := len(t.buf) - t.keep; drop > 0 {
		t.buf = append(t.buf[:0], t.buf[drop:]...)
		t.cut = true
	}
}

// String returns what is kept, from the start of a line if something was dropped.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shorten()
	b := t.buf
	if i := bytes.IndexByte(b, '\n'); t.cut && i >= 0 && i+1 < len(b) {
		b = b[i+1:]
	}
	return string(b)
}
