package tune

import (
	"syscall"
	"time"
)

// ownCPU returns the processor time of this process so far.
func ownCPU() time.Duration {
	var created, exited, kernel, user syscall.Filetime
	self, err := syscall.GetCurrentProcess()
	if err != nil || syscall.GetProcessTimes(self, &created, &exited, &kernel, &user) != nil {
		return 0
	}
	return ticks(kernel) + ticks(user)
}

// ticks converts a length of time, in units of 100 ns.
func ticks(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}

// childrenCPU is not known: the system keeps no sum of it.
func childrenCPU() time.Duration { return 0 }
