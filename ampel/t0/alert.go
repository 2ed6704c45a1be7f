package t0

import (
	"context"
	"fmt"
	"iter"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/pl"
)

// Alert is a message about one stock: something was measured. It must not be
// changed once it is supplied, since all channels see the same one.
type Alert struct {
	// ID is that of the message, unique among the alerts of its stock. An alert
	// that was ingested is known by it.
	ID    int64
	Stock ampel.StockID
	// Name are the names of the stock outside of this database, if any.
	Name []ampel.Label
	// Datapoints are what was measured, newest first, as they came; the shaper
	// makes documents of them.
	Datapoints []ampel.Value
	// Tag is stored with the stock and with every document of the alert.
	Tag []ampel.Tag
	// Extra is what else the alert carries. It is stored only if the
	// configuration asks for its keys.
	Extra map[string]ampel.Value
}

// Delivery is what a supplier gives: an alert, or the reason why there is none.
// An error is about one alert only: it is counted and stored as a trouble, and
// the next one is taken. What ends the supply is an error of the stage.
type Delivery struct {
	Alert *Alert
	Err   error
}

// AlertSupplier is where alerts come from. It gives the same alerts in the same
// order whenever it can, so that a run that was killed can be done again; what
// was ingested already is then recognized.
type AlertSupplier interface {
	// Alerts returns a source of deliveries, of which nothing runs yet. It may be
	// made of several stages, such as one that decodes on all processors; they
	// should keep the order.
	Alerts(ctx context.Context) (pl.Stage[Delivery], error)
}

// SupplierFunc is a function as an AlertSupplier.
type SupplierFunc func(ctx context.Context) (pl.Stage[Delivery], error)

// Alerts calls f.
func (f SupplierFunc) Alerts(ctx context.Context) (pl.Stage[Delivery], error) { return f(ctx) }

// FromSeq2 returns a source of what a loop gives. An error of it is that of one
// alert; the loop goes on.
func FromSeq2(seq iter.Seq2[*Alert, error]) pl.Stage[Delivery] {
	return pl.FromSeq(func(yield func(Delivery) bool) {
		for a, err := range seq {
			if !yield(Delivery{a, err}) {
				return
			}
		}
	})
}

// Of returns a supplier of alerts that are there already.
func Of(alerts ...*Alert) AlertSupplier {
	return SupplierFunc(func(context.Context) (pl.Stage[Delivery], error) {
		out := make([]Delivery, len(alerts))
		for i, a := range alerts {
			out[i].Alert = a
		}
		return pl.From(out), nil
	})
}

// String returns the number of the alert and its stock.
func (a *Alert) String() string { return fmt.Sprintf("alert %d of stock %v", a.ID, a.Stock) }
