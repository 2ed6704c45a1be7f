package docdbtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/docdb"
)

func (s *suite) indexes(t *testing.T) {
	s.run(t, "index/unique", func(t *testing.T, c *docdb.Collection) {
		require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"stock"}, Unique: true}))
		fill(t, c, D("stock", 1))
		_, err := c.InsertOne(t.Context(), D("stock", int64(1)))
		var dup *docdb.DuplicateKeyError
		require.ErrorAs(t, err, &dup)
		require.Equal(t, "stock_1", dup.Index)
		_, err = c.InsertOne(t.Context(), D("_id", 2, "stock", 2))
		require.NoError(t, err)
		_, err = c.UpdateOne(t.Context(), D("_id", 2), D("$set", D("stock", 1)))
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
		_, err = c.UpdateOne(t.Context(), D("_id", 2), D("$set", D("other", 1)))
		require.NoError(t, err)
		_, err = c.DeleteOne(t.Context(), D("_id", 1))
		require.NoError(t, err)
		_, err = c.UpdateOne(t.Context(), D("_id", 2), D("$set", D("stock", 1)))
		require.NoError(t, err)
	})
	s.run(t, "index/unique, missing counts as null", func(t *testing.T, c *docdb.Collection) {
		require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"a"}, Unique: true}))
		fill(t, c, D("b", 1))
		_, err := c.InsertOne(t.Context(), D("b", 2))
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
		_, err = c.InsertOne(t.Context(), D("a", nil))
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
	})
	s.run(t, "index/unique and sparse", func(t *testing.T, c *docdb.Collection) {
		require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"a"}, Unique: true, Sparse: true}))
		fill(t, c, D("b", 1), D("b", 2), D("a", 1))
		_, err := c.InsertOne(t.Context(), D("a", 1))
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
		require.ElementsMatch(t, []int{1, 2}, ids(t, c, D("a", nil)))
	})
	s.run(t, "index/unique on lists", func(t *testing.T, c *docdb.Collection) {
		require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"stock", "channel"}, Unique: true}))
		fill(t, c, D("stock", 1, "channel", A("A", "B")), D("stock", 2, "channel", A("A")), D("stock", 1, "channel", A("C", "C")))
		_, err := c.InsertOne(t.Context(), D("stock", 1, "channel", A("D", "B")))
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
	})
	s.run(t, "index/duplicates that are there", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", 1), D("a", 1))
		err := c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"a"}, Unique: true})
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
		_, err = c.InsertOne(t.Context(), D("a", 1))
		require.NoError(t, err)
	})
	s.run(t, "index/again and differently", func(t *testing.T, c *docdb.Collection) {
		x := docdb.Index{Keys: []string{"stock", "link"}, Unique: true}
		require.NoError(t, c.EnsureIndexes(t.Context(), x, docdb.Index{Keys: []string{"code"}}))
		require.NoError(t, c.EnsureIndexes(t.Context(), x, x))
		require.ErrorIs(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"stock", "link"}}), docdb.ErrIndex)
		require.ErrorIs(t, c.EnsureIndexes(t.Context(), docdb.Index{Name: "code_1", Keys: []string{"codes"}}), docdb.ErrIndex)
	})
	s.run(t, "index/lists in two fields", func(t *testing.T, c *docdb.Collection) {
		require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"a", "b"}}))
		fill(t, c, D("a", A(1), "b", 1), D("a", 1, "b", A(1)))
		_, err := c.InsertOne(t.Context(), D("a", A(1), "b", A(1)))
		require.ErrorIs(t, err, docdb.ErrParallelArrays)
	})
	s.run(t, "index/upsert that hits another document", func(t *testing.T, c *docdb.Collection) {
		require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"stock"}, Unique: true}))
		fill(t, c, D("stock", 1, "origin", 1))
		_, err := c.UpdateOne(t.Context(), D("stock", 1, "origin", 2), D("$set", D("x", 1)), docdb.Upsert())
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
	})
	// The answers to all filters are the same when indexes lead the way.
	indexed := []docdb.Index{{Keys: []string{"a"}}, {Keys: []string{"a.b"}}, {Keys: []string{"channel"}, Sparse: true},
		{Keys: []string{"journal.tier", "journal.ts"}}, {Keys: []string{"b", "a"}}, {Keys: []string{"f"}}}
	c := s.fresh() // one for all, because making indexes takes its time
	require.NoError(t, c.EnsureIndexes(t.Context(), indexed...))
	for _, fc := range filterCases() {
		s.used["indexed filter/"+fc.name] = true
		if s.Skip["filter/"+fc.name] != "" {
			continue
		}
		s.run(t, "indexed filter/"+fc.name, func(t *testing.T, _ *docdb.Collection) {
			_, err := c.DeleteMany(t.Context(), D())
			require.NoError(t, err)
			fill(t, c, fc.docs...)
			require.ElementsMatch(t, fc.want, ids(t, c, fc.filter))
		})
	}
}
