//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package databay

import (
	"os"
	"syscall"
)

// unlock gives the lock of a file back that bbolt has left mapped: as long as the
// mapping is there, closing the file does not.
func unlock(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
