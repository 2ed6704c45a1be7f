//go:build !linux

package main

import "runtime/debug"

// canConfine says whether confine limits anything on this system.
const canConfine = false

// confine lets the garbage collector work harder. It limits nothing: on this system,
// Go has no call for that.
func confine(bytes uint64) error {
	debug.SetMemoryLimit(int64(bytes / 2))
	return nil
}
