package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

// Many keys are asked for together: each document comes once, in the order of its
// insertion, whatever the number of keys, and keys of no document do not matter.
func TestManyKeys(t *testing.T) {
	db, err := sqlite.OpenMemory()
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	c := db.Collection("c")
	require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"id"}, Unique: true}, docdb.Index{Keys: []string{"list"}, Unique: true, Sparse: true}))
	var docs []bson.D
	for i := range 300 {
		docs = append(docs, bson.D{{Key: "_id", Value: i}, {Key: "id", Value: 1000 - i}, {Key: "list", Value: bson.A{2 * i, 2*i + 1}}})
	}
	_, err = docdb.InsertMany(t.Context(), c, docs)
	require.NoError(t, err)
	for _, n := range []int{0, 1, 2, 63, 64, 65, 128, 129, 250} {
		ids, others, lists, want := bson.A{}, bson.A{}, bson.A{}, []int64{}
		for i := range n {
			ids = append(ids, n-1-i, 5000+i)
			others = append(others, 1000-i, 1000-i, -i-1)
			lists = append(lists, 2*i+1, 2*i)
			want = append(want, int64(i))
		}
		for path, keys := range map[string]bson.A{"_id": ids, "id": others, "list": lists} {
			got := []int64{}
			for doc, err := range c.Find(t.Context(), bson.D{{Key: path, Value: bson.D{{Key: "$in", Value: keys}}}}) {
				require.NoError(t, err)
				got = append(got, doc.Lookup("_id").AsInt64())
			}
			require.Equal(t, want, got, "%d keys of %s", n, path)
		}
	}
}
