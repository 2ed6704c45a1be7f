package t0test

import (
	"context"
	"encoding/json"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

// Dump returns the documents of the collections stock, t0, t1 and t2 as JSON, by
// collection and sorted, without what differs from run to run: object ids,
// numbers of runs, and times.
func Dump(ctx context.Context, db *ampel.Database) (map[string][]string, error) {
	out := map[string][]string{}
	for _, col := range []string{ampel.ColNameStock, ampel.ColNameT0, ampel.ColNameT1, ampel.ColNameT2} {
		for raw, err := range db.Collection(col).Find(ctx, bson.D{}) {
			if err != nil {
				return nil, err
			}
			v, err := ampel.NewValue(raw)
			if err != nil {
				return nil, err
			}
			text, err := json.Marshal(timeless(v.Any()))
			if err != nil {
				return nil, err
			}
			out[col] = append(out[col], string(text))
		}
		slices.Sort(out[col])
	}
	return out, nil
}

func timeless(v any) any {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			v[i] = timeless(e)
		}
	case map[string]any:
		for k, e := range v {
			_, inner := e.(map[string]any)
			switch k {
			case "_id", "run", "tied", "upd":
				delete(v, k)
				continue
			case "ts":
				if !inner {
					delete(v, k)
					continue
				}
			}
			v[k] = timeless(e)
		}
	}
	return v
}

func (l *lab) dump() map[string][]string {
	l.Helper()
	out, err := Dump(l.Context(), l.env.DB)
	if err != nil {
		l.Fatal(err)
	}
	return out
}
