package wire

import (
	"encoding/binary"
	"fmt"
)

// fields is a message of strings and numbers, written by the putX methods and read in the
// same order by a scanner. Messages are short and rare, so what counts is that hostile
// ones do no harm, and that a field can be added at the end without a new protocol number.
type fields []byte

func (b fields) uint(v uint64) fields { return binary.AppendUvarint(b, v) }
func (b fields) int(v int64) fields   { return binary.AppendVarint(b, v) }

func (b fields) bool(v bool) fields {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func (b fields) string(s string) fields { return append(b.uint(uint64(len(s))), s...) }

func (b fields) bytes(s []byte) fields { return append(b.uint(uint64(len(s))), s...) }

func (b fields) strings(list []string) fields {
	b = b.uint(uint64(len(list)))
	for _, s := range list {
		b = b.string(s)
	}
	return b
}

// A scanner reads fields. After the first error all reads give zero values, so that only
// the last read needs a check. It never allocates more than the bytes it has.
type scanner struct {
	what Kind // for messages
	b    []byte
	err  error
}

func (s *scanner) fail(field string) {
	if s.err == nil {
		s.err = fmt.Errorf("%w: %v: field %s does not fit into the %d bytes left", ErrCorrupt, s.what, field, len(s.b))
	}
	s.b = nil
}

func (s *scanner) uint(field string) uint64 {
	v, n := binary.Uvarint(s.b)
	if n <= 0 {
		s.fail(field)
		return 0
	}
	s.b = s.b[n:]
	return v
}

func (s *scanner) int(field string) int64 {
	v, n := binary.Varint(s.b)
	if n <= 0 {
		s.fail(field)
		return 0
	}
	s.b = s.b[n:]
	return v
}

func (s *scanner) bool(field string) bool { return s.uint(field) != 0 }

// length reads the number of things of at least size bytes each that follow.
func (s *scanner) length(field string, size int) int {
	n := s.uint(field)
	if n > uint64(len(s.b)/size) {
		s.fail(field)
		return 0
	}
	return int(n)
}

// view returns bytes that lie in the message.
func (s *scanner) view(field string) []byte {
	n := s.length(field, 1)
	v := s.b[:n:n]
	s.b = s.b[n:]
	return v
}

func (s *scanner) string(field string) string { return string(s.view(field)) }

func (s *scanner) bytes(field string) []byte {
	v := s.view(field)
	if len(v) == 0 {
		return nil
	}
	return append([]byte(nil), v...)
}

func (s *scanner) strings(field string) []string {
	n := s.length(field, 1)
	if n == 0 {
		return nil
	}
	// A string in a list takes 16 times the byte that announces it, so the list grows
	// with what is found instead of on the word of its length.
	list := make([]string, 0, min(n, 64))
	for range n {
		list = append(list, s.string(field))
		if s.err != nil {
			return nil
		}
	}
	return list
}
