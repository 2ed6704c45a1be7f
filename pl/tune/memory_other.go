//go:build !linux

package tune

func childrenMemory() uint64 { return 0 }
