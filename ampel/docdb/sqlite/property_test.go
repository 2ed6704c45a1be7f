package sqlite_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/docdbtest"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

// model is a collection as a slice: Filter and Update decide, nothing else.
type model struct{ docs []bson.Raw }

func (m *model) find(f *docdb.Filter) (at []int) {
	for i, d := range m.docs {
		if f.Match(d) {
			at = append(at, i)
		}
	}
	return at
}

// indexes of all kinds: single, through lists, compound, sparse, sharing a list.
var allIndexes = []docdb.Index{
	{Keys: []string{"a"}}, {Keys: []string{"a.b"}}, {Keys: []string{"b"}, Sparse: true}, {Keys: []string{"c", "b.a"}},
	{Keys: []string{"a.b", "a.c"}}, {Keys: []string{"a.b.c"}, Sparse: true}, {Keys: []string{"c"}},
}

var gen docdbtest.Limits

// TestSameAnswerWithAndWithoutIndexes makes documents, updates and deletes at
// random, and asks for the same with a random set of indexes, with none, and
// of the model.
func TestSameAnswerWithAndWithoutIndexes(t *testing.T) {
	db, err := sqlite.OpenMemory()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		ctx := t.Context()
		plain, indexed := db.Collection(fmt.Sprint("plain", run)), db.Collection(fmt.Sprint("indexed", run))
		before := rapid.Bool().Draw(rt, "indexes first")
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(allIndexes), 1, 4, func(x docdb.Index) string { return fmt.Sprint(x.Keys) }).Draw(rt, "indexes")
		if before {
			require.NoError(rt, indexed.EnsureIndexes(ctx, chosen...))
		}
		m := &model{}
		for i := range rapid.IntRange(1, 12).Draw(rt, "n") {
			d := append(docdbtest.D("_id", i), gen.Documents().Draw(rt, "doc")...)
			if _, err := indexed.InsertOne(ctx, d); err != nil {
				require.ErrorIs(rt, err, docdb.ErrParallelArrays)
				continue
			}
			_, err := plain.InsertOne(ctx, d)
			require.NoError(rt, err)
			b, err := bson.Marshal(d)
			require.NoError(rt, err)
			m.docs = append(m.docs, b)
		}
		if !before {
			if err := indexed.EnsureIndexes(ctx, chosen...); err != nil {
				require.ErrorIs(rt, err, docdb.ErrParallelArrays)
			}
		}
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			filter := gen.Filters().Draw(rt, "filter")
			f, err := docdb.ParseFilter(filter)
			require.NoError(rt, err)
			switch rapid.IntRange(0, 2).Draw(rt, "step") {
			case 0:
				u := gen.Updates().Draw(rt, "update")
				m.update(rt, f, u, func() error { _, err := indexed.UpdateOne(ctx, filter, u); return err },
					func() error { _, err := plain.UpdateOne(ctx, filter, u); return err })
			case 1:
				at := m.find(f)
				r, err := indexed.DeleteOne(ctx, filter)
				require.NoError(rt, err)
				_, err = plain.DeleteOne(ctx, filter)
				require.NoError(rt, err)
				require.EqualValues(rt, min(1, len(at)), r.Deleted)
				if len(at) > 0 {
					m.docs = append(m.docs[:at[0]:at[0]], m.docs[at[0]+1:]...)
				}
			}
			m.compare(rt, f, filter, plain, indexed)
		}
	})
}

// update does an update on the model and, if that works, on the databases. An
// index may refuse what the model accepts; then nothing may have changed.
func (m *model) update(rt *rapid.T, f *docdb.Filter, u bson.D, indexed, plain func() error) {
	parsed, err := docdb.ParseUpdate(u)
	if err != nil {
		require.ErrorIs(rt, err, docdb.ErrDialect)
		require.ErrorIs(rt, indexed(), docdb.ErrDialect)
		return
	}
	at := m.find(f)
	if len(at) == 0 {
		require.NoError(rt, indexed())
		require.NoError(rt, plain())
		return
	}
	next, err := parsed.Apply(m.docs[at[0]])
	if err != nil {
		require.ErrorIs(rt, err, docdb.ErrUpdate)
		require.ErrorIs(rt, indexed(), docdb.ErrUpdate)
		require.ErrorIs(rt, plain(), docdb.ErrUpdate)
		return
	}
	require.NoError(rt, next.Validate())
	if err := indexed(); err != nil {
		require.ErrorIs(rt, err, docdb.ErrParallelArrays)
		return
	}
	require.NoError(rt, plain())
	m.docs[at[0]] = next
}

// compare asks all three for the same.
func (m *model) compare(rt *rapid.T, f *docdb.Filter, filter bson.D, plain, indexed *docdb.Collection) {
	ctx := rt.Context()
	var want []bson.Raw
	for _, i := range m.find(f) {
		want = append(want, m.docs[i])
	}
	for _, c := range []*docdb.Collection{plain, indexed} {
		got, err := c.FindAll(ctx, filter)
		require.NoError(rt, err)
		require.Equal(rt, want, got, "%s, in order", c.Name())
		n, err := c.Count(ctx, filter)
		require.NoError(rt, err)
		require.EqualValues(rt, len(want), n)
		one, err := c.FindOne(ctx, filter)
		if len(want) == 0 {
			require.ErrorIs(rt, err, docdb.ErrNotFound)
		} else {
			require.NoError(rt, err)
			require.Equal(rt, want[0], one)
		}
	}
	order := docdbtest.D(rapid.SampledFrom([]string{"a", "b", "a.b"}).Draw(rt, "order"), rapid.SampledFrom([]int{1, -1}).Draw(rt, "direction"))
	limit := docdb.Limit(int64(rapid.IntRange(0, 3).Draw(rt, "limit")))
	a, err := plain.FindAll(ctx, filter, docdb.SortBy(order), limit)
	require.NoError(rt, err)
	b, err := indexed.FindAll(ctx, filter, docdb.SortBy(order), limit)
	require.NoError(rt, err)
	require.Equal(rt, a, b)
}
