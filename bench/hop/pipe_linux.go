package hop

import (
	"os"
	"syscall"
)

// enlarge gives a pipe the size that package process gives to its own. A system that
// does not allow it has slower pipes.
func enlarge(f *os.File) {
	conn, err := f.SyscallConn()
	if err != nil {
		return
	}
	const setPipeSize = 1031 // F_SETPIPE_SZ, which package syscall does not have
	_ = conn.Control(func(fd uintptr) {
		_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, fd, setPipeSize, 256<<10)
	})
}
