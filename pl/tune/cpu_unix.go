//go:build unix

package tune

import (
	"syscall"
	"time"
)

// ownCPU returns the processor time of this process so far.
func ownCPU() time.Duration { return cpuOf(syscall.RUSAGE_SELF) }

// childrenCPU returns the processor time of the child processes that have ended and
// were waited for.
func childrenCPU() time.Duration { return cpuOf(syscall.RUSAGE_CHILDREN) }

func cpuOf(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
