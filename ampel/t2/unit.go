package t2

import (
	"context"

	"github.com/penstock/penstock/ampel"
)

// Input is what tickets are bound to.
type Input interface {
	*ampel.StockDocument | *ampel.DataPoint | *State
}

// Unit computes a result about what a ticket is bound to. The result is a
// *UnitResult, or anything that ampel.NewValue takes; nil is a mistake. The input
// belongs to the unit. When ctx ends, nobody waits for the result any more.
type Unit[I Input] interface {
	Process(ctx context.Context, in I) (any, error)
}

// The three kinds of units.
type (
	// StockUnit computes something about a stock, with its journal.
	StockUnit = Unit[*ampel.StockDocument]
	// PointUnit computes something about one datapoint, which comes without metadata.
	PointUnit = Unit[*ampel.DataPoint]
	// StateUnit computes something about a set of datapoints.
	StateUnit = Unit[*State]
)

// TiedUnit is a Unit that builds on results of other units: see Dependency. It is
// called when all of them have ended well, and gets their documents, in the order
// of its dependencies. Payload of a view is the result.
type TiedUnit[I Input] interface {
	Process(ctx context.Context, in I, results []*ampel.T2DocView) (any, error)
}

// The three kinds of tied units.
type (
	// TiedStockUnit may depend on stock units.
	TiedStockUnit = TiedUnit[*ampel.StockDocument]
	// TiedPointUnit may depend on point and stock units.
	TiedPointUnit = TiedUnit[*ampel.DataPoint]
	// TiedStateUnit may depend on units of all kinds.
	TiedStateUnit = TiedUnit[*State]
)

// Func is a function as a Unit.
type Func[I Input] func(ctx context.Context, in I) (any, error)

// Process calls f.
func (f Func[I]) Process(ctx context.Context, in I) (any, error) { return f(ctx, in) }

// TiedFunc is a function as a TiedUnit.
type TiedFunc[I Input] func(ctx context.Context, in I, results []*ampel.T2DocView) (any, error)

// Process calls f.
func (f TiedFunc[I]) Process(ctx context.Context, in I, results []*ampel.T2DocView) (any, error) {
	return f(ctx, in, results)
}

// State is a set of datapoints.
type State struct {
	// Doc is the T1 document, without its channels: a result is the same for all.
	Doc ampel.T1Document
	// Points are the datapoints that Doc.DPS lists, in its order, without metadata.
	Points []ampel.DataPoint
}

// LightCurve returns the datapoints as photometry: detections and upper limits.
func (s *State) LightCurve() ampel.LightCurve { return ampel.NewLightCurve(s.Doc.Link, s.Points) }

// UnitResult is a result with more than a body.
type UnitResult struct {
	// Body is what a unit may return otherwise; nil for none.
	Body any
	// Code becomes that of the ticket: above zero with a meaning of the unit, or below
	// zero if there is no result, such as ampel.T2MissingInfo. Nil is OK.
	Code *ampel.DocumentCode
	// Tag is added to the ticket.
	Tag []ampel.Tag
	// Journal adds to the record in the journal of the stock.
	Journal *ampel.JournalAttributes
}

// Code returns a code for UnitResult.
func Code(c ampel.DocumentCode) *ampel.DocumentCode { return &c }
