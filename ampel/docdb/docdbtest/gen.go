package docdbtest

import (
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

// Limits narrows what the generators make, for comparing with an
// implementation that is known to be wrong about something.
type Limits struct {
	// Skip names operators that are not made.
	Skip map[string]bool
	// Plain leaves out lists inside of lists, NaN and infinity.
	Plain bool
}

// The names and values are few, so that documents and filters meet.
var (
	genNames = []string{"a", "b", "c"}
	genPaths = []string{"a", "b", "c", "a.b", "a.c", "b.a", "a.b.c", "c.a"}
)

// Scalars makes values that are no list and no document.
func (l Limits) Scalars() *rapid.Generator[any] {
	some := []any{nil, true, false, int32(0), int32(1), int32(2), int64(1), int64(2), 1.0, 2.0, 1.5, -1.0, "", "A", "B", "AB",
		bson.ObjectID{1}, time.UnixMilli(0).UTC(), time.UnixMilli(1000).UTC(), int64(1<<53 + 1), float64(1 << 53), []byte{1}, []byte{2}}
	if !l.Plain {
		some = append(some, math.NaN(), math.Inf(1), math.Copysign(0, -1), int64(math.MinInt64), int64(math.MaxInt64))
	}
	return rapid.SampledFrom(some)
}

// Values makes any value, nested up to depth.
func (l Limits) Values(depth int) *rapid.Generator[any] {
	if depth == 0 {
		return l.Scalars()
	}
	return rapid.OneOf(l.Scalars(), l.Scalars(), rapid.Map(l.object(depth-1, 0), func(d bson.D) any { return d }),
		rapid.Map(l.lists(depth), func(a bson.A) any { return a }))
}

func (l Limits) lists(depth int) *rapid.Generator[bson.A] {
	element := l.Values(depth - 1)
	if l.Plain {
		element = rapid.OneOf(l.Scalars(), rapid.Map(l.object(max(0, depth-1), 0), func(d bson.D) any { return d }))
	}
	return rapid.Map(rapid.SliceOfN(element, 0, 3), func(vs []any) bson.A { return append(bson.A{}, vs...) })
}

func (l Limits) object(depth, least int) *rapid.Generator[bson.D] {
	return rapid.Custom(func(t *rapid.T) bson.D {
		d := bson.D{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(genNames), least, len(genNames), rapid.ID).Draw(t, "names") {
			d = append(d, bson.E{Key: name, Value: l.Values(depth).Draw(t, name)})
		}
		return d
	})
}

// Documents makes documents without an _id.
func (l Limits) Documents() *rapid.Generator[bson.D] { return l.object(2, 0) }

// Filters makes filters of the whole dialect.
func (l Limits) Filters() *rapid.Generator[bson.D] { return l.filters(2) }

func (l Limits) filters(depth int) *rapid.Generator[bson.D] {
	return rapid.Custom(func(t *rapid.T) bson.D {
		f := bson.D{}
		for _, path := range rapid.SliceOfNDistinct(rapid.SampledFrom(genPaths), 0, 2, rapid.ID).Draw(t, "paths") {
			f = append(f, bson.E{Key: path, Value: l.conditions(depth).Draw(t, "condition")})
		}
		if depth > 0 && (len(f) == 0 || rapid.IntRange(0, 3).Draw(t, "logic") == 0) {
			op := rapid.SampledFrom([]string{"$and", "$or", "$nor"}).Draw(t, "op")
			var branches bson.A
			for _, b := range rapid.SliceOfN(l.filters(depth-1), 1, 3).Draw(t, "branches") {
				branches = append(branches, b)
			}
			f = append(f, bson.E{Key: op, Value: branches})
		}
		return f
	})
}

var genOps = []string{"$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$all", "$not", "$exists", "$size", "$elemMatch", "$regex", "$bitsAllSet"}

// conditions makes what stands behind a path: a value or operators.
func (l Limits) conditions(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		if rapid.IntRange(0, 2).Draw(t, "plain") == 0 {
			return l.Values(1).Draw(t, "value")
		}
		return l.operators(depth).Draw(t, "operators")
	})
}

func (l Limits) operators(depth int) *rapid.Generator[bson.D] {
	return rapid.Custom(func(t *rapid.T) bson.D {
		d := bson.D{}
		for _, op := range rapid.SliceOfNDistinct(rapid.SampledFrom(genOps), 1, 2, rapid.ID).Draw(t, "ops") {
			if depth == 0 && (op == "$not" || op == "$elemMatch") || l.Skip[op] {
				op = "$eq"
				if len(d) > 0 {
					continue
				}
			}
			d = append(d, bson.E{Key: op, Value: l.operand(op, depth).Draw(t, op)})
		}
		return d
	})
}

func (l Limits) operand(op string, depth int) *rapid.Generator[any] {
	switch op {
	case "$in", "$nin", "$all":
		return rapid.Map(rapid.SliceOfN(l.Values(1), 0, 3), func(vs []any) any { return append(bson.A{}, vs...) })
	case "$not":
		return rapid.Map(l.operators(depth-1), func(d bson.D) any { return d })
	case "$exists":
		return rapid.Map(rapid.Bool(), func(b bool) any { return b })
	case "$size":
		return rapid.Map(rapid.IntRange(0, 3), func(n int) any { return n })
	case "$elemMatch":
		return rapid.OneOf(rapid.Map(l.operators(depth-1), func(d bson.D) any { return d }), rapid.Map(l.filters(depth-1), func(d bson.D) any { return d }))
	case "$regex":
		return rapid.Map(rapid.SampledFrom([]string{"A", "^A", "B$", "^$", "[AB]{2}"}), func(s string) any { return s })
	case "$bitsAllSet":
		return rapid.Map(rapid.SampledFrom([]any{0, 1, 2, 3, bson.A{0}, bson.A{0, 1}}), func(v any) any { return v })
	}
	return l.Values(1)
}
