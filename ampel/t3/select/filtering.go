package selection

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t3"
)

// Filtering is the configuration of T3FilteringStockSelector: stocks that
// T3StockSelector finds and whose newest T2 results fulfil conditions.
//
// Of every unit that T2Filter names the newest document of a stock counts that
// has code 0 and a result, and that fulfils the conditions on channels and tags
// itself; of it the newest result. Stocks without any are left out, whatever the
// conditions.
type Filtering struct {
	Stock
	T2Filter  T2Filter `config:"t2_filter,required"`
	ChunkSize int      `config:"chunk_size"` // stocks per query; default 200
}

// SetDefaults sets the defaults.
func (c *Filtering) SetDefaults() { c.ChunkSize = 200 }

// CheckConfig finds mistakes.
func (c *Filtering) CheckConfig() error {
	if c.ChunkSize < 1 {
		return ampel.PathError("chunk_size", fmt.Errorf("%d is not above 0", c.ChunkSize))
	}
	return c.Stock.CheckConfig()
}

// T2Filter is {unit, match}, or any_of or all_of such, or any_of with all_of in
// it. match is a filter of the database on the result of the unit.
type T2Filter struct {
	raw   any
	units []string
	query bson.D // on {<unit>: result}
}

// DecodeConfig reads one of the forms.
func (f *T2Filter) DecodeConfig(v any) error {
	units := map[string]bool{}
	q, err := t2Query(v, units, 0)
	if err != nil {
		return err
	}
	if _, err := docdb.ParseFilter(q); err != nil {
		return err
	}
	*f = T2Filter{v, slices.Sorted(maps.Keys(units)), q}
	return nil
}

// EncodeConfig returns the filter as it was read.
func (f T2Filter) EncodeConfig() any { return f.raw }

func t2Query(v any, units map[string]bool, depth int) (bson.D, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("needs {unit, match}, or a map with any_of or all_of; a plain list says neither")
	}
	for key, op := range map[string]string{"any_of": "$or", "all_of": "$and"} {
		inner, ok := m[key]
		if !ok {
			continue
		}
		if len(m) > 1 || depth > 1 || depth == 1 && key == "any_of" {
			return nil, ampel.PathError(key, errors.New("can stand alone only; all_of may stand in any_of, nothing else is nested"))
		}
		list, ok := inner.([]any)
		if !ok || len(list) == 0 {
			return nil, ampel.PathError(key, errors.New("needs a list with elements"))
		}
		depth := depth + 1
		if key == "all_of" {
			depth = 2
		}
		var all bson.A
		for i, e := range list {
			q, err := t2Query(e, units, depth)
			if err != nil {
				return nil, ampel.PathError(fmt.Sprintf("%s[%d]", key, i), err)
			}
			all = append(all, q)
		}
		return bson.D{{Key: op, Value: all}}, nil
	}
	var c struct {
		Unit  string       `config:"unit,required"`
		Match ampel.Config `config:"match,required"`
	}
	if err := ampel.Decode(v, &c); err != nil {
		return nil, err
	}
	if c.Unit == "" || strings.ContainsAny(c.Unit, ".$") {
		return nil, ampel.PathError("unit", fmt.Errorf("%q cannot be the name of a unit", c.Unit))
	}
	units[c.Unit] = true
	return prefixed(c.Unit, c.Match)
}

// prefixed puts the name of a unit in front of the paths of a filter, also
// below $and, $or and $nor.
func prefixed(unit string, match ampel.Config) (bson.D, error) {
	out := bson.D{}
	for _, k := range slices.Sorted(maps.Keys(match)) {
		if !strings.HasPrefix(k, "$") {
			out = append(out, bson.E{Key: unit + "." + k, Value: sorted(match[k])})
			continue
		}
		list, ok := match[k].([]any)
		if !ok {
			return nil, ampel.PathError("match."+k, errors.New("needs a list of filters"))
		}
		var all bson.A
		for _, e := range list {
			m, ok := e.(map[string]any)
			if !ok {
				return nil, ampel.PathError("match."+k, errors.New("needs a list of filters"))
			}
			d, err := prefixed(unit, m)
			if err != nil {
				return nil, err
			}
			all = append(all, d)
		}
		out = append(out, bson.E{Key: k, Value: all})
	}
	return out, nil
}

// sorted returns maps as bson.D with sorted keys.
func sorted(v any) any {
	switch v := v.(type) {
	case map[string]any:
		d := bson.D{}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			d = append(d, bson.E{Key: k, Value: sorted(v[k])})
		}
		return d
	case []any:
		a := make(bson.A, len(v))
		for i, e := range v {
			a[i] = sorted(e)
		}
		return a
	}
	return v
}

// NewFiltering builds a T3FilteringStockSelector.
func NewFiltering(env *ampel.Env, c Filtering) (t3.Selector, error) {
	if env.DB == nil {
		return nil, errNoDatabase
	}
	f, err := docdb.ParseFilter(c.T2Filter.query)
	if err != nil {
		return nil, err
	}
	return &filtering{stock{env, c.Stock}, c, f}, nil
}

type filtering struct {
	stock
	conf   Filtering
	filter *docdb.Filter
}

// Select returns the ids in the order of T3StockSelector.
func (s *filtering) Select(ctx context.Context) ([]ampel.StockID, error) {
	ids, err := s.stock.Select(ctx)
	if err != nil {
		return nil, err
	}
	var out []ampel.StockID
	for chunk := range slices.Chunk(ids, s.conf.ChunkSize) {
		latest, err := s.latest(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for _, id := range chunk {
			results := latest[id]
			if len(results) == 0 {
				continue
			}
			doc, err := bson.Marshal(results)
			if err != nil {
				return nil, err
			}
			if s.filter.Match(doc) {
				out = append(out, id)
			}
		}
	}
	s.env.Logger().Info(fmt.Sprintf("%d/%d stocks passed filter criteria", len(out), len(ids)))
	return out, nil
}

// latest returns the newest results of stocks, by unit.
func (s *filtering) latest(ctx context.Context, ids []ampel.StockID) (map[ampel.StockID]bson.D, error) {
	q := and(append([]bson.D{
		{{Key: "stock", Value: bson.D{{Key: "$in", Value: ids}}}},
		{{Key: "code", Value: int64(ampel.OK)}},
		{{Key: "unit", Value: bson.D{{Key: "$in", Value: s.conf.T2Filter.units}}}},
	}, s.conf.marks()...)...)
	docs := s.env.DB.Collection(ampel.ColNameT2).Find(ctx, q,
		docdb.SortBy(bson.D{{Key: "_id", Value: -1}}),
		docdb.Fields(bson.D{{Key: "stock", Value: 1}, {Key: "unit", Value: 1}, {Key: "body", Value: 1}}))
	type result struct {
		Stock ampel.StockID `bson:"stock"`
		Unit  string        `bson:"unit"`
		Body  []ampel.Value `bson:"body"`
	}
	out := map[ampel.StockID]bson.D{}
	for d, err := range docdb.Decode[result](docs) {
		if err != nil {
			return nil, fmt.Errorf("ampel: select: t2 results: %w", err)
		}
		if len(d.Body) > 0 && !has(out[d.Stock], d.Unit) {
			out[d.Stock] = append(out[d.Stock], bson.E{Key: d.Unit, Value: d.Body[len(d.Body)-1]})
		}
	}
	return out, nil
}
