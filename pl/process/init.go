package process

import (
	"errors"
	"sync/atomic"

	"github.com/penstock/penstock/pl/internal/child"
	"github.com/penstock/penstock/pl/internal/remote"
)

// ErrNotInitialized means that the program has not called Init.
var ErrNotInitialized = errors.New("process: Init was not called: call process.Init() first in main, or in TestMain")

// ErrNested means that a worker process was to start worker processes.
var ErrNested = errors.New("process: a worker process cannot run process stages")

var initialized atomic.Bool

// Init serves the parent if this is a worker process, and then exits; otherwise it
// returns at once. Call it before flag.Parse and before anything with an effect.
func Init() {
	child.Serve(func(conn *child.Conn) int {
		remote.Seal()
		return remote.ServeWorker(conn)
	})
	remote.Seal()
	initialized.Store(true)
}

// IsWorker reports whether this is a worker process, for package initialization
// that should not happen in one.
func IsWorker() bool { return child.IsWorker() }
