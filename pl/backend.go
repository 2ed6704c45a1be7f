package pl

import (
	"fmt"
	"strings"

	"github.com/penstock/penstock/pl/internal/engine"
)

// A Backend runs the workers of a stage. The implementations are [Sync] and those in
// packages thread, task and process.
type Backend interface {
	fmt.Stringer
	Launcher() engine.Launcher // for this module only
}

// Sync runs a stage one item at a time and in order. It accepts and ignores Workers,
// so that a pipeline can be debugged by changing its backends.
var Sync Backend = syncBackend{}

type syncBackend struct{}

func (syncBackend) String() string { return "sync" }

func (syncBackend) Launcher() engine.Launcher {
	return engine.Launcher{Name: "sync", Single: true, Steady: true, Crew: engine.Goroutines}
}

// FindBackend returns the backend whose String is name, or an error that lists the choices:
//
//	b, err := pl.FindBackend(*backend, pl.Sync, thread.Backend, task.Backend, process.Backend)
func FindBackend(name string, from ...Backend) (Backend, error) {
	var known []string
	for _, b := range from {
		if b == nil {
			continue
		}
		if b.String() == name {
			return b, nil
		}
		known = append(known, b.String())
	}
	return nil, fmt.Errorf("pl: FindBackend: unknown backend %q: choose one of %s", name, strings.Join(known, ", "))
}
