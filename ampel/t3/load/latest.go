package load

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t3"
)

// Latest is the configuration of T3LatestStateDataLoader: of the states of a
// stock only the newest is loaded, and of the T2 documents only those that are
// bound to it. Other collections are as with T3SimpleDataLoader.
//
// The newest state is the one with the most datapoints; among those the one
// whose metadata is newest; among those the one with the highest _id. States of
// other channels than Channel do not count.
type Latest struct{ Config }

// CheckConfig refuses complements that would contradict the loader.
func (c *Latest) CheckConfig() error {
	for i, d := range c.Directives {
		at := fmt.Sprintf("directives[%d].query_complement", i)
		if _, ok := d.QueryComplement["_id"]; ok && d.Col == "t1" {
			return ampel.PathError(at+"._id", errors.New("is what this loader decides: leave it out"))
		}
		if _, ok := d.QueryComplement["link"]; ok && d.Col == "t2" {
			return ampel.PathError(at+".link", errors.New("is what this loader decides: leave it out"))
		}
	}
	return nil
}

// NewLatest builds a T3LatestStateDataLoader.
func NewLatest(env *ampel.Env, c Latest) (t3.Loader, error) {
	if env.DB == nil {
		return nil, errors.New("there is no database to load from: give the run one")
	}
	return &latest{loader{db: env.DB, conf: c.Config}, env}, nil
}

type latest struct {
	loader
	env *ampel.Env
}

// Load finds the newest states first.
func (l *latest) Load(ctx context.Context, ids []ampel.StockID) ([]*ampel.AmpelBuffer, error) {
	s := newShelf(ids)
	var states map[ampel.StockID]state
	for _, d := range l.conf.Directives {
		var more []bson.D
		if d.Col == "t1" || d.Col == "t2" {
			if states == nil {
				var err error
				if states, err = l.states(ctx, ids); err != nil {
					return nil, err
				}
			}
			more = append(more, only(states))
		}
		if d.Col == "t2" {
			more = append(more, bson.D{{Key: "$or", Value: bson.A{
				bson.D{{Key: "col", Value: nil}}, bson.D{{Key: "col", Value: "t1"}}, // bound to a state
			}}})
		}
		if err := l.fill(ctx, s, d, l.conf.query(d, s.ids, more...)); err != nil {
			return nil, err
		}
		l.drop(s, d, states)
	}
	return s.list(), nil
}

// state is what is compared to find the newest.
type state struct {
	ID    bson.RawValue      `bson:"_id"`
	Stock ampel.StockID      `bson:"stock"`
	Link  int64              `bson:"link"`
	DPS   []int64            `bson:"dps"`
	Meta  []ampel.MetaRecord `bson:"meta"`
}

func (a state) newer(b state) bool {
	if len(a.DPS) != len(b.DPS) {
		return len(a.DPS) > len(b.DPS)
	}
	return a.time() >= b.time() // they come in the order of _id
}

func (a state) time() ampel.UnixTime {
	if len(a.Meta) == 0 {
		return 0
	}
	return a.Meta[len(a.Meta)-1].TS
}

func (l *latest) states(ctx context.Context, ids []ampel.StockID) (map[ampel.StockID]state, error) {
	found := l.db.Collection(ampel.ColNameT1).Find(ctx, l.conf.query(Directive{Col: "t1"}, ids),
		docdb.SortBy(bson.D{{Key: "_id", Value: 1}}),
		docdb.Fields(bson.D{{Key: "stock", Value: 1}, {Key: "link", Value: 1}, {Key: "dps", Value: 1}, {Key: "meta", Value: 1}}))
	out := map[ampel.StockID]state{}
	err := each(found, func(s *state) {
		if old, ok := out[s.Stock]; !ok || s.newer(old) {
			out[s.Stock] = *s
		}
	})
	if err != nil {
		return nil, fmt.Errorf("ampel: load: latest states: %w", err)
	}
	if len(out) == 0 {
		l.env.Logger().Error("no state was found", "stocks", len(ids))
	}
	return out, nil
}

// only is the condition to belong to one of the links; drop does the rest.
func only(states map[ampel.StockID]state) bson.D {
	links := bson.A{}
	for _, s := range states {
		links = append(links, s.Link)
	}
	return bson.D{{Key: "link", Value: bson.D{{Key: "$in", Value: links}}}}
}

// drop removes what has the link of another stock's newest state.
func (l *latest) drop(s *shelf, d Directive, states map[ampel.StockID]state) {
	for _, id := range s.ids {
		b, newest := s.buffers[id], states[id]
		switch d.Col {
		case "t1":
			b.T1 = keep(b.T1, func(x ampel.T1Document) bool { return x.Link == newest.Link })
		case "t2":
			b.T2 = keep(b.T2, func(x ampel.T2Document) bool { return x.Link == ampel.IntID(newest.Link) })
		}
	}
	if d.ExcludingQuery {
		s.keep(func(id ampel.StockID) bool { return len(s.buffers[id].T2) > 0 })
	}
}

func keep[T any](list []T, f func(T) bool) []T {
	out := []T{}
	for _, e := range list {
		if f(e) {
			out = append(out, e)
		}
	}
	return out
}
