package t3

import (
	"context"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

// Buffers is a stream of buffers. An error ends it and is its last element. It
// is ranged over once.
type Buffers = iter.Seq2[*ampel.AmpelBuffer, error]

// BuffersOf returns a stream of buffers that cannot fail.
func BuffersOf(seq iter.Seq[*ampel.AmpelBuffer]) Buffers {
	return func(yield func(*ampel.AmpelBuffer, error) bool) {
		for b := range seq {
			if !yield(b, nil) {
				return
			}
		}
	}
}

// Session supplies what a run knows beforehand, such as when the last one was.
type Session interface {
	Supply(ctx context.Context, store *ampel.T3Store) (map[string]any, error)
}

// Selector finds the stocks of a run.
type Selector interface {
	// Select returns their ids, in the order in which they will be loaded.
	Select(ctx context.Context) ([]ampel.StockID, error)
}

// Loader loads what is known about stocks.
type Loader interface {
	// Load returns buffers in the order of ids.
	Load(ctx context.Context, ids []ampel.StockID) ([]*ampel.AmpelBuffer, error)
}

// Complementer adds to buffers what comes from elsewhere, in place.
type Complementer interface {
	Complement(ctx context.Context, buffers []*ampel.AmpelBuffer, store *ampel.T3Store) error
}

// Filter leaves out buffers. It keeps the order and changes no buffer.
type Filter interface {
	Filter(buffers []*ampel.AmpelBuffer) ([]*ampel.AmpelBuffer, error)
}

// Projector makes buffers of which parts are gone. It may leave out buffers.
type Projector interface {
	Project(buffers []*ampel.AmpelBuffer) ([]*ampel.AmpelBuffer, error)
}

// Supplier is where the buffers of a run come from.
type Supplier interface {
	Supply(ctx context.Context, store *ampel.T3Store) Buffers
}

// Stager gives buffers to units and makes documents of their results.
type Stager interface {
	// Stage runs the units. It takes the buffers over: nobody else may change
	// them any more. Documents come first, then the errors, one for each unit
	// that failed; leaving the loop early ends the units that still run.
	Stage(ctx context.Context, buffers Buffers, store *ampel.T3Store) iter.Seq2[*ampel.T3Document, error]
}

// Filterer gives the filter of a query that stands for a selector, for those
// that select on top of it.
type Filterer interface {
	Query(ctx context.Context) (bson.D, error)
}

// StepError says in which step of a run an error happened.
type StepError struct {
	Code ampel.DocumentCode // one of ampel.T3ContextError and those after it
	Unit string             // which unit, if one did
	Err  error
}

func (e *StepError) Error() string {
	step := map[ampel.DocumentCode]string{
		ampel.T3ContextError: "context", ampel.T3SelectError: "select", ampel.T3LoadError: "load",
		ampel.T3ComplementError: "complement", ampel.T3RunError: "run",
	}[e.Code]
	if e.Unit != "" {
		step += ": unit " + e.Unit
	}
	return "ampel: t3: " + step + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }
