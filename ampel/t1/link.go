package t1

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/penstock/penstock/ampel"
)

// Linker makes the link of a state out of the ids of its points: a hash of the
// ids as 64 bit integers, big endian. It is the same on every machine and in
// every release. Two sets of points of one stock have the same link of 32 bits
// with a probability of about 1 in 4 thousand million.
type Linker struct {
	// Sort makes the order of the ids not matter. Default true.
	Sort bool `config:"sort"`
	// HashSize is 32 or -32 for xxHash32, or -64 for xxHash64; below zero the
	// hash is a number with a sign. Default -32.
	HashSize int `config:"hash_size"`
}

// SetDefaults sets the defaults.
func (l *Linker) SetDefaults() { *l = NewLinker() }

// NewLinker returns the Linker that is used by default.
func NewLinker() Linker { return Linker{Sort: true, HashSize: -32} }

// CheckConfig finds mistakes.
func (l *Linker) CheckConfig() error {
	switch l.HashSize {
	case 32, -32, -64:
		return nil
	case 64:
		return ampel.PathError("hash_size", fmt.Errorf("64: a link is a number with a sign: write -64"))
	}
	return ampel.PathError("hash_size", fmt.Errorf("%d: there are 32, -32 and -64", l.HashSize))
}

// Link returns the link of the ids, which it leaves as they are.
func (l Linker) Link(ids []int64) int64 {
	if l.Sort && !slices.IsSorted(ids) {
		ids = slices.Sorted(slices.Values(ids))
	}
	var room [64 * 8]byte
	text := room[:0]
	for _, id := range ids {
		text = binary.BigEndian.AppendUint64(text, uint64(id))
	}
	switch l.HashSize {
	case 32:
		return int64(sum32(text))
	case -64:
		return int64(xxhash.Sum64(text))
	}
	return int64(int32(sum32(text)))
}
