package process

import (
	"fmt"
	"strings"
)

// An ExitError means that a worker process ended on its own.
type ExitError struct {
	PID    int
	Err    error  // an *exec.ExitError, with the exit code or signal
	Stderr string // the end of its standard error
}

// Error gives the exit code or signal, and the last lines of the standard error.
func (e *ExitError) Error() string {
	text := fmt.Sprintf("process: worker process %d ended on its own: %v", e.PID, e.Err)
	lines := strings.Split(strings.TrimSpace(e.Stderr), "\n")
	if len(lines) == 1 && lines[0] == "" {
		return text
	}
	const most = 20
	if len(lines) > most {
		lines = append(lines[:most:most], fmt.Sprintf("... (%d more lines)", len(lines)-most))
	}
	return text + "; the end of its standard error:\n" + strings.Join(lines, "\n")
}

// Unwrap returns e.Err.
func (e *ExitError) Unwrap() error { return e.Err }

// A HandshakeError means that a worker is not the program that started it, or has
// registered other functions.
type HandshakeError struct {
	Missing []string // known here, not there
	Extra   []string // known there, not here

	err error // other differences
}

// Error names the functions that differ.
func (e *HandshakeError) Error() string {
	text := "process: the worker is not the program that started it"
	if len(e.Missing) > 0 {
		text += ": it lacks " + strings.Join(e.Missing, ", ")
	}
	if len(e.Extra) > 0 {
		text += ": it has in addition " + strings.Join(e.Extra, ", ")
	}
	if e.err != nil {
		text += ": " + e.err.Error()
	}
	return text + ": register functions in package variables, under no condition that differs in a worker"
}

// Unwrap returns what differed besides the functions, or nil.
func (e *HandshakeError) Unwrap() error { return e.err }
