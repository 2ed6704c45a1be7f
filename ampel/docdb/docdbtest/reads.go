package docdbtest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

func (s *suite) reads(t *testing.T) {
	s.sorts(t)
	s.projections(t)
	s.distincts(t)
	s.run(t, "read/no collection", func(t *testing.T, c *docdb.Collection) {
		require.Empty(t, ids(t, c, D()))
		n, err := c.Count(t.Context(), D("a", 1))
		require.NoError(t, err)
		require.Zero(t, n)
		_, err = c.FindOne(t.Context(), D())
		require.ErrorIs(t, err, docdb.ErrNotFound)
		values, err := c.Distinct(t.Context(), "a", D())
		require.NoError(t, err)
		require.Empty(t, values)
	})
	s.run(t, "read/skip and limit", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", 5), D("a", 4), D("a", 3), D("a", 2), D("a", 1))
		by := docdb.SortBy(D("a", 1))
		require.Equal(t, []int{4, 3}, ids(t, c, D(), by, docdb.Skip(1), docdb.Limit(2)))
		require.Equal(t, []int{1}, ids(t, c, D(), by, docdb.Skip(4), docdb.Limit(2)))
		require.Empty(t, ids(t, c, D(), by, docdb.Skip(9)))
		require.Len(t, ids(t, c, D(), docdb.Limit(3)), 3)
		require.Len(t, ids(t, c, D(), docdb.Skip(3)), 2)
	})
	s.run(t, "read/many documents", func(t *testing.T, c *docdb.Collection) {
		docs := make([]bson.D, 3000)
		for i := range docs {
			docs[i] = D("_id", i, "even", i%2 == 0)
		}
		fill(t, c, docs...)
		require.Len(t, ids(t, c, D("even", true)), 1500)
		require.Equal(t, []int{2999, 2998}, ids(t, c, D(), docdb.SortBy(D("_id", -1)), docdb.Limit(2)))
	})
	s.run(t, "read/writing while reading", func(t *testing.T, c *docdb.Collection) {
		docs := make([]bson.D, 600)
		for i := range docs {
			docs[i] = D("_id", i, "n", 0)
		}
		fill(t, c, docs...)
		for doc, err := range c.Find(t.Context(), D("n", 0)) {
			require.NoError(t, err)
			_, err = c.UpdateOne(t.Context(), D("_id", doc.Lookup("_id")), D("$inc", D("n", 1)))
			require.NoError(t, err)
			_, err = c.FindOne(t.Context(), D("_id", doc.Lookup("_id")))
			require.NoError(t, err)
		}
		n, err := c.Count(t.Context(), D("n", 1))
		require.NoError(t, err)
		require.EqualValues(t, 600, n)
	})
	s.run(t, "read/leaving early", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", 1), D("a", 2))
		for range 50 {
			for range c.Find(t.Context(), D()) {
				break
			}
		}
		require.Len(t, ids(t, c, D()), 2)
	})
	s.run(t, "read/a context that is done", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", 1))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.FindAll(ctx, D())
		require.ErrorIs(t, err, context.Canceled)
		_, err = c.InsertOne(ctx, D("a", 1))
		require.ErrorIs(t, err, context.Canceled)
		_, err = c.FindOneAndUpdate(ctx, D(), D("$set", D("a", 2)))
		require.ErrorIs(t, err, context.Canceled)
	})
}

func (s *suite) sorts(t *testing.T) {
	mixed := []bson.D{D("a", "x"), D("a", 5), D("a", nil), D("b", 1), D("a", 2.5), D("a", true), D("a", D("x", 1)), D("a", bson.ObjectID{1}), D("a", []byte{1})}
	lists := []bson.D{D("a", A(3, 9)), D("a", 5), D("a", A(1, 7)), D("a", A())}
	pairs := []bson.D{D("a", 1, "b", 2), D("a", 2, "b", 1), D("a", 1, "b", 1), D("a", 2, "b", 2)}
	nested := []bson.D{D("m", A(D("ts", 5), D("ts", 1))), D("m", D("ts", 3)), D("m", A(D("ts", 4)))}
	for _, c := range []struct {
		name  string
		docs  []bson.D
		order bson.D
		want  []int
	}{
		{"types rising", mixed, D("a", 1, "_id", 1), []int{3, 4, 5, 2, 1, 7, 9, 8, 6}},
		{"types falling", mixed, D("a", -1, "_id", 1), []int{6, 8, 9, 7, 1, 2, 5, 3, 4}},
		{"lists by their least", lists, D("a", 1), []int{4, 3, 1, 2}},
		{"lists by their greatest", lists, D("a", -1), []int{1, 3, 2, 4}},
		{"two fields", pairs, D("a", 1, "b", -1), []int{1, 3, 4, 2}},
		{"through a list", nested, D("m.ts", 1), []int{1, 2, 3}},
		{"through a list falling", nested, D("m.ts", -1), []int{1, 3, 2}},
	} {
		s.run(t, "sort/"+c.name, func(t *testing.T, col *docdb.Collection) {
			fill(t, col, c.docs...)
			require.Equal(t, c.want, ids(t, col, D(), docdb.SortBy(c.order)))
			require.Equal(t, c.want[:2], ids(t, col, D(), docdb.SortBy(c.order), docdb.Limit(2)))
		})
	}
}

func (s *suite) projections(t *testing.T) {
	doc := D("_id", 1, "a", 1, "b", D("c", 2, "d", 3), "l", A(D("x", 1, "y", 2), 7, D("y", 3)))
	for _, c := range []struct {
		name         string
		fields, want bson.D
	}{
		{"keep", D("a", 1), D("_id", 1, "a", 1)},
		{"keep without _id", D("a", 1, "_id", 0), D("a", 1)},
		{"keep nested", D("b.c", 1), D("_id", 1, "b", D("c", 2))},
		{"keep in lists", D("l.x", 1), D("_id", 1, "l", A(D("x", 1), D()))},
		{"keep true", D("a", true), D("_id", 1, "a", 1)},
		{"keep only _id", D("_id", 1), D("_id", 1)},
		{"leave out", D("a", 0, "l", 0), D("_id", 1, "b", D("c", 2, "d", 3))},
		{"leave out nested", D("b.c", 0, "l", 0), D("_id", 1, "a", 1, "b", D("d", 3))},
		{"leave out in lists", D("l.y", 0, "b", 0), D("_id", 1, "a", 1, "l", A(D("x", 1), 7, D()))},
		{"leave out _id", D("_id", 0, "l", 0), D("a", 1, "b", D("c", 2, "d", 3))},
		{"missing", D("q.r", 1), D("_id", 1)},
		{"below a number", D("a.b", 1), D("_id", 1)},
	} {
		s.run(t, "projection/"+c.name, func(t *testing.T, col *docdb.Collection) {
			fill(t, col, doc)
			got, err := col.FindOne(t.Context(), D(), docdb.Fields(c.fields))
			require.NoError(t, err)
			same(t, c.want, got)
		})
	}
}

func (s *suite) distincts(t *testing.T) {
	docs := []bson.D{D("a", 2, "k", 1), D("a", A(1, 2), "k", 1), D("a", 1.0, "k", 1), D("b", 1, "k", 1), D("a", nil, "k", 1), D("a", "z"), D("m", A(D("n", 1), D("n", 2)), "k", 2)}
	for _, c := range []struct {
		name, path string
		filter     bson.D
		want       []string
	}{
		{"values and elements", "a", D("k", 1), []string{"null", "1", "2"}},
		{"all", "a", D(), []string{"null", "1", "2", `"z"`}},
		{"through a list", "m.n", D(), []string{"1", "2"}},
		{"missing", "q", D(), nil},
	} {
		s.run(t, "distinct/"+c.name, func(t *testing.T, col *docdb.Collection) {
			fill(t, col, docs...)
			values, err := col.Distinct(t.Context(), c.path, c.filter)
			require.NoError(t, err)
			var got []string
			for _, v := range values {
				if n, ok := v.AsInt64OK(); ok {
					v = bson.RawValue{Type: bson.TypeInt64, Value: int64Bytes(n)}
				}
				got = append(got, canonical(v))
			}
			require.Equal(t, c.want, got)
		})
	}
}

func int64Bytes(n int64) []byte {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(n >> (8 * i))
	}
	return b
}
