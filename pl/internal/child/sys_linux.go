package child

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

// program names the file of the running program even if it was replaced or removed since.
func program() (string, error) { return "/proc/self/exe", nil }

// launcher is the goroutine that starts all workers. The kernel sends the parent-death
// signal when the *thread* that created the child ends, and Go ends threads when it
// likes; so the goroutine is locked to its thread for as long as there are workers.
var launcher struct {
	mu      sync.Mutex
	workers int // started and not reaped, or being started
	jobs    chan func()
	ended   chan struct{}
}

// launch starts cmd so that it is killed when this process ends, however it ends.
func launch(ctx context.Context, cmd *exec.Cmd, pipeOnly bool) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if pipeOnly {
		cmd.SysProcAttr.Pdeathsig = 0
	}
	l := &launcher
	l.mu.Lock()
	if l.workers++; l.workers == 1 {
		l.jobs, l.ended = make(chan func()), make(chan struct{})
		go launchAll(l.jobs, l.ended)
	}
	jobs := l.jobs
	l.mu.Unlock()

	started := make(chan error, 1)
	select {
	case jobs <- func() { started <- cmd.Start() }:
	case <-ctx.Done():
		landed()
		return context.Cause(ctx)
	}
	err := <-started
	if err != nil {
		landed()
	}
	return err
}

// landed is called when a worker that launch has counted is reaped.
func landed() {
	l := &launcher
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.workers--; l.workers == 0 {
		close(l.jobs)
		<-l.ended
	}
}

func launchAll(jobs <-chan func(), ended chan<- struct{}) {
	defer close(ended)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for job := range jobs {
		job()
	}
}

// awaitExit waits until the process has ended and leaves it to be reaped.
func awaitExit(pid int) bool {
	const pPID, wNoWait = 1, 0x1000000
	var info [128]byte
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, pPID, uintptr(pid),
			uintptr(unsafe.Pointer(&info)), syscall.WEXITED|wNoWait, 0, 0)
		if errno != syscall.EINTR {
			return errno == 0
		}
	}
}

// resizePipe asks for a larger buffer. A user's limit may forbid it, which does no harm.
func resizePipe(f *os.File, size int) {
	const setPipeSize = 1031 // F_SETPIPE_SZ
	if c, err := f.SyscallConn(); err == nil {
		_ = c.Control(func(fd uintptr) { _, _, _ = syscall.Syscall(syscall.SYS_FCNTL, fd, setPipeSize, uintptr(size)) })
	}
}
