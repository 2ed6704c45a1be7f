package catalog

import (
	"context"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// count is unit T3CountStocks: its result is how many stocks it saw, in all and
// by channel. It is there to try out a selection.
func count(ctx context.Context, views *t3.Views[*ampel.SnapView], _ *ampel.T3Store) (any, error) {
	n, channels := 0, map[string]int{}
	for v := range views.All() {
		n++
		for _, c := range v.Channels() {
			channels[c.String()]++
		}
	}
	return map[string]any{"stocks": n, "channels": channels}, ctx.Err()
}

func units(r *ampel.Registry) {
	t3.RegisterUnit(r, "T3CountStocks", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) {
		return t3.UnitFunc[*ampel.SnapView](count), nil
	})
}
