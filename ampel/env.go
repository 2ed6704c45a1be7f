package ampel

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Env is what units are built in. The zero Env has no database; Log and Now may
// be nil.
type Env struct {
	Units   *Registry
	DB      *Database // nil when nothing is stored
	Log     *slog.Logger
	Now     func() time.Time
	Process string // the name of the process
	Run     int64  // the number of the run, 0 before there is one
	Event   *Event // follows the run, nil before there is one
	// Open returns another database by its name; it stays with whoever gave Open.
	Open func(ctx context.Context, name string) (*Database, error)
	// Progress is told how far a run is, if it is not nil.
	Progress *Progress
	Channel  Labels // that the process runs for, if it says so
}

// Progress counts what is done, for those who watch it.
type Progress struct {
	Alerts atomic.Int64 // ingested by T0
	Done   atomic.Int64 // stocks given to the stager of T3
	Total  atomic.Int64 // stocks selected by T3
}

// Logger returns Log, or a logger that drops everything.
func (e *Env) Logger() *slog.Logger {
	if e.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return e.Log
}

// Time returns the time by Now, or the real one.
func (e *Env) Time() time.Time {
	if e.Now == nil {
		return time.Now()
	}
	return e.Now()
}

// Configs returns the database as a source of configurations, nil without one.
func (e *Env) Configs() Configs {
	if e.DB == nil {
		return nil
	}
	return e.DB
}
