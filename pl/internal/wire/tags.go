package wire

import (
	"encoding/binary"
	"fmt"
)

// Tags take two bytes per item in the usual case, an index of one number that follows the
// one before, first attempt: length of the index and whether an attempt follows, the
// attempt, and each number as its difference from the one at the same place in the item
// before.

func putTags(b []byte, tags []Tag) []byte {
	var last []int
	for _, t := range tags {
		head := uint64(len(t.Index)) << 1
		if t.Attempt != 0 {
			b = binary.AppendUvarint(b, head|1)
			b = binary.AppendUvarint(b, uint64(t.Attempt))
		} else {
			b = binary.AppendUvarint(b, head)
		}
		for i, v := range t.Index {
			if i < len(last) {
				v -= last[i]
			}
			b = binary.AppendVarint(b, int64(v))
		}
		last = t.Index
	}
	return b
}

// readTags reads n tags from b into c and returns what is behind them.
func (c *Chunk[A]) readTags(b []byte, n int) (rest []byte, err error) {
	c.Tags, c.path = c.Tags[:0], c.path[:0]
	s := scanner{what: KindItems, b: b}
	last, lastLen := 0, 0 // where the index of the item before is in c.path
	for i := range n {
		head := s.uint("tag")
		attempt := 0
		if head&1 != 0 {
			attempt = int(s.uint("attempt"))
		}
		if head>>1 > uint64(len(s.b)) {
			s.fail("index")
		}
		if s.err != nil || attempt < 0 {
			return nil, fmt.Errorf("%w: tag %d of %d: %v", ErrCorrupt, i, n, s.err)
		}
		at, length := len(c.path), int(head>>1)
		for j := range length {
			v := int(s.int("index"))
			if j < lastLen {
				v += c.path[last+j]
			}
			c.path = append(c.path, v)
		}
		if s.err != nil {
			return nil, s.err
		}
		last, lastLen = at, length
		c.Tags = append(c.Tags, Tag{Attempt: attempt})
		c.Tags[i].Index = c.path[at : at+length : at+length]
	}
	// The memory of the indices may have moved while it grew.
	at := 0
	for i := range c.Tags {
		length := len(c.Tags[i].Index)
		c.Tags[i].Index = c.path[at : at+length : at+length]
		at += length
	}
	return s.b, nil
}
