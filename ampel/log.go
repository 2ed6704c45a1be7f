package ampel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/pl"
)

// LogFlag says what a line of a log is: its level, and where it comes from.
type LogFlag int64

// Flags of lines: one of the first four, one of the next two, and the tier.
const (
	LogDebug LogFlag = 1 << iota
	LogInfo
	LogWarning
	LogError
	LogCore // of the machinery
	LogUnit // of a unit
	LogT0
	LogT1
	LogT2
	LogT3
)

const (
	logQueue = 4096 // lines that wait to be written
	logBatch = 500
	logWait  = time.Second
)

// RunLog stores the log of a run in collection "log", while it also goes where it
// went before. Lines are written in batches of up to 500, after a second at the
// latest, in the background: nobody waits for the database to log. When it is
// slower than the run, so that 4096 lines wait for the next batches, further lines
// are left out and counted, as are those that cannot be stored.
type RunLog struct {
	db    *Database
	tier  int64
	run   int64
	level slog.Level
	end   context.CancelFunc
	ended sync.WaitGroup

	mu      sync.RWMutex // closing excludes sending
	closed  bool
	lines   chan LogDocument
	taken   atomic.Int64 // lines, also those left out
	written atomic.Int64
	failure error // of the first batch that could not be written; read when ended
}

// LogProfile says which lines of a run are stored.
type LogProfile string

// Profiles of logs.
const (
	LogDefault LogProfile = "default" // from INFO on
	LogVerbose LogProfile = "debug"   // all
	LogConsole LogProfile = "console" // none
)

// DecodeConfig reads the name of a profile.
func (p *LogProfile) DecodeConfig(v any) error {
	s, _ := v.(string)
	switch *p = LogProfile(s); *p {
	case LogDefault, LogVerbose, LogConsole:
		return nil
	}
	return fmt.Errorf("%v: there are %s, %s and %s", v, LogDefault, LogVerbose, LogConsole)
}

// Start begins the log of a run, if there is something to store, and returns the
// logger to use from now on, and what ends it: call that before the event ends,
// which is told how many lines are lost, as logs_lost.
func (p LogProfile) Start(e *Event, db *Database, log *slog.Logger) (*slog.Logger, func()) {
	if db == nil || p == LogConsole {
		return log, func() {}
	}
	level := slog.LevelInfo
	if p == LogVerbose {
		level = slog.LevelDebug
	}
	l := StartLog(db, e.opts.Tier, e.Run(), level)
	return l.Logger(log), func() {
		if lost, err := l.Close(); err != nil {
			e.Set("logs_lost", lost)
			log.Warn("the log is not complete", "error", err)
		}
	}
}

// StartLog begins the log of a run. Lines of the given level and above are stored.
// Close ends it.
func StartLog(db *Database, tier, run int64, level slog.Level) *RunLog {
	ctx, cancel := context.WithCancel(context.Background())
	l := &RunLog{db: db, tier: tier, run: run, level: level, end: cancel, lines: make(chan LogDocument, logQueue)}
	l.ended.Go(func() {
		batches := pl.Batch[LogDocument](logBatch, logWait)(pl.FromChan(l.lines))
		_ = pl.Each(pl.Sync, pl.Do(l.write), pl.MaxSize(1), pl.Name("log"))(batches).Run(ctx) // only canceled, by Close
	})
	return l
}

// write stores lines at once, or one by one if some of them cannot be stored.
func (l *RunLog) write(ctx context.Context, batch []LogDocument) error {
	col := l.db.Collection(ColNameLog)
	r, err := docdb.InsertMany(ctx, col, batch, docdb.Unordered())
	if errors.Is(err, docdb.ErrDialect) {
		for _, d := range batch {
			if _, e := col.InsertOne(ctx, d); e == nil {
				r.Inserted++
			}
		}
	}
	l.written.Add(r.Inserted)
	if err != nil && l.failure == nil {
		l.failure = err
	}
	return nil // the next batch may do better
}

// Logger returns a logger that stores its lines, and gives them to next.
// Attributes with the names stock, channel, unit and alert have fields of their
// own in a LogDocument; the others are in Extra, but for run and process, which
// the run number tells.
func (l *RunLog) Logger(next *slog.Logger) *slog.Logger {
	return slog.New(&logHandler{log: l, next: next.Handler(), doc: LogDocument{Run: l.run}})
}

// take queues a line, if there is room.
func (l *RunLog) take(d LogDocument) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return // the run is over; the line has gone to the next handler
	}
	l.taken.Add(1)
	select {
	case l.lines <- d:
	default:
	}
}

// Close writes what waits, for a minute at most, and returns how many lines are
// not stored, with the reason in err. Lines that come later are not stored.
func (l *RunLog) Close() (lost int64, err error) {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.lines)
	}
	l.mu.Unlock()
	late := time.AfterFunc(patience, l.end)
	l.ended.Wait()
	late.Stop()
	l.end()
	if lost = l.taken.Load() - l.written.Load(); lost == 0 {
		return 0, nil
	}
	if l.failure != nil {
		return lost, fmt.Errorf("ampel: log: %d of %d lines of run %d are not stored: %w", lost, l.taken.Load(), l.run, l.failure)
	}
	return lost, fmt.Errorf("ampel: log: %d of %d lines of run %d are not stored: the database was slower than the run", lost, l.taken.Load(), l.run)
}
