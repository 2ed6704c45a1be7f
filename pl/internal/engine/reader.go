package engine

// A Reader takes the values of a run out of its last stage.
type Reader[T any] struct {
	run    *Run
	in     *Inlet[T]
	buf    []Elem[T]
	filled int // of the buffer
	size   int // of the next batch
	done   int
}

// NewReader connects a reader to a run. It must be read to its end, or left.
func NewReader[T any](r *Run, connect func(*Inlet[T])) *Reader[T] {
	in := newInlet[T](r, Size{}, 1)
	in.qs[0].last = true
	connect(in)
	return &Reader[T]{run: r, in: in, size: 1}
}

// Batch returns the next values, or none at the end. They are valid until the
// next call.
func (rd *Reader[T]) Batch() []Elem[T] {
	for {
		clear(rd.buf[:rd.filled])
		rd.buf = roomFor(rd.buf, rd.size)
		n, _, ok := rd.in.qs[0].lease(rd.buf, rd.done)
		if !ok {
			giveBack(rd.buf)
			rd.buf, rd.filled = nil, 0
			rd.in.qs[0].end()
			return nil
		}
		rd.done, rd.filled = max(0, n-1), n
		rd.size = rd.in.more(n, len(rd.buf))
		if n > 0 {
			return rd.buf[:n]
		}
	}
}

// Canceled reports whether the parent context of the run has ended.
func (rd *Reader[T]) Canceled() bool { return rd.run.hush.Load() }

// AddSink connects a reader that drops everything.
func AddSink[T any](r *Run, connect func(*Inlet[T])) {
	in := newInlet[T](r, Size{}, 1)
	in.discard = true
	connect(in)
}
