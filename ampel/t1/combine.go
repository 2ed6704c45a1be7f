package t1

import (
	"context"

	"github.com/penstock/penstock/ampel"
)

// Combiner picks the datapoints that make up the state of a stock, as a channel
// sees it. It may be called by many goroutines.
type Combiner interface {
	// Combine gets the points that are to be combined, in the order of the
	// shaper or muxer, and returns one state, several, or none. States without
	// points count as none. points must not be changed.
	Combine(ctx context.Context, channel ampel.ChannelID, points []ampel.DataPoint) ([]State, error)
}

// CombinerFunc is a function as a Combiner.
type CombinerFunc func(ctx context.Context, channel ampel.ChannelID, points []ampel.DataPoint) ([]State, error)

// Combine calls f.
func (f CombinerFunc) Combine(ctx context.Context, channel ampel.ChannelID, points []ampel.DataPoint) ([]State, error) {
	return f(ctx, channel, points)
}

// State is a set of datapoints, by their ids.
type State struct {
	DPS []int64
	Tag []ampel.Tag // stored with the state
}

// Unit computes something about a state when it is made. A state with a unit is
// a document of its own beside the plain state of the same points.
type Unit interface {
	// Compute gets the points of the state, in its order. The body may be nil;
	// the code is stored as it is.
	Compute(ctx context.Context, points []ampel.DataPoint) (body any, code ampel.DocumentCode, err error)
}

// UnitFunc is a function as a Unit.
type UnitFunc func(ctx context.Context, points []ampel.DataPoint) (any, ampel.DocumentCode, error)

// Compute calls f.
func (f UnitFunc) Compute(ctx context.Context, points []ampel.DataPoint) (any, ampel.DocumentCode, error) {
	return f(ctx, points)
}
