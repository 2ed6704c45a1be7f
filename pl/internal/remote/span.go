package remote

import "sync/atomic"

// A span is the items of a chunk that are not begun. One goroutine takes them, one after
// the other; another one may cut off what is left.
type span struct {
	word atomic.Uint64 // the next item, and above it the end
}

const spanBits = 32

func (s *span) reset(n int) { s.word.Store(uint64(n) << spanBits) }

func (s *span) load() (word uint64, next, end uint32) {
	word = s.word.Load()
	return word, uint32(word), uint32(word >> spanBits)
}

// take begins the next item, if there is one.
func (s *span) take() bool {
	word := s.word.Add(1)
	return uint32(word) <= uint32(word>>spanBits)
}

func (s *span) left() bool {
	_, next, end := s.load()
	return next < end
}

// cut ends the span at the next item, and returns how many are cut off.
func (s *span) cut() int {
	for {
		word, next, end := s.load()
		if next >= end {
			return 0
		}
		if s.word.CompareAndSwap(word, uint64(next)<<spanBits|uint64(next)) {
			return int(end - next)
		}
	}
}
