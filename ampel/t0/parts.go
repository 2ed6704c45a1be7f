package t0

import (
	"context"
	"math"

	"github.com/penstock/penstock/ampel"
)

// Verdict is what a filter says about an alert. Zero and below is a rejection;
// any other number accepts it for the group of that number.
type Verdict int64

// Verdicts without a group.
const (
	Reject Verdict = 0
	// Accept runs the T2 units of all groups.
	Accept Verdict = math.MaxInt64
)

// Accepted reports whether the alert is wanted.
func (v Verdict) Accepted() bool { return v > 0 }

// Group returns the group, and whether the verdict names one.
func (v Verdict) Group() (int64, bool) { return int64(v), v > 0 && v != Accept }

// AlertFilter decides whether a channel wants an alert. It is called by many
// goroutines, must not change the alert, and must depend on nothing but it. An
// error costs this alert: it is stored as a trouble with the channel.
type AlertFilter interface {
	Filter(ctx context.Context, a *Alert) (Verdict, error)
}

// FilterFunc is a function as an AlertFilter.
type FilterFunc func(ctx context.Context, a *Alert) (Verdict, error)

// Filter calls f.
func (f FilterFunc) Filter(ctx context.Context, a *Alert) (Verdict, error) { return f(ctx, a) }

// Shaper makes datapoints of what an alert brings. Their ids must be the same
// whenever the same measurement comes again. It need not set the stock, channels
// and metadata. It is called by many goroutines.
type Shaper interface {
	Shape(ctx context.Context, a *Alert) ([]ampel.DataPoint, error)
}

// ShaperFunc is a function as a Shaper.
type ShaperFunc func(ctx context.Context, a *Alert) ([]ampel.DataPoint, error)

// Shape calls f.
func (f ShaperFunc) Shape(ctx context.Context, a *Alert) ([]ampel.DataPoint, error) { return f(ctx, a) }

// Muxer stands between the datapoints of an alert and what is stored and
// combined. It may put together what the alert brings with what is known.
type Muxer interface {
	// Mux gets the points of the alert and history, those of its stock that are
	// in the database, of all channels and in no order; neither may be changed.
	// insert is what to store, combine what combiners get. A point of combine
	// that is in the database without the channel is stored for it too.
	Mux(ctx context.Context, a *Alert, points, history []ampel.DataPoint) (insert, combine []ampel.DataPoint, err error)
}

// MuxerFunc is a function as a Muxer.
type MuxerFunc func(ctx context.Context, a *Alert, points, history []ampel.DataPoint) (insert, combine []ampel.DataPoint, err error)

// Mux calls f.
func (f MuxerFunc) Mux(ctx context.Context, a *Alert, points, history []ampel.DataPoint) (insert, combine []ampel.DataPoint, err error) {
	return f(ctx, a, points, history)
}
