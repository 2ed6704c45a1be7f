//go:build unix && !linux

package child

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

func program() (string, error) { return os.Executable() }

// launch starts cmd. There is no parent-death signal here: the worker notices the end of
// its parent by the end of the requests.
func launch(_ context.Context, cmd *exec.Cmd, _ bool) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd.Start()
}

func landed() {}

// awaitExit reports that it cannot wait without reaping. So the group of a worker that
// ended by itself is left alone: its number may belong to another by then.
func awaitExit(int) bool { return false }

func resizePipe(*os.File, int) {}
