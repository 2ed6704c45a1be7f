package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// posterConfig is what the job says about the unit SupernovaReport.
type posterConfig struct {
	File string `config:"file,required"` // of the page
}

// poster is a T3 unit that posts the likely supernovae to a page.
type poster struct {
	file   string
	db     *ampel.Database
	stream *stream
	shown  *shown
}

// shown is what is on the page.
type shown struct {
	candidates int
	quality    string // how right it is, with a line break, if that is known
}

func registerReport(r *ampel.Registry, s *stream) *shown {
	result := &shown{}
	t3.RegisterUnit(r, "SupernovaReport", t3.Transient, func(env *ampel.Env, c posterConfig) (t3.Unit[*ampel.TransientView], error) {
		return &poster{c.File, env.DB, s, result}, nil
	})
	return result
}

// Process writes the page, and notes in the journals of the stocks that they are on
// it.
func (p *poster) Process(ctx context.Context, views *t3.Views[*ampel.TransientView], _ *ampel.T3Store) (any, error) {
	var found []*candidate
	for v := range views.All() {
		c := likely(v)
		if c == nil {
			continue
		}
		c.Truth = p.stream.truth(c.Name)
		found = append(found, c)
		if err := views.Send(ampel.JournalAttributes{Extra: map[string]any{"report": p.file}}); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx) // not all views were given
	}
	slices.SortFunc(found, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(a.brightest(), b.brightest()), cmp.Compare(a.Name, b.Name))
	})
	quality := p.stream.quality(found)
	tiers, err := p.tallies(ctx)
	if err != nil {
		return nil, err
	}
	page := &page{Source: p.stream.what, Tiers: tiers, Quality: quality, Candidates: found}
	if err := page.write(p.file); err != nil {
		return nil, err
	}
	p.shown.candidates = len(found)
	if quality != "" {
		p.shown.quality = quality + "\n"
	}
	return map[string]any{"file": p.file, "candidates": len(found)}, nil
}

// brightest returns the magnitude of the brightest peak.
func (c *candidate) brightest() float64 {
	mag := 99.0
	for _, f := range c.Bands {
		mag = min(mag, f.PeakMag.Value)
	}
	return mag
}

// tallies counts what the tiers have left in the database.
func (p *poster) tallies(ctx context.Context) ([]tally, error) {
	out := []tally{{commas(p.stream.taken.Load()), "alerts taken"}}
	for _, c := range []struct {
		collection, what string
		filter           bson.D
	}{
		{ampel.ColNameStock, "stocks", nil},
		{ampel.ColNameT0, "datapoints (T0)", nil},
		{ampel.ColNameT1, "states (T1)", nil},
		{ampel.ColNameT2, "results (T2)", bson.D{{Key: "code", Value: bson.D{{Key: "$gte", Value: 0}}}}},
	} {
		n, err := p.db.Collection(c.collection).Count(ctx, c.filter)
		if err != nil {
			return nil, fmt.Errorf("counting %s: %w", c.what, err)
		}
		out = append(out, tally{commas(n), c.what})
	}
	return out, nil
}
