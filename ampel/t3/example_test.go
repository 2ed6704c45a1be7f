package t3_test

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/catalog"
	"github.com/penstock/penstock/ampel/t3/stage"
)

// A stager works without a database, on any sequence of buffers.
func Example() {
	units := catalog.New()
	t3.RegisterUnit(units, "Names", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) {
		return t3.UnitFunc[*ampel.SnapView](func(_ context.Context, views *t3.Views[*ampel.SnapView], _ *ampel.T3Store) (any, error) {
			var names []string
			for v := range views.All() {
				names = append(names, v.ID().String())
			}
			return names, nil
		}), nil
	})
	conf := stage.Distributive{NThread: 2}
	conf.SetDefaults()
	conf.NThread, conf.Execute.Unit = 2, "Names"
	stager, err := stage.NewDistributive(&ampel.Env{Units: units, Process: "example"}, conf)
	if err != nil {
		fmt.Println(err)
		return
	}
	buffers := t3.BuffersOf(func(yield func(*ampel.AmpelBuffer) bool) {
		for _, id := range []string{"A", "B", "C", "D"} {
			if !yield(&ampel.AmpelBuffer{ID: ampel.TextID(id)}) {
				return
			}
		}
	})
	for doc, err := range stager.Stage(context.Background(), buffers, &ampel.T3Store{}) {
		fmt.Println(doc.Body, err)
	}
	// Output:
	// ["A","C"] <nil>
	// ["B","D"] <nil>
}
