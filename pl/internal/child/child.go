package child

import (
	"os"
	"os/exec"
	"sync"
	"time"
)

// A Child is a worker process. It is an io.ReadWriteCloser: requests are written to it and
// replies read from it. Its methods are safe for concurrent use, but Read and Write are
// for one goroutine each.
type Child struct {
	name  string
	pid   int
	cmd   *exec.Cmd
	drain time.Duration

	requests, replies *os.File
	stderr            *tail

	mu     sync.Mutex
	reaped bool
	exit   Exit

	done   chan struct{}
	closed sync.Once
}

// An Exit says how a worker ended.
type Exit struct {
	PID    int
	State  *os.ProcessState // exit code or signal, times, memory; nil if Err is not
	Killed bool             // by Kill, or by Stop when its grace was over
	Stderr string           // the end of its standard error
	Err    error            // the process could not be waited for
}

// Code returns the exit code, -1 if a signal ended the worker.
func (e Exit) Code() int {
	if e.State == nil {
		return -1
	}
	return e.State.ExitCode()
}

// ExitError returns e as os/exec would report it, also for exit code 0: a worker that ends
// unasked has failed whatever it says.
func (e Exit) ExitError() error {
	if e.State == nil {
		return e.Err
	}
	return &exec.ExitError{ProcessState: e.State}
}

// String returns "exit status 3", "signal: killed" and the like.
func (e Exit) String() string {
	if e.State == nil {
		return "unknown: " + e.Err.Error()
	}
	return e.State.String()
}

// Name returns the name of the worker, stage and index: "Map(slowAdd1)[2]".
func (c *Child) Name() string { return c.name }

// PID returns its process ID.
func (c *Child) PID() int { return c.pid }

// Read reads from the replies. It returns io.EOF when the worker has ended, or has closed
// its end, and what it had written before is read.
func (c *Child) Read(b []byte) (int, error) { return c.replies.Read(b) }

// Write writes to the requests. It fails when the worker has ended.
func (c *Child) Write(b []byte) (int, error) { return c.requests.Write(b) }

// Close closes the requests: the worker sees their end and exits. What it has written can
// still be read.
func (c *Child) Close() error { return c.requests.Close() }

// Stderr returns the end of what the worker has written to its standard error until now.
func (c *Child) Stderr() string { return c.stderr.String() }

// Done is closed when the worker has ended, is reaped, and its output is passed on.
func (c *Child) Done() <-chan struct{} { return c.done }

// Wait waits for the worker to end and releases all that belongs to it: after Wait there
// is no goroutine, descriptor or zombie left, and nothing can be read. Read the replies to
// their end first, unless they are of no interest.
func (c *Child) Wait() Exit {
	<-c.done
	c.closed.Do(func() {
		c.requests.Close()
		c.replies.Close()
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.exit
	e.PID = c.pid
	return e
}

// Stop closes the requests, kills the worker if it has not ended within grace, and waits
// as Wait does.
func (c *Child) Stop(grace time.Duration) Exit {
	c.Close()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.done:
	case <-timer.C:
		c.Kill()
	}
	return c.Wait()
}

// Kill ends the worker and the processes of its group at once. It does not wait.
func (c *Child) Kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reaped {
		return
	}
	c.exit.Killed = true
	killGroup(c.pid)
	_ = c.cmd.Process.Kill() // it may have left its group
}
