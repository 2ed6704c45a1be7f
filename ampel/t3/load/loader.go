package load

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t3"
)

// New builds a T3SimpleDataLoader, which is also known as DataLoader and
// DBContentLoader: it makes a buffer for every stock that is asked for, in that
// order, and fills it as the directives say.
func New(env *ampel.Env, c Config) (t3.Loader, error) {
	if env.DB == nil {
		return nil, errors.New("there is no database to load from: give the run one")
	}
	return &loader{db: env.DB, conf: c}, nil
}

type loader struct {
	db   *ampel.Database
	conf Config
}

// Load does one query per directive.
func (l *loader) Load(ctx context.Context, ids []ampel.StockID) ([]*ampel.AmpelBuffer, error) {
	s := newShelf(ids)
	for _, d := range l.conf.Directives {
		if err := l.fill(ctx, s, d, l.conf.query(d, s.ids)); err != nil {
			return nil, err
		}
	}
	return s.list(), nil
}

// shelf holds the buffers that are being filled.
type shelf struct {
	ids     []ampel.StockID // still wanted, in order
	buffers map[ampel.StockID]*ampel.AmpelBuffer
}

func newShelf(ids []ampel.StockID) *shelf {
	s := &shelf{ids: slices.Clone(ids), buffers: make(map[ampel.StockID]*ampel.AmpelBuffer, len(ids))}
	for _, id := range ids {
		s.buffers[id] = &ampel.AmpelBuffer{ID: id}
	}
	return s
}

func (s *shelf) list() []*ampel.AmpelBuffer {
	out := make([]*ampel.AmpelBuffer, len(s.ids))
	for i, id := range s.ids {
		out[i] = s.buffers[id]
	}
	return out
}

// keep drops the stocks for which f is false.
func (s *shelf) keep(f func(ampel.StockID) bool) {
	s.ids = slices.DeleteFunc(s.ids, func(id ampel.StockID) bool { return !f(id) })
}

// fill runs the query of a directive and puts what it finds into buffers.
func (l *loader) fill(ctx context.Context, s *shelf, d Directive, query bson.D) error {
	if len(s.ids) == 0 {
		return nil
	}
	found := l.db.Collection(d.Col).Find(ctx, query)
	var err error
	switch d.Col {
	case "stock":
		err = each(found, func(doc *ampel.StockDocument) {
			if b := s.buffers[doc.Stock]; b != nil {
				b.Stock, b.Origin = doc, doc.Origin
			}
		})
	case "t0":
		for _, id := range s.ids {
			b := s.buffers[id]
			b.T0 = orEmpty(b.T0)
		}
		err = each(found, func(doc *ampel.DataPoint) {
			for _, id := range doc.Stock {
				if b := s.buffers[id]; b != nil {
					b.T0 = append(b.T0, *doc)
				}
			}
		})
	case "t1":
		for _, id := range s.ids {
			b := s.buffers[id]
			b.T1 = orEmpty(b.T1)
		}
		err = each(found, func(doc *ampel.T1Document) {
			if b := s.buffers[doc.Stock]; b != nil {
				b.T1 = append(b.T1, *doc)
			}
		})
	case "t2":
		err = l.results(s, d, found)
	}
	if err != nil {
		return fmt.Errorf("ampel: load %s: %w", d.Col, err)
	}
	return nil
}

func (l *loader) results(s *shelf, d Directive, found iter.Seq2[bson.Raw, error]) error {
	for _, id := range s.ids {
		b := s.buffers[id]
		b.T2 = orEmpty(b.T2)
	}
	any := map[ampel.StockID]bool{}
	var failed error
	err := each(found, func(doc *ampel.T2Document) {
		b := s.buffers[doc.Stock]
		if b == nil {
			return
		}
		if d.ResolveConfig && failed == nil {
			doc.Config, failed = l.resolve(doc.Config)
		}
		any[doc.Stock] = true
		b.T2 = append(b.T2, *doc)
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	if d.ExcludingQuery {
		s.keep(func(id ampel.StockID) bool { return any[id] })
	}
	return nil
}

// resolve replaces the number of a configuration by the configuration, also
// inside of t2_dependency.
func (l *loader) resolve(v ampel.Value) (ampel.Value, error) {
	n, ok := v.Int()
	if !ok {
		return v, nil
	}
	c, err := l.db.Config(n)
	if err != nil {
		return v, err
	}
	if !c.Has("t2_dependency") {
		return c, nil
	}
	m := c.Any().(map[string]any)
	list, _ := m["t2_dependency"].([]any)
	for _, e := range list {
		dep, ok := e.(map[string]any)
		if !ok {
			continue
		}
		w, err := ampel.NewValue(dep["config"])
		if err != nil {
			return v, err
		}
		if w, err = l.resolve(w); err != nil {
			return v, err
		}
		dep["config"] = w.Any()
	}
	return ampel.NewValue(m)
}

// each decodes documents.
func each[T any](found iter.Seq2[bson.Raw, error], f func(*T)) error {
	for doc, err := range docdb.Decode[T](found) {
		if err != nil {
			return err
		}
		f(&doc)
	}
	return nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
