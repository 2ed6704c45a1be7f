package child

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

func program() (string, error) { return os.Executable() }

// attach makes the pipes standard input and output, since a process gets no other handles
// here; what the worker prints goes to its standard error.
func attach(cmd *exec.Cmd, requests, replies, errs *os.File) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = requests, replies, errs
}

// launch starts cmd in a console group of its own, so that Ctrl-C reaches the parent only.
func launch(_ context.Context, cmd *exec.Cmd, _ bool) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
	return cmd.Start()
}

func landed() {}

func awaitExit(int) bool { return false }

// killGroup does nothing: there are no process groups; the worker itself is killed.
func killGroup(int) {}

func resizePipe(*os.File, int) {}

var stdin, stdout *os.File

// adopt takes standard input and output away from user code, before it can print.
func adopt() {
	stdin, stdout = os.Stdin, os.Stdout
	os.Stdout = os.Stderr
	if null, err := os.Open(os.DevNull); err == nil {
		os.Stdin = null
	}
}

func connect(int) (requests, replies *os.File, err error) { return stdin, stdout, nil }
