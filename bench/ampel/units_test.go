package ampel_test

import (
	"context"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t2"
)

type noteConfig struct {
	Note string `config:"note"`
}

// The units of tickets that nobody computes.
func init() {
	t2.Register("IngestBenchStock", func(noteConfig) (t2.StockUnit, error) {
		return t2.Func[*ampel.StockDocument](func(context.Context, *ampel.StockDocument) (any, error) { return 1, nil }), nil
	})
	t2.Register("IngestBenchState", func(noteConfig) (t2.StateUnit, error) {
		return t2.Func[*t2.State](func(context.Context, *t2.State) (any, error) { return 1, nil }), nil
	})
}
