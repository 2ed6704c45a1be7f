package load

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// Config is the configuration of the loaders.
type Config struct {
	// Directives say what to load; without any, buffers are empty.
	Directives []Directive `config:"directives"`
	// Channel is a condition on every document.
	Channel ampel.Logic `config:"channel"`
	// Tag is one on stock documents, states and results.
	Tag ampel.Logic `config:"tag"`
}

// Directive says what to load from one collection. Instead of it one of these
// names may be written: TRANSIENT, STOCK; DATAPOINT, T0; COMPOUND, T1; T2,
// T2RECORD, T2DOC; T2DOC_WITH_CONF.
type Directive struct {
	Col string `config:"col,required"` // stock, t0, t1 or t2
	// QueryComplement adds conditions. It cannot replace those on stock, channel
	// and tag.
	QueryComplement ampel.Config `config:"query_complement"`
	// ResolveConfig replaces the numbers of configurations by what they stand for.
	ResolveConfig bool `config:"resolve_config"`
	// ExcludingQuery drops stocks for which this directive finds nothing. T2 only.
	ExcludingQuery bool `config:"excluding_query"`

	complement bson.D
}

var aliases = map[string]Directive{
	"TRANSIENT": {Col: "stock"}, "STOCK": {Col: "stock"},
	"DATAPOINT": {Col: "t0"}, "T0": {Col: "t0"},
	"COMPOUND": {Col: "t1"}, "T1": {Col: "t1"},
	"T2": {Col: "t2"}, "T2RECORD": {Col: "t2"}, "T2DOC": {Col: "t2"},
	"T2DOC_WITH_CONF": {Col: "t2", ResolveConfig: true},
}

// DecodeConfig reads a directive or one of the names.
func (d *Directive) DecodeConfig(v any) error {
	if name, ok := v.(string); ok {
		alias, known := aliases[name]
		if !known {
			return fmt.Errorf("%q is no directive: there are %v", name, slices.Sorted(maps.Keys(aliases)))
		}
		*d = alias
		return nil
	}
	type plain Directive
	var p plain
	if err := ampel.Decode(v, &p); err != nil {
		return err
	}
	*d = Directive(p)
	return d.check()
}

func (d *Directive) check() error {
	switch d.Col {
	case "stock", "t0", "t1", "t2":
	default:
		return ampel.PathError("col", fmt.Errorf("%q: there are stock, t0, t1 and t2", d.Col))
	}
	if d.ExcludingQuery && d.Col != "t2" {
		return ampel.PathError("excluding_query", errors.New("is for t2 only"))
	}
	if d.QueryComplement == nil {
		return nil
	}
	v, err := ampel.NewValue(map[string]any(d.QueryComplement))
	if err == nil {
		err = v.Decode(&d.complement)
	}
	if err == nil {
		_, err = docdb.ParseFilter(d.complement)
	}
	return ampel.PathError("query_complement", err)
}

// query returns the filter of a directive, for stocks and with conditions that
// the complement cannot replace.
func (c Config) query(d Directive, ids []ampel.StockID, more ...bson.D) bson.D {
	fixed := []bson.D{{{Key: "stock", Value: bson.D{{Key: "$in", Value: ids}}}}, c.Channel.Filter("channel")}
	if d.Col != "t0" {
		fixed = append(fixed, c.Tag.Filter("tag"))
	}
	own := map[string]bool{}
	all := bson.A{}
	for _, f := range append(fixed, more...) {
		if len(f) == 0 {
			continue
		}
		all = append(all, f)
		for _, e := range f {
			own[e.Key] = true
		}
	}
	own["$or"], own["$and"] = false, false // these add to one another
	for _, e := range d.complement {
		if !own[e.Key] {
			all = append(all, bson.D{e})
		}
	}
	if len(all) == 1 {
		return all[0].(bson.D)
	}
	return bson.D{{Key: "$and", Value: all}}
}
