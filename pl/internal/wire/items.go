package wire

import (
	"errors"
	"fmt"
)

// A Tag is what a worker must know of an item beside its value.
type Tag struct {
	Index   []int // of the item in the source, then in the results of each flat map
	Attempt int   // 0 for the first try
}

// An ItemWriter sends chunks of items to a worker. It is for one goroutine at a time.
type ItemWriter[A any] struct {
	w     *Writer
	codec codec[A]
	p     packet
}

// NewItemWriter returns the ItemWriter of the connection behind w. There can be only one,
// since type information is sent once.
func NewItemWriter[A any](w *Writer) *ItemWriter[A] {
	return &ItemWriter[A]{w: w, codec: newCodec[A]()}
}

// Write sends vals, whose tags are in tags, and returns the bytes that it took. The
// worker will answer them in this order. A chunk that exceeds the frame limit is sent as
// several frames.
//
// If a value cannot be sent, the error is an [ItemError] with its position, and sent says
// how many of the values before it are on their way already (none, unless the chunk was
// cut up for its size): take the value out and call Write again with the rest. Any other
// error means that the connection is broken.
//
// Large strings and byte slices are written from where they are; vals may be reused when
// Write has returned.
func (iw *ItemWriter[A]) Write(vals []A, tags []Tag) (sent, bytes int, err error) {
	if len(vals) != len(tags) {
		return 0, 0, fmt.Errorf("wire: write items: %d values and %d tags", len(vals), len(tags))
	}
	if len(vals) == 0 {
		return 0, 0, nil
	}
	iw.p.reset(KindItems)
	iw.p.Items = len(vals)
	iw.p.buf = putTags(iw.p.buf, tags)
	err = iw.codec.encode(&iw.p, vals)
	if err == nil {
		if err = iw.w.fits(&iw.p); err != nil {
			iw.codec.restart()
			return iw.halves(vals, tags, err)
		}
		if err = iw.w.send(&iw.p); err == nil {
			return len(vals), headerSize + iw.p.Bytes, nil
		}
	}
	return 0, 0, err
}

// halves sends a chunk that is too large in two.
func (iw *ItemWriter[A]) halves(vals []A, tags []Tag, tooLarge error) (sent, bytes int, err error) {
	if len(vals) == 1 {
		return 0, 0, &ItemError{0, tooLarge}
	}
	for _, half := range [2][2]int{{0, len(vals) / 2}, {len(vals) / 2, len(vals)}} {
		n, b, err := iw.Write(vals[half[0]:half[1]], tags[half[0]:half[1]])
		sent, bytes = sent+n, bytes+b
		if bad, ok := errors.AsType[*ItemError](err); ok {
			bad.Item += half[0]
		}
		if err != nil {
			return sent, bytes, err
		}
	}
	return sent, bytes, nil
}

// A Chunk is what an [ItemReader] read. It is reused: values may be kept, but Tags, their
// indices and the slices themselves are overwritten by the next Read.
type Chunk[A any] struct {
	Values []A         // zero where decoding failed
	Tags   []Tag       // as many as Values
	Bad    []ItemError // the values that could not be decoded, in order

	path []int // memory of all indices
}

// An ItemReader decodes what an [ItemWriter] sent. It is for one goroutine at a time.
type ItemReader[A any] struct {
	codec codec[A]
}

// NewItemReader returns the ItemReader of a connection; there can be only one.
func NewItemReader[A any]() *ItemReader[A] { return &ItemReader[A]{codec: newCodec[A]()} }

// Decode decodes a frame of KindItems into c. It may keep the payload for the values; the
// frame can be reused.
func (ir *ItemReader[A]) Decode(f *Frame, c *Chunk[A]) error {
	clear(c.Values)
	c.Values = c.Values[:0]
	rest, err := c.readTags(f.Payload, f.Items)
	if err != nil {
		return err
	}
	c.Values, c.Bad, err = ir.codec.decode(f, len(f.Payload)-len(rest), c.Values, f.Items)
	return err
}
