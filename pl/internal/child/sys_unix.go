//go:build unix

package child

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// The descriptors of a worker's requests and replies.
const fdRequests, fdReplies = 3, 4

// attach gives cmd its ends of the pipes.
func attach(cmd *exec.Cmd, requests, replies, _ *os.File) {
	cmd.ExtraFiles = []*os.File{requests, replies} // from descriptor 3 on
}

// killGroup kills the processes of the group that the worker leads.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// adopt keeps the descriptors from the processes that the worker will start: they would
// hold them open after its end.
func adopt() {
	syscall.CloseOnExec(fdRequests)
	syscall.CloseOnExec(fdReplies)
}

// connect returns the worker's ends. They stay in blocking mode: a read that waits in the
// kernel returns even if user code has closed the descriptor by mistake, and the next one
// fails; one that waits in Go's poller would never return.
func connect(parent int) (requests, replies *os.File, err error) {
	for _, fd := range [...]int{fdRequests, fdReplies} {
		var st syscall.Stat_t
		if err := syscall.Fstat(fd, &st); err != nil || st.Mode&syscall.S_IFMT != syscall.S_IFIFO {
			return nil, nil, fmt.Errorf("descriptor %d is not a pipe: the variable %s is for worker processes only", fd, marker)
		}
	}
	if os.Getppid() != parent {
		return nil, nil, errOrphan
	}
	return os.NewFile(fdRequests, "requests"), os.NewFile(fdReplies, "replies"), nil
}
