package docdbtest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

func (s *suite) writes(t *testing.T) {
	s.run(t, "insert/made _id", func(t *testing.T, c *docdb.Collection) {
		id, err := c.InsertOne(t.Context(), D("a", 1))
		require.NoError(t, err)
		require.Equal(t, bson.TypeObjectID, id.Type)
		got, err := c.FindOne(t.Context(), D("_id", id))
		require.NoError(t, err)
		same(t, D("_id", id.ObjectID(), "a", 1), got)
		first, err := got.IndexErr(0)
		require.NoError(t, err)
		require.Equal(t, "_id", first.Key())
	})
	s.run(t, "insert/a struct", func(t *testing.T, c *docdb.Collection) {
		type point struct {
			ID   int64  `bson:"_id"`
			Name string `bson:"name"`
			Tags []string
		}
		want := point{7, "x", []string{"a", "b"}}
		_, err := c.InsertOne(t.Context(), want)
		require.NoError(t, err)
		for got, err := range docdb.Decode[point](c.Find(t.Context(), D("tags", "b"))) {
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	})
	s.run(t, "insert/the same _id", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("_id", 1))
		_, err := c.InsertOne(t.Context(), D("_id", int64(1)))
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
		var dup *docdb.DuplicateKeyError
		require.ErrorAs(t, err, &dup)
		require.Equal(t, "_id", dup.Index)
		require.Equal(t, c.Name(), dup.Collection)
	})
	s.run(t, "insert/many with a duplicate, ordered", func(t *testing.T, c *docdb.Collection) {
		r, err := docdb.InsertMany(t.Context(), c, []bson.D{D("_id", 1), D("_id", 1), D("_id", 2)})
		var bulk *docdb.BulkError
		require.ErrorAs(t, err, &bulk)
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
		require.Len(t, bulk.Writes, 1)
		require.Equal(t, 1, bulk.Writes[0].Index)
		require.EqualValues(t, 1, r.Inserted)
		require.Equal(t, []int{1}, ids(t, c, D()))
	})
	s.run(t, "insert/many with a duplicate, unordered", func(t *testing.T, c *docdb.Collection) {
		r, err := docdb.InsertMany(t.Context(), c, []bson.D{D("_id", 1), D("_id", 1), D("_id", 2), D("_id", 2), D("_id", 3)}, docdb.Unordered())
		var bulk *docdb.BulkError
		require.ErrorAs(t, err, &bulk)
		require.Len(t, bulk.Writes, 2)
		require.EqualValues(t, 3, r.Inserted)
		require.ElementsMatch(t, []int{1, 2, 3}, ids(t, c, D()))
	})
	s.run(t, "bulk/all kinds", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", 1), D("a", 1), D("a", 2), D("a", 3), D("a", 3))
		r, err := c.BulkWrite(t.Context(), []docdb.Write{
			docdb.Insert(D("_id", 10, "a", 9)),
			docdb.UpdateOne(D("a", 2), D("$set", D("b", 1))),
			docdb.UpdateMany(D("a", 1), D("$set", D("a", 1, "b", 2))),
			docdb.UpdateOne(D("_id", 11), D("$set", D("a", 4)), docdb.Upsert()),
			docdb.DeleteOne(D("_id", 4)),
			docdb.DeleteMany(D("a", 3)),
			docdb.UpdateOne(D("_id", 77), D("$set", D("a", 4))),
		})
		require.NoError(t, err)
		require.EqualValues(t, 1, r.Inserted)
		require.EqualValues(t, 3, r.Matched)
		require.EqualValues(t, 3, r.Modified)
		require.EqualValues(t, 2, r.Deleted)
		require.Len(t, r.Upserted, 1)
		require.EqualValues(t, 11, r.Upserted[3].AsInt64())
		require.ElementsMatch(t, []int{1, 2, 3, 10, 11}, ids(t, c, D()))
	})
	s.run(t, "bulk/a failed update, ordered", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", "x"))
		r, err := c.BulkWrite(t.Context(), []docdb.Write{
			docdb.UpdateOne(D("_id", 1), D("$set", D("b", 1))),
			docdb.UpdateOne(D("_id", 1), D("$inc", D("a", 1))),
			docdb.UpdateOne(D("_id", 1), D("$set", D("c", 1))),
		})
		require.ErrorIs(t, err, docdb.ErrUpdate)
		require.EqualValues(t, 1, r.Modified)
		got, err := c.FindOne(t.Context(), D())
		require.NoError(t, err)
		same(t, D("_id", 1, "a", "x", "b", 1), got)
	})
	s.run(t, "bulk/a mistake stops all", func(t *testing.T, c *docdb.Collection) {
		_, err := c.BulkWrite(t.Context(), []docdb.Write{docdb.Insert(D("_id", 1)), docdb.DeleteOne(D("$where", "x"))})
		require.ErrorIs(t, err, docdb.ErrDialect)
		require.Empty(t, ids(t, c, D()))
	})
	s.run(t, "bulk/empty", func(t *testing.T, c *docdb.Collection) {
		_, err := c.BulkWrite(t.Context(), nil)
		require.NoError(t, err)
	})
	s.run(t, "update/many", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", 1), D("a", 1), D("a", 2))
		r, err := c.UpdateMany(t.Context(), D("a", 1), D("$inc", D("a", 1)))
		require.NoError(t, err)
		require.EqualValues(t, 2, r.Matched)
		require.EqualValues(t, 2, r.Modified)
		n, err := c.Count(t.Context(), D("a", 2))
		require.NoError(t, err)
		require.EqualValues(t, 3, n)
	})
	s.run(t, "update/nothing changes", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", 1))
		r, err := c.UpdateOne(t.Context(), D("a", 1), D("$set", D("a", 1), "$max", D("_id", 0)))
		require.NoError(t, err)
		require.EqualValues(t, 1, r.Matched)
		require.Zero(t, r.Modified)
	})
	s.run(t, "delete/one and many", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", 1), D("a", 1), D("a", 1), D("a", 2))
		r, err := c.DeleteOne(t.Context(), D("a", 1))
		require.NoError(t, err)
		require.EqualValues(t, 1, r.Deleted)
		r, err = c.DeleteMany(t.Context(), D("a", 1))
		require.NoError(t, err)
		require.EqualValues(t, 2, r.Deleted)
		r, err = c.DeleteMany(t.Context(), D("a", 1))
		require.NoError(t, err)
		require.Zero(t, r.Deleted)
		require.Equal(t, []int{4}, ids(t, c, D()))
	})
	s.findAndUpdate(t)
}

func (s *suite) findAndUpdate(t *testing.T) {
	s.run(t, "find and update/before and after", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", 1))
		got, err := c.FindOneAndUpdate(t.Context(), D("a", 1), D("$inc", D("a", 1)))
		require.NoError(t, err)
		same(t, D("_id", 1, "a", 1), got)
		got, err = c.FindOneAndUpdate(t.Context(), D("a", 2), D("$inc", D("a", 1)), docdb.After())
		require.NoError(t, err)
		same(t, D("_id", 1, "a", 3), got)
	})
	s.run(t, "find and update/in order", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("p", 2), D("p", 3), D("p", 1))
		got, err := c.FindOneAndUpdate(t.Context(), D(), D("$set", D("x", 1)), docdb.SortBy(D("p", -1)))
		require.NoError(t, err)
		same(t, D("_id", 2, "p", 3), got)
	})
	s.run(t, "find and update/with a projection", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", 1, "b", 2))
		got, err := c.FindOneAndUpdate(t.Context(), D(), D("$set", D("b", 3)), docdb.After(), docdb.Fields(D("b", 1, "_id", 0)))
		require.NoError(t, err)
		same(t, D("b", 3), got)
	})
	s.run(t, "find and update/nothing", func(t *testing.T, c *docdb.Collection) {
		_, err := c.FindOneAndUpdate(t.Context(), D("a", 1), D("$set", D("b", 3)))
		require.ErrorIs(t, err, docdb.ErrNotFound)
		require.Empty(t, ids(t, c, D()))
	})
	s.run(t, "find and update/upsert", func(t *testing.T, c *docdb.Collection) {
		_, err := c.FindOneAndUpdate(t.Context(), D("_id", 1), D("$inc", D("value", 1)), docdb.Upsert())
		require.ErrorIs(t, err, docdb.ErrNotFound)
		got, err := c.FindOneAndUpdate(t.Context(), D("_id", 1), D("$inc", D("value", 1)), docdb.Upsert(), docdb.After())
		require.NoError(t, err)
		same(t, D("_id", 1, "value", 2), got)
		got, err = c.FindOneAndUpdate(t.Context(), D("_id", 2), D("$inc", D("value", 1)), docdb.Upsert(), docdb.After())
		require.NoError(t, err)
		same(t, D("_id", 2, "value", 1), got)
	})
	s.run(t, "find and update/does not fit", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("a", "x"))
		_, err := c.FindOneAndUpdate(t.Context(), D(), D("$inc", D("a", 1)))
		require.ErrorIs(t, err, docdb.ErrUpdate)
	})
}
