package docdb_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/docdbtest"
	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

func keys(t *testing.T, doc bson.Raw) (names []string) {
	t.Helper()
	elements, err := doc.Elements()
	require.NoError(t, err)
	for _, e := range elements {
		names = append(names, e.Key())
	}
	return names
}

// TestNewFieldsComeInTheOrderOfTheirNames, as MongoDB makes them.
func TestNewFieldsComeInTheOrderOfTheirNames(t *testing.T) {
	u, err := docdb.ParseUpdate(d("$set", d("z", 1, "b", 1), "$inc", d("m", 1), "$push", d("a", 1)))
	require.NoError(t, err)
	doc, err := u.Apply(encoded(t, d("_id", 1, "x", 1)))
	require.NoError(t, err)
	require.Equal(t, []string{"_id", "x", "a", "b", "m", "z"}, keys(t, doc))
}

func TestAnUpsertHasItsIDInFront(t *testing.T) {
	u, err := docdb.ParseUpdate(d("$set", d("b", 1)))
	require.NoError(t, err)
	for _, filter := range []bson.D{d("z", 1), d("z", 1, "_id", 7)} {
		f, err := docdb.ParseFilter(filter)
		require.NoError(t, err)
		doc, err := u.Upsert(f)
		require.NoError(t, err)
		require.Equal(t, []string{"_id", "z", "b"}, keys(t, doc))
	}
}

func TestAnUpdateThatFailsChangesNothing(t *testing.T) {
	doc := encoded(t, d("_id", 1, "a", d("b", list(1)), "c", "x"))
	before := string(doc)
	u, err := docdb.ParseUpdate(d("$push", d("a.b", 2), "$inc", d("c", 1)))
	require.NoError(t, err)
	_, err = u.Apply(doc)
	require.ErrorIs(t, err, docdb.ErrUpdate)
	require.Equal(t, before, string(doc))
}

func TestADocumentCannotGrowTooLong(t *testing.T) {
	doc := encoded(t, d("_id", 1, "a", make([]byte, 15<<20)))
	u, err := docdb.ParseUpdate(d("$set", d("b", make([]byte, 2<<20))))
	require.NoError(t, err)
	_, err = u.Apply(doc)
	require.ErrorIs(t, err, docdb.ErrUpdate)
}

// TestUpdatesKeepTheirPromises: whatever is updated, the result can be stored,
// the input is as it was, and what $set wrote is found.
func TestUpdatesKeepTheirPromises(t *testing.T) {
	var gen docdbtest.Limits
	rapid.Check(t, func(rt *rapid.T) {
		doc := encoded(t, append(d("_id", 1), gen.Documents().Draw(rt, "doc")...))
		before := string(doc)
		u, err := docdb.ParseUpdate(gen.Updates().Draw(rt, "update"))
		if err != nil {
			require.ErrorIs(rt, err, docdb.ErrDialect)
			return
		}
		got, err := u.Apply(doc)
		require.Equal(rt, before, string(doc))
		if err != nil {
			require.ErrorIs(rt, err, docdb.ErrUpdate)
			return
		}
		require.NoError(rt, raw.Check(got))
		value := gen.Scalars().Draw(rt, "value")
		set, err := docdb.ParseUpdate(d("$set", d("q.r", value)))
		require.NoError(rt, err)
		got, err = set.Apply(got)
		require.NoError(rt, err)
		f, err := docdb.ParseFilter(d("q.r", value))
		require.NoError(rt, err)
		require.True(rt, f.Match(got))
	})
}
