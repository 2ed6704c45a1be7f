package docdbtest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

func (s *suite) upserts(t *testing.T) {
	for _, c := range []struct {
		name                 string
		filter, update, want bson.D // want without _id, unless the filter has one
	}{
		{"equalities become fields", D("stock", 5, "unit", D("$eq", "T2")), D("$set", D("code", -1)), D("stock", 5, "unit", "T2", "code", -1)},
		{"equalities below and", D("$and", A(D("a", 1), D("b", 2))), D("$set", D("c", 3)), D("a", 1, "b", 2, "c", 3)},
		{"nested equality", D("a.b", 1), D("$set", D("a.c", 2)), D("a", D("b", 1, "c", 2))},
		{"null equality", D("config", nil, "a", 1), D("$set", D("b", 1)), D("config", nil, "a", 1, "b", 1)},
		{"other conditions do not", D("a", D("$gt", 5), "b", D("$ne", 1), "c", D("$in", A(1, 2)), "d", D("$exists", false), "e", 1),
			D("$set", D("x", 1)), D("e", 1, "x", 1)},
		{"or does not", D("$or", A(D("a", 1), D("a", 2)), "e", 1), D("$set", D("x", 1)), D("e", 1, "x", 1)},
		{"only on insert", D("a", 1), D("$set", D("b", 1), "$setOnInsert", D("c", 1)), D("a", 1, "b", 1, "c", 1)},
		{"_id of the filter", D("_id", "x"), D("$set", D("a", 1)), D("_id", "x", "a", 1)},
		{"_id set on insert", D("a", 1), D("$setOnInsert", D("_id", "y")), D("_id", "y", "a", 1)},
		{"set overrides the equality", D("a", 1), D("$set", D("a", 2)), D("a", 2)},
		{"increment starts at the equality", D("a", 1), D("$inc", D("a", 2)), D("a", 3)},
		{"a stock as it is ingested", D("stock", 5),
			D("$addToSet", D("channel", D("$each", A("A", "B")), "tag", "T"), "$min", D("ts.A.tied", 10), "$max", D("ts.A.upd", 20),
				"$push", D("journal", D("tier", 0)), "$setOnInsert", D("ts.any.tied", 10, "name", A("n"))),
			D("stock", 5, "channel", A("A", "B"), "tag", A("T"), "ts", D("A", D("tied", 10, "upd", 20), "any", D("tied", 10)),
				"journal", A(D("tier", 0)), "name", A("n"))},
		{"a ticket as it is made", D("stock", 5, "unit", "U", "config", nil, "link", 7),
			D("$setOnInsert", D("code", -1, "col", "stock"), "$addToSet", D("channel", D("$each", A("A"))), "$push", D("meta", D("run", 1), "body", D("$each", A()))),
			D("stock", 5, "unit", "U", "config", nil, "link", 7, "code", -1, "col", "stock", "channel", A("A"), "meta", A(D("run", 1)), "body", A())},
	} {
		s.run(t, "upsert/"+c.name, func(t *testing.T, col *docdb.Collection) {
			r, err := col.UpdateOne(t.Context(), c.filter, c.update, docdb.Upsert())
			require.NoError(t, err)
			require.Zero(t, r.Matched)
			require.Len(t, r.Upserted, 1)
			all, err := col.FindAll(t.Context(), D())
			require.NoError(t, err)
			require.Len(t, all, 1)
			id := all[0].Lookup("_id")
			require.Equal(t, id.String(), r.Upserted[0].String())
			want := c.want
			if want[0].Key != "_id" {
				require.Equal(t, bson.TypeObjectID, id.Type)
				want = append(D("_id", id.ObjectID()), want...)
			}
			same(t, want, all[0])
		})
	}
	s.run(t, "upsert/twice is an update", func(t *testing.T, col *docdb.Collection) {
		for i := range 2 {
			r, err := col.UpdateOne(t.Context(), D("stock", 5), D("$inc", D("n", 1), "$setOnInsert", D("first", true)), docdb.Upsert())
			require.NoError(t, err)
			require.EqualValues(t, i, r.Matched)
			require.EqualValues(t, i, r.Modified)
		}
		got, err := col.FindOne(t.Context(), D("stock", 5), docdb.Fields(D("_id", 0)))
		require.NoError(t, err)
		same(t, D("stock", 5, "n", 2, "first", true), got)
	})
	s.run(t, "upsert/many inserts one", func(t *testing.T, col *docdb.Collection) {
		r, err := col.UpdateMany(t.Context(), D("a", 1), D("$set", D("b", 1)), docdb.Upsert())
		require.NoError(t, err)
		require.Len(t, r.Upserted, 1)
	})
	s.run(t, "upsert/with another _id in the update", func(t *testing.T, col *docdb.Collection) {
		_, err := col.UpdateOne(t.Context(), D("_id", 1), D("$set", D("_id", 2)), docdb.Upsert())
		require.ErrorIs(t, err, docdb.ErrUpdate)
	})
}
