package docdbtest

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

var genUpdateOps = []string{"$set", "$setOnInsert", "$unset", "$inc", "$min", "$max", "$push", "$addToSet", "$pull"}

// Updates makes updates of the whole dialect. Some are refused, because their
// paths are in conflict, and some do not fit every document.
func (l Limits) Updates() *rapid.Generator[bson.D] {
	return rapid.Custom(func(t *rapid.T) bson.D {
		u := bson.D{}
		for _, op := range rapid.SliceOfNDistinct(rapid.SampledFrom(genUpdateOps), 1, 2, rapid.ID).Draw(t, "ops") {
			if l.Skip[op] {
				continue
			}
			fields := bson.D{}
			paths := append([]string{"a.0", "a.1.b", "b.0"}, genPaths...)
			for _, path := range rapid.SliceOfNDistinct(rapid.SampledFrom(paths), 1, 2, rapid.ID).Draw(t, "paths") {
				fields = append(fields, bson.E{Key: path, Value: l.updateOperand(op).Draw(t, op)})
			}
			u = append(u, bson.E{Key: op, Value: fields})
		}
		if len(u) == 0 {
			u = D("$set", D("a", 1))
		}
		return u
	})
}

func (l Limits) updateOperand(op string) *rapid.Generator[any] {
	switch op {
	case "$inc":
		return rapid.SampledFrom([]any{int32(1), int64(2), 0.5, int32(-1), 0})
	case "$push":
		return rapid.OneOf(l.Values(1), rapid.Map(l.each(), func(d bson.D) any { return l.pushed(d) }))
	case "$addToSet":
		return rapid.OneOf(l.Values(1), rapid.Map(l.each(), func(d bson.D) any { return d[:1] }))
	case "$pull":
		return rapid.OneOf(l.Values(1), rapid.Map(l.operators(0), func(d bson.D) any { return d }))
	}
	return l.Values(1)
}

// each makes {$each: [...]} with $slice and $sort behind it.
func (l Limits) each() *rapid.Generator[bson.D] {
	return rapid.Custom(func(t *rapid.T) bson.D {
		d := D("$each", append(bson.A{}, rapid.SliceOfN(l.Values(1), 0, 3).Draw(t, "each")...))
		if rapid.Bool().Draw(t, "slice") {
			d = append(d, bson.E{Key: "$slice", Value: rapid.IntRange(-3, 3).Draw(t, "n")})
		}
		if rapid.Bool().Draw(t, "sort") {
			d = append(d, bson.E{Key: "$sort", Value: rapid.SampledFrom([]any{1, -1, D("b", 1), D("a", -1, "b.c", 1)}).Draw(t, "by")})
		}
		return d
	})
}

func (l Limits) pushed(d bson.D) bson.D {
	if l.Skip["$slice"] || l.Skip["$sort"] {
		return d[:1]
	}
	return d
}
