package t0

import (
	"fmt"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t1"
	"github.com/penstock/penstock/ampel/t2"
)

// Check finds mistakes in all units, without building any: unknown ones, bad
// configurations, T2 units that are for tickets of another kind.
func (c Consumer) Check(r *ampel.Registry) error {
	if err := c.Supplier.Check(r); err != nil {
		return ampel.PathError("supplier", err)
	}
	if err := c.Shaper.Check(r); err != nil {
		return ampel.PathError("shaper", err)
	}
	for i, d := range c.Directives {
		if err := d.check(r); err != nil {
			return ampel.PathError(fmt.Sprintf("directives[%d]", i), err)
		}
	}
	return nil
}

func (d Directive) check(r *ampel.Registry) error {
	if d.Filter != nil {
		if err := unitOf[AlertFilter](d.Filter.UnitModel).Check(r); err != nil {
			return ampel.PathError("filter", err)
		}
	}
	return ampel.PathError("ingest", d.Ingest.check(r))
}

func unitOf[T any](m ampel.UnitModel) ampel.UnitOf[T] { return ampel.UnitOf[T]{UnitModel: m} }

func (g Ingest) check(r *ampel.Registry) error {
	if g.New != nil {
		if err := g.New.check(r); err != nil {
			return ampel.PathError("new", err)
		}
	}
	if g.Known != nil {
		if err := g.Known.check(r); err != nil {
			return ampel.PathError("known", err)
		}
	}
	if err := checkT2("stock_t2", g.StockT2, ampel.T2Stock); err != nil {
		return err
	}
	if err := checkT2("point_t2", g.PointT2, ampel.T2Point); err != nil {
		return err
	}
	if err := checkCombine(r, g.Combine); err != nil {
		return err
	}
	if g.Mux == nil {
		return nil
	}
	if err := unitOf[Muxer](g.Mux.UnitModel).Check(r); err != nil {
		return ampel.PathError("mux", err)
	}
	if err := checkT2("point_t2", g.Mux.Insert.PointT2, ampel.T2Point); err != nil {
		return ampel.PathError("mux.insert", err)
	}
	return ampel.PathError("mux", checkCombine(r, g.Mux.Combine))
}

func checkCombine(r *ampel.Registry, all []Combine) error {
	for i, c := range all {
		err := unitOf[t1.Combiner](c.UnitModel).Check(r)
		if err == nil && c.Compute != nil {
			err = ampel.PathError("compute", c.Compute.Check(r))
		}
		if err == nil {
			err = checkT2("state_t2", c.StateT2, ampel.T2State)
		}
		if err == nil {
			err = checkT2("point_t2", c.PointT2, ampel.T2Point)
		}
		if err != nil {
			return ampel.PathError(fmt.Sprintf("combine[%d]", i), err)
		}
	}
	return nil
}

func checkT2(key string, all []T2Unit, kind ampel.T2Type) error {
	for i, u := range all {
		if err := t2.Check(u.UnitModel, kind); err != nil {
			return ampel.PathError(fmt.Sprintf("%s[%d]", key, i), err)
		}
	}
	return nil
}
