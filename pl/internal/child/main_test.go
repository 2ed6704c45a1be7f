//go:build linux

package child

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"
)

const modeEnv = "CHILD_TEST_MODE"

func TestMain(m *testing.M) {
	switch os.Getenv(modeEnv) {
	case "middle", "middle-pipe":
		middle()
	case "mute": // a worker that never reaches Serve
		fmt.Fprintln(os.Stderr, "stuck before Serve")
		select {}
	}
	Serve(work)
	os.Exit(m.Run())
}

// middle starts a worker, says its process ID, and waits to be killed.
func middle() {
	pipeOnly := os.Getenv(modeEnv) == "middle-pipe"
	c, err := Start(context.Background(), Config{Env: []string{modeEnv + "=spin"}, pipeOnly: pipeOnly})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var b [1]byte
	_, _ = c.Read(b[:]) // it is at work
	fmt.Println(c.PID())
	select {}
}

// work is what the workers of the tests do.
func work(conn *Conn) int {
	requests := make(chan byte, 100)
	if os.Getenv(modeEnv) == "stubborn" { // has no life line and answers to nothing but a kill
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
		_, _ = conn.Write([]byte{'!'})
		select {}
	}
	go func() { // always reads, as Conn.Read asks for
		for {
			var b [1]byte
			if _, err := conn.Read(b[:]); err == nil {
				requests <- b[0]
			}
		}
	}()
	say := func() { _, _ = conn.Write([]byte{'!'}) }

	switch mode := os.Getenv(modeEnv); mode {
	case "echo":
		for b := range requests {
			if b == 'q' {
				return 0
			}
			_, _ = conn.Write([]byte{b})
		}
	case "exit0", "exit7":
		code, _ := strconv.Atoi(mode[4:])
		fmt.Fprintln(os.Stderr, "bye", code)
		os.Exit(code)
	case "return5":
		return 5
	case "panic":
		panic("much ado")
	case "segv":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSEGV)
		select {}
	case "sigkill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "spin":
		say()
		for n := uint(1); n > 0; n |= 1 {
		}
	case "close-replies":
		_ = syscall.Close(fdReplies)
		select {}
	case "close-requests":
		_ = syscall.Close(fdRequests)
		select {}
	case "print":
		for i := range 200 {
			fmt.Printf("out %d ", i)
			fmt.Println("of", os.Getpid())
			fmt.Fprintf(os.Stderr, "err %d of %d\n", i, os.Getpid())
		}
		fmt.Print("no newline")
	case "long":
		for i := range 10_000 {
			fmt.Fprintf(os.Stderr, "line %d\n", i)
		}
		return 1
	case "env":
		fmt.Fprintf(conn, "%v %q %s", IsWorker(), os.Getenv(marker), os.Getenv("EXTRA"))
	case "grandchild", "grandchild-stays":
		// It keeps the worker's output open.
		cmd := exec.Command("sleep", "1000")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if mode == "grandchild-stays" {
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		}
		if err := cmd.Start(); err != nil {
			return 1
		}
		fmt.Fprintf(conn, "%d", cmd.Process.Pid)
	case "descriptors":
		cmd := exec.Command("ls", "/proc/self/fd")
		out, _ := cmd.Output()
		_, _ = conn.Write(out)
	}
	return 0
}

func start(tb testing.TB, mode string, change ...func(*Config)) *Child {
	tb.Helper()
	cfg := Config{Stage: mode, Env: []string{modeEnv + "=" + mode}, Output: NewOutput(io.Discard)}
	for _, f := range change {
		f(&cfg)
	}
	c, err := Start(context.Background(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Stop(10 * time.Second) })
	return c
}
