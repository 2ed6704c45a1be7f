package selection

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

// and joins filters. Filters about different fields become one; otherwise they
// stay apart, so that none replaces another.
func and(filters ...bson.D) bson.D {
	out := bson.D{}
	keys := map[string]bool{}
	apart := false
	var list bson.A
	for _, f := range filters {
		if len(f) == 0 {
			continue
		}
		list = append(list, f)
		for _, e := range f {
			apart = apart || keys[e.Key]
			keys[e.Key] = true
		}
		out = append(out, f...)
	}
	if apart {
		return bson.D{{Key: "$and", Value: list}}
	}
	return out
}

// override replaces the keys of q that custom has, and adds the others.
func override(q, custom bson.D) bson.D {
	out := bson.D{}
	for _, e := range q {
		if !has(custom, e.Key) {
			out = append(out, e)
		}
	}
	return append(out, custom...)
}

func has(d bson.D, key string) bool {
	for _, e := range d {
		if e.Key == key {
			return true
		}
	}
	return false
}

// toD returns a configuration as a filter, its keys sorted.
func toD(c ampel.Config) (bson.D, error) {
	v, err := ampel.NewValue(sorted(c))
	if err != nil {
		return nil, err
	}
	var d bson.D
	err = v.Decode(&d)
	return d, err
}
