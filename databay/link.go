package databay

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// LinkConfig describes a [Link]. The zero value of every field is its default.
type LinkConfig[T any] struct {
	Inlets  []Inlet[T]
	Outlets []Outlet[T]

	// Interval is the time between transfers. Either it or Schedule must be set.
	Interval time.Duration
	// Schedule tells the times of transfers, see [Cron].
	Schedule Schedule

	// Tags name the link in logs and in [Update].
	Tags []string
	// Processors change the records of a transfer, in order.
	Processors []Processor[T]
	// Groupers split the records into batches, in order, after the processors.
	Groupers []Grouper[T]

	// InletConcurrency bounds how many inlets are pulled at once; 0 means all.
	InletConcurrency int
	// Sequential pushes to the outlets one after another, in order, instead of at once.
	Sequential bool
	// ShareRecords gives all outlets the same slice instead of a deep copy each. They
	// must then not change it.
	ShareRecords bool
	// Clone copies a payload. By default a payload with a method Clone() T is copied by
	// it, and any other by following its pointers, slices, maps and exported fields.
	Clone func(T) T
	// SkipEmpty pushes no empty batches. By default outlets get one when there is nothing.
	SkipEmpty bool

	// IgnoreErrors makes a transfer go on after an error, without what failed: the
	// error is logged. Otherwise the first failing stage ends the transfer.
	IgnoreErrors bool
	// CheckGroupers makes every grouper that breaks its contract an error, see
	// [CheckGroupers]. It costs several times the grouper itself; use it in development.
	CheckGroupers bool

	// NoImmediateTransfer keeps the link out of the transfers at the planner's start.
	NoImmediateTransfer bool
	// Overlap says what happens when it is time for a transfer while one is under way.
	Overlap Overlap

	// Logger is slog.Default() if nil. Transfers are logged at debug level.
	Logger *slog.Logger
}

// An Overlap says what a planner does when a transfer outlasts the interval.
type Overlap int

const (
	// SkipIfRunning leaves out the transfers that are due meanwhile.
	SkipIfRunning Overlap = iota
	// Queue makes up for them, one after another.
	Queue
	// Allow runs several transfers of the link at once. The nodes must be ready for that,
	// and the order of records between transfers is lost.
	Allow
)

// A Link moves records from inlets to outlets, one transfer at a time:
//
//	pull all inlets at once -> processors -> groupers -> for each batch: push to all outlets
//
// Records come in the order of the inlets in the link, however long each takes. A batch
// is pushed when all outlets are done with the one before. An error ends the transfer
// unless the link ignores errors; buffers then keep what they had released.
//
// The methods of a Link are safe for concurrent use.
type Link[T any] struct {
	cfg   LinkConfig[T]
	log   *slog.Logger
	turn  chan struct{} // held by the transfer, unless transfers may overlap
	ready chan struct{} // gets a value when a buffer wants to be looked at

	next     atomic.Int64
	inflight atomic.Int64
	stats    linkStats

	mu      sync.Mutex // guards what follows
	inlets  []source[T]
	outlets []sink[T]
	started bool
	dirty   bool  // nodes were added or removed since
	removed []any // nodes to shut down
}

type source[T any] struct {
	Inlet[T]
	origin *origin
}

type sink[T any] struct {
	Outlet[T]
	buffers []withholder
}

// NewLink returns a link, or all that is wrong with its configuration. The errors are
// [ErrInvalidLink], and those of nodes and buffers.
func NewLink[T any](cfg LinkConfig[T]) (*Link[T], error) {
	cfg.Tags = slices.Clone(cfg.Tags)
	cfg.Processors = slices.Clone(cfg.Processors)
	cfg.Groupers = slices.Clone(cfg.Groupers)
	l := &Link[T]{cfg: cfg, log: cfg.Logger, turn: make(chan struct{}, 1), ready: make(chan struct{}, 1)}
	if l.log == nil {
		l.log = slog.Default()
	}
	errs := cfg.check()
	if cfg.Schedule == nil && cfg.Interval > 0 {
		l.cfg.Schedule = Every(cfg.Interval)
	}
	own := withholders(cfg.Processors)
	attached := l.attachAll(own)
	errs = append(errs, attached, chainError(own, nil))
	if err := l.AddInlets(cfg.Inlets...); err != nil {
		errs = append(errs, err)
	}
	if err := l.AddOutlets(cfg.Outlets...); err != nil {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		if attached == nil {
			detachAll(own)
		}
		for _, o := range l.outlets {
			detachAll(o.buffers)
		}
		return nil, fmt.Errorf("databay: link %s: %w", strings.Join(cfg.Tags, "."), err)
	}
	return l, nil
}

func (cfg *LinkConfig[T]) check() (errs []error) {
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrInvalidLink}, args...)...))
	}
	switch {
	case cfg.Schedule != nil && cfg.Interval != 0:
		bad("it has both an Interval and a Schedule: leave one out")
	case cfg.Schedule == nil && cfg.Interval <= 0:
		bad("Interval %v: it must be positive", cfg.Interval)
	}
	if cfg.InletConcurrency < 0 {
		bad("InletConcurrency %d: it must not be negative", cfg.InletConcurrency)
	}
	if cfg.Overlap < SkipIfRunning || cfg.Overlap > Allow {
		bad("Overlap %d: it is not one of the constants", cfg.Overlap)
	}
	for i, p := range cfg.Processors {
		if p == nil {
			bad("processor %d is nil", i)
		}
	}
	for i, g := range cfg.Groupers {
		if g == nil {
			bad("grouper %d is nil", i)
		}
	}
	return errs
}

// attachAll makes the buffers report to this link and to nobody else.
func (l *Link[T]) attachAll(ws []withholder) error {
	for i, w := range ws {
		err := w.Err()
		if err == nil {
			// The owner is the place, so that one buffer twice in one link is found as well.
			err = w.attach(&place{l}, l.wake)
		}
		if err != nil {
			for _, done := range ws[:i] {
				done.detach()
			}
			return err
		}
	}
	return nil
}

type place struct{ link any }

// chainError rejects a buffer in memory after one on disk, which would let go of
// records that are not safe yet.
func chainError(before, after []withholder) error {
	durable := false
	for _, w := range append(slices.Clone(before), after...) {
		if durable && !w.durable() {
			return fmt.Errorf("%w: a buffer in memory comes after a durable one, whose records would be lost with it: make it durable too", ErrInvalidBuffer)
		}
		durable = durable || w.durable()
	}
	return nil
}

// wake makes the planner look at the buffers.
func (l *Link[T]) wake() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// Interval returns the link's interval, or zero if it has a schedule of another kind.
func (l *Link[T]) Interval() time.Duration { return l.cfg.Interval }

// Tags returns a copy of the link's tags.
func (l *Link[T]) Tags() []string { return slices.Clone(l.cfg.Tags) }

// String describes the link.
func (l *Link[T]) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := func(n int, name func(i int) string) string {
		var s []string
		for i := range n {
			s = append(s, name(i))
		}
		return strings.Join(s, " ")
	}
	return fmt.Sprintf("Link(tags:%v, schedule:%v, inlets:[%s], outlets:[%s])", l.cfg.Tags, l.cfg.Schedule,
		names(len(l.inlets), func(i int) string { return nameOf(l.inlets[i].Inlet) }),
		names(len(l.outlets), func(i int) string { return nameOf(l.outlets[i].Outlet) }))
}

// buffers returns all buffers of the link and of its outlets.
func (l *Link[T]) buffers() []withholder {
	ws := withholders(l.cfg.Processors)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.outlets {
		ws = append(ws, o.buffers...)
	}
	return ws
}

// Flush makes all buffers of the link and of its outlets release everything in the
// next transfer. To do it now, see [Link.Drain].
func (l *Link[T]) Flush() {
	for _, w := range l.buffers() {
		w.(interface{ Flush() }).Flush()
	}
}

func (l *Link[T]) plan() planning {
	return planning{
		schedule: l.cfg.Schedule, overlap: l.cfg.Overlap, immediate: !l.cfg.NoImmediateTransfer,
		ready: l.ready, skipped: &l.stats.skipped,
	}
}
