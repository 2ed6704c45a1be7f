package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// Exit codes of a worker that could not do its work, for people who look at them.
const (
	exitNoParent = 78 // the connection is not what Start had made
	exitLost     = 79 // the requests ended with an error
)

var errOrphan = errors.New("the parent has ended")

// parent is the process ID of the parent, 0 if this is not a worker.
var parent = becomeWorker()

// becomeWorker runs before the initialization of the packages that import this one, so
// that processes which those start are no workers, and prints of theirs do no harm.
func becomeWorker() int {
	pid, err := strconv.Atoi(os.Getenv(marker))
	if err != nil || pid <= 0 {
		return 0
	}
	os.Unsetenv(marker)
	adopt()
	return pid
}

// IsWorker reports whether this process was started by [Start].
func IsWorker() bool { return parent != 0 }

// Serve returns at once unless this is a worker. In a worker it calls work, and ends the
// process with the code that it returns; it never returns.
//
// In a worker os.Stdout and os.Stderr lead to the parent's Output, line by line, and
// standard input is empty.
func Serve(work func(conn *Conn) int) {
	if !IsWorker() {
		return
	}
	requests, replies, err := connect(parent)
	if errors.Is(err, errOrphan) {
		os.Exit(0)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "child: serve: %v\n", err)
		os.Exit(exitNoParent)
	}
	os.Exit(work(&Conn{requests, replies}))
}

// A Conn is a worker's connection to its parent.
type Conn struct {
	requests, replies *os.File
}

// Read reads from the requests. It is the worker's life line: when they end, because the
// parent has closed them or is gone, there is nobody to work for, and Read ends the
// process instead of returning io.EOF. So a goroutine of the worker should always be in
// Read, one that does not wait for user code.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.requests.Read(b)
	if n > 0 || err == nil {
		return n, nil
	}
	if errors.Is(err, io.EOF) {
		os.Exit(0)
	}
	fmt.Fprintf(os.Stderr, "child: read requests: %v: was the descriptor closed in this process?\n", err)
	os.Exit(exitLost)
	return 0, err
}

// Write writes to the replies.
func (c *Conn) Write(b []byte) (int, error) { return c.replies.Write(b) }

// Close closes the replies.
func (c *Conn) Close() error { return c.replies.Close() }
