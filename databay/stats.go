package databay

import (
	"log/slog"
	"sync/atomic"
	"time"
)

type bufferStats struct {
	stored, released, returned, dropped, reset, errors, quarantined atomic.Int64
}

// BufferStats are the numbers of one buffer since it was made or opened.
type BufferStats struct {
	Stored      int64 // records taken in
	Released    int64 // records given out, again ones included
	Returned    int64 // records whose delivery failed
	Dropped     int64 // records dropped by [DropOldest]
	Reset       int64 // records dropped by Reset
	Errors      int64 // of controllers and callbacks
	Quarantined int64 // records put aside when the buffer was opened
	Depth       int   // as Len
	OldestAge   time.Duration
}

// Stats returns the numbers of the buffer.
func (b *Buffer[T]) Stats() BufferStats {
	s := &b.stats
	return BufferStats{
		Stored: s.stored.Load(), Released: s.released.Load(), Returned: s.returned.Load(),
		Dropped: s.dropped.Load(), Reset: s.reset.Load(), Errors: s.errors.Load(),
		Quarantined: s.quarantined.Load(), Depth: b.Len(), OldestAge: b.OldestAge(),
	}
}

type linkStats struct {
	transfers, failures, pulled, pushed, failed, skipped atomic.Int64
	busy                                                 atomic.Int64
	last, success                                        atomic.Int64 // duration; Unix nanoseconds
}

// LinkStats are the numbers of one link since it was made.
type LinkStats struct {
	Link         string
	Transfers    int64 // begun, failed ones included
	Failures     int64 // transfers with an error, ignored ones included
	Busy         int   // transfers under way
	Skipped      int64 // ticks at which a transfer was still under way
	Pulled       int64 // records from inlets
	Stored       int64 // records taken in by buffers
	Released     int64 // records given out by buffers
	Pushed       int64 // records pushed successfully, once per outlet
	Failed       int64 // records whose push failed, once per outlet
	Dropped      int64 // records dropped by buffers
	Depth        int   // records in buffers now
	OldestAge    time.Duration
	LastDuration time.Duration // of the last transfer that ended
	LastSuccess  time.Time     // end of the last transfer without error
}

// LogValue makes the numbers a group in logs.
func (s LinkStats) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("link", s.Link), slog.Int64("transfers", s.Transfers), slog.Int64("failures", s.Failures),
		slog.Int64("skipped", s.Skipped), slog.Int64("pulled", s.Pulled), slog.Int64("stored", s.Stored),
		slog.Int64("released", s.Released), slog.Int64("pushed", s.Pushed), slog.Int64("failed", s.Failed),
		slog.Int64("dropped", s.Dropped), slog.Int("depth", s.Depth), slog.Duration("oldest", s.OldestAge),
		slog.Duration("duration", s.LastDuration), slog.Time("success", s.LastSuccess),
	)
}

// Stats returns the numbers of the link.
func (l *Link[T]) Stats() LinkStats {
	n := &l.stats
	s := LinkStats{
		Link: l.String(), Transfers: n.transfers.Load(), Failures: n.failures.Load(), Busy: int(n.busy.Load()),
		Skipped: n.skipped.Load(), Pulled: n.pulled.Load(), Pushed: n.pushed.Load(), Failed: n.failed.Load(),
		LastDuration: time.Duration(n.last.Load()),
	}
	if at := n.success.Load(); at != 0 {
		s.LastSuccess = time.Unix(0, at)
	}
	for _, b := range l.buffers() {
		bs := b.Stats()
		s.Stored += bs.Stored
		s.Released += bs.Released
		s.Dropped += bs.Dropped
		s.Depth += bs.Depth
		s.OldestAge = max(s.OldestAge, bs.OldestAge)
	}
	return s
}
