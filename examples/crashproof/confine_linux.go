package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"syscall"
)

// canConfine says whether confine limits anything on this system.
const canConfine = true

// confine lets this process have so many bytes of memory more than it has now, and
// the process ends when it asks for more than that. Below, from half of it on, the
// garbage collector works harder: what gets as far as the limit has leaked.
func confine(bytes uint64) error {
	debug.SetMemoryLimit(int64(bytes / 2))
	used, err := dataSize()
	if err != nil {
		return err
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
		return fmt.Errorf("read the limit of memory: %w", err)
	}
	limit.Cur = min(used+bytes, limit.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
		return fmt.Errorf("limit the memory: %w", err)
	}
	return nil
}

// dataSize returns what RLIMIT_DATA limits: the memory that this process can write to.
func dataSize() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	var kib uint64
	_, line, _ := bytes.Cut(status, []byte("\nVmData:"))
	if _, err := fmt.Sscan(string(line), &kib); err != nil || kib > math.MaxUint64>>10 {
		return 0, fmt.Errorf("/proc/self/status has no VmData: %w", err)
	}
	return kib << 10, nil
}
