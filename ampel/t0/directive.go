package t0

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t1"
	"github.com/penstock/penstock/ampel/t2"
)

// directive is what one channel wants, with its units built.
type directive struct {
	channel ampel.ChannelID
	filter  AlertFilter // nil: accepts all
	match   Match
	log     bool
	fresh   *recipe // for stocks that are new to the channel
	known   *recipe
}

// recipe says what documents are made of an accepted alert.
type recipe struct {
	stock   []ticket
	point   []ticket
	combine []combine
	mux     Muxer // nil: none
	// insert and muxed are for what the muxer wants stored and combined.
	insert []ticket
	muxed  []combine
}

// plain tells whether the points of the alert are stored as they are.
func (r *recipe) plain() bool { return r.mux == nil || len(r.point)+len(r.combine) > 0 }

// combine makes states.
type combine struct {
	combiner t1.Combiner
	groups   Groups
	unit     string // empty: the states have no unit
	config   any
	compute  t1.Unit
	state    []ticket
	point    []ticket
}

// ticket is what one T2 unit is asked for.
type ticket struct {
	unit   string
	config any // nil, or the number of the configuration
	groups Groups
	pick   *t2.LinkOverride
}

// builder builds the units of directives.
type builder struct {
	ctx context.Context
	env *ampel.Env
}

func (b builder) directives(all []Directive) ([]directive, bool, error) {
	out := make([]directive, len(all))
	muxes := false
	for i, d := range all {
		at := fmt.Sprintf("directives[%d]", i)
		out[i] = directive{channel: d.Channel}
		if f := d.Filter; f != nil {
			u, _, err := unitOf[AlertFilter](f.UnitModel).Build(b.env)
			if err != nil {
				return nil, false, ampel.PathError(at+".filter", err)
			}
			out[i].filter, out[i].match, out[i].log = u, f.OnStockMatch, f.Reject.Log
		}
		fresh, known := &d.Ingest, &d.Ingest
		if d.Ingest.New != nil || d.Ingest.Known != nil {
			fresh, known = d.Ingest.New, d.Ingest.Known
		}
		var err error
		if out[i].fresh, err = b.recipe(fresh); err != nil {
			return nil, false, ampel.PathError(at+".ingest", err)
		}
		out[i].known = out[i].fresh
		if known != fresh {
			if out[i].known, err = b.recipe(known); err != nil {
				return nil, false, ampel.PathError(at+".ingest", err)
			}
		}
		muxes = muxes || out[i].fresh.mux != nil || out[i].known.mux != nil
	}
	return out, muxes, nil
}

func (b builder) recipe(g *Ingest) (*recipe, error) {
	r := &recipe{}
	if g == nil { // of new and known only the other one is given
		return r, nil
	}
	var err error
	if r.stock, err = b.tickets(g.StockT2); err != nil {
		return nil, ampel.PathError("stock_t2", err)
	}
	if r.point, err = b.tickets(g.PointT2); err != nil {
		return nil, ampel.PathError("point_t2", err)
	}
	if r.combine, err = b.combine(g.Combine); err != nil || g.Mux == nil {
		return r, err
	}
	if r.mux, _, err = unitOf[Muxer](g.Mux.UnitModel).Build(b.env); err != nil {
		return nil, ampel.PathError("mux", err)
	}
	if r.insert, err = b.tickets(g.Mux.Insert.PointT2); err != nil {
		return nil, ampel.PathError("mux.insert.point_t2", err)
	}
	r.muxed, err = b.combine(g.Mux.Combine)
	return r, ampel.PathError("mux", err)
}

func (b builder) combine(all []Combine) ([]combine, error) {
	out := make([]combine, len(all))
	for i, c := range all {
		at := fmt.Sprintf("combine[%d]", i)
		var err error
		if out[i].combiner, _, err = unitOf[t1.Combiner](c.UnitModel).Build(b.env); err != nil {
			return nil, ampel.PathError(at, err)
		}
		out[i].groups = c.Group
		if c.Compute != nil {
			if out[i].compute, _, err = c.Compute.Build(b.env); err != nil {
				return nil, ampel.PathError(at+".compute", err)
			}
			out[i].unit = c.Compute.Unit
			if out[i].config, err = b.number(c.Compute.Full()); err != nil {
				return nil, ampel.PathError(at+".compute", err)
			}
		}
		if out[i].state, err = b.tickets(c.StateT2); err != nil {
			return nil, ampel.PathError(at+".state_t2", err)
		}
		if out[i].point, err = b.tickets(c.PointT2); err != nil {
			return nil, ampel.PathError(at+".point_t2", err)
		}
	}
	return out, nil
}

func (b builder) tickets(all []T2Unit) ([]ticket, error) {
	out := make([]ticket, len(all))
	for i, u := range all {
		n, err := b.number(u.Full())
		if err != nil {
			return nil, ampel.PathError(fmt.Sprintf("[%d]", i), err)
		}
		out[i] = ticket{unit: u.Unit, config: n, groups: u.Group, pick: &u.Ingest}
	}
	return out, nil
}

// number stores a configuration and returns its number, nil for none.
func (b builder) number(c ampel.Config) (any, error) {
	if len(c) == 0 {
		return nil, nil
	}
	n, err := b.env.DB.SaveConfig(b.ctx, c)
	return n, err
}
