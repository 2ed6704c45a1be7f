package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/pl/process"
)

// beMain makes the test binary run main, so that tests can start the program.
const beMain = "QUICKSTART_MAIN"

func TestMain(m *testing.M) {
	process.Init()
	// Else each worker process takes a second to exit, with the race detector.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	if os.Getenv(beMain) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// program returns the program as a command, with its output in two buffers.
func program(t *testing.T, args ...string) (cmd *exec.Cmd, out, errs *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), beMain+"=1")
	out, errs = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = out, errs
	return cmd, out, errs
}

func TestProgramPrintsAReportAndNoProgressWhenPiped(t *testing.T) {
	cmd, out, errs := program(t, "-dir", ".")
	require.NoError(t, cmd.Run(), errs)
	require.Contains(t, out.String(), "most frequent identifiers")
	require.Contains(t, out.String(), "per second")
	require.Empty(t, errs.String())
	require.NotContains(t, out.String(), "\r")
}

func TestProgramRefusesBadInput(t *testing.T) {
	for _, c := range []struct{ args, says []string }{
		{[]string{"-backend", "fast"}, []string{"fast", "sync, thread, task, process"}},
		{[]string{"-workers", "0", "-dir", "."}, []string{"parse", "Workers(0)", "at least 1"}},
		{[]string{"-dir", "no such folder"}, []string{"no such folder", "-dir"}},
		{[]string{"-dir", "main.go"}, []string{"main.go is not a folder", "-dir"}},
		{[]string{"src"}, []string{`"src"`, "-dir"}},
	} {
		cmd, out, errs := program(t, c.args...)
		require.Error(t, cmd.Run(), c.args)
		require.Equal(t, 1, cmd.ProcessState.ExitCode())
		require.Empty(t, out.String())
		for _, text := range c.says {
			require.Contains(t, errs.String(), text)
		}
	}
}

// The source of Go on one worker takes seconds, and the signal comes long before its
// end. It can come too early, before the program has asked for it: then again, later.
func TestInterruptEndsTheProgramWithTheCountsSoFar(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send Ctrl-C to another one on Windows")
	}
	for _, backend := range []string{"sync", "process"} {
		t.Run(backend, func(t *testing.T) { interrupt(t, backend) })
	}
}

func interrupt(t *testing.T, backend string) {
	for delay := 200 * time.Millisecond; ; delay *= 2 {
		cmd, out, errs := program(t, "-backend", backend, "-workers", "1")
		require.NoError(t, cmd.Start())
		time.Sleep(delay) // a real process
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		err := cmd.Wait()
		if cmd.ProcessState.ExitCode() == -1 && delay < 10*time.Second {
			continue // killed by the signal
		}
		require.NoError(t, err, errs)
		require.Contains(t, out.String(), "Stopped early")
		require.Contains(t, out.String(), "these are the counts so far")
		return
	}
}
