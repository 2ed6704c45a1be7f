package t1

import (
	"encoding/binary"
	"math/bits"
)

// The primes of xxHash32.
const (
	prime1 uint32 = 0x9E3779B1
	prime2 uint32 = 0x85EBCA77
	prime3 uint32 = 0xC2B2AE3D
	prime4 uint32 = 0x27D4EB2F
	prime5 uint32 = 0x165667B1
)

// sum32 is xxHash32 with seed 0, by its specification
// (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). The libraries
// for it have not been touched for years, and the one for 64 bits lacks it.
func sum32(b []byte) uint32 {
	n := uint32(len(b))
	h := prime5
	if len(b) >= 16 {
		lanes := [4]uint32{0, prime2, 0, 0}
		lanes[0] += prime1
		lanes[0] += prime2
		lanes[3] -= prime1
		for ; len(b) >= 16; b = b[16:] {
			for i := range lanes {
				in := binary.LittleEndian.Uint32(b[4*i:])
				lanes[i] = bits.RotateLeft32(lanes[i]+in*prime2, 13) * prime1
			}
		}
		h = bits.RotateLeft32(lanes[0], 1) + bits.RotateLeft32(lanes[1], 7) +
			bits.RotateLeft32(lanes[2], 12) + bits.RotateLeft32(lanes[3], 18)
	}
	h += n
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(b)*prime3, 17) * prime4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>15) * prime2
	h = (h ^ h>>13) * prime3
	return h ^ h>>16
}
