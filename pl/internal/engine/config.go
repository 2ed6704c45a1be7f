package engine

import (
	"context"
	"time"
)

// DefaultSize is how many items may wait in front of a stage by default.
const DefaultSize = 512

// DefaultWindow is how many results a stage holds back by default to keep order.
const DefaultWindow = 1024

// A Config says how a stage runs.
type Config struct {
	Name       string
	Workers    int
	Size       Size
	InOrder    bool
	Window     int // at least 1
	Timeout    time.Duration
	Retries    int
	Wait       time.Duration
	Skip       func(error) bool                           // nil skips nothing
	OnError    func(ctx context.Context, err error) error // nil fails; err is made by Words.Fault
	RoundRobin bool
}

// A Worker says who is running.
type Worker struct {
	Stage   string
	Backend string
	Index   int
	PID     int
}

// A Status tells the end hook of a worker about its stage.
type Status struct {
	Worker Worker
	Active int
	Err    error
}

// Work is what the workers of a stage run.
type Work[A, B any] struct {
	// Open makes a worker; it runs once in each, before its first item.
	Open func(ctx context.Context, w Worker) (Instance[A, B], error)
	// Eager says that Open has an effect: workers that start with the stage are
	// opened then, and not when there is work.
	Eager bool
	// Err is what is wrong with the function.
	Err error
	// Attach runs the work in another process, which Launcher.Dial has returned; nil if
	// the function cannot run there. Its start hook has run when Attach returns.
	Attach func(ctx context.Context, peer any, who Worker) (Remote[A, B], error)
}

// An Instance is the work of one worker.
type Instance[A, B any] struct {
	Call func(ctx context.Context, v A) (B, error)
	Done func(ctx context.Context, s Status) error // nil does nothing
}

// A Launcher is what makes a backend.
type Launcher struct {
	Name string
	// Single runs one worker whatever the number of workers is.
	Single bool
	// Steady workers outlive their items and are goroutines of this process.
	Steady bool
	// Elastic opens a worker when it is needed, and lets the goroutines of idle
	// ones go.
	Elastic bool
	// Check returns what keeps the backend from running at all; nil checks nothing.
	Check func() error
	// Dial starts the other process that a worker runs in; nil for workers of this one.
	Dial func(ctx context.Context, j Job) (peer any, err error)
	// MaxItems is how many items such a process works on before another one takes its
	// place; 0 is any number.
	MaxItems int
	// Crew returns the goroutines for the workers of a stage.
	Crew func(body func(place int)) Crew
}

// A Job is what another process is started for.
type Job struct {
	Worker  Worker
	Timeout time.Duration // of one call; 0 for none
}

// A Crew runs the workers of a stage in goroutines.
type Crew interface {
	// Start runs the body for a place. It does not wait for it.
	Start(place int)
	// Wait waits for all bodies, unless some of them were abandoned, and frees
	// the goroutines.
	Wait(abandoned bool)
}
