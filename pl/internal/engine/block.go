package engine

import (
	"reflect"
	"sync"
)

// Memory for items comes in three sizes: for one, for a few, and in blocks. A short run
// needs some blocks for so short a time that they would be most of its cost, as garbage;
// so they are kept for the next run, as long as the garbage collector lets them.

const (
	// maxLease bounds how many items are taken at a time.
	maxLease = 64
	// fewItems are enough for a slow function, and for a very short run.
	fewItems = 8
	// blockItems are enough for a lease, and for the queues of a short run.
	blockItems = 128
)

// blocks has a pool for each type of items.
var blocks sync.Map

func blocksOf[E any]() *sync.Pool {
	key := reflect.TypeFor[E]()
	p, ok := blocks.Load(key)
	if !ok {
		p, _ = blocks.LoadOrStore(key, &sync.Pool{New: func() any { return new([blockItems]E) }})
	}
	return p.(*sync.Pool)
}

// roomFor returns a buffer for size items, at most blockItems, instead of buf if that is
// too short. Nothing in buf is kept.
func roomFor[E any](buf []E, size int) []E {
	switch {
	case size <= len(buf):
		return buf
	case size == 1:
		return make([]E, 1)
	case size <= fewItems:
		return make([]E, fewItems)
	default:
		return blocksOf[E]().Get().(*[blockItems]E)[:]
	}
}

// giveBack ends the use of a buffer from roomFor, which the caller has cleared and
// forgets.
func giveBack[E any](buf []E) {
	if len(buf) == blockItems {
		blocksOf[E]().Put((*[blockItems]E)(buf))
	}
}
