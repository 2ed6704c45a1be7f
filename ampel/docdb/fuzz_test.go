package docdb_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/docdbtest"
	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

var d, list = docdbtest.D, docdbtest.A

func encoded(t testing.TB, x bson.D) bson.Raw {
	t.Helper()
	b, err := bson.Marshal(x)
	require.NoError(t, err)
	return b
}

// decoded turns fuzzed bytes into a document, if they are one.
func decoded(b []byte) (bson.D, bool) {
	var x bson.D
	return x, bson.Raw(b).Validate() == nil && bson.Unmarshal(b, &x) == nil && x != nil
}

// FuzzFilter: any filter is refused or compiled, never panics, and what BSON
// returns is a filter that means the same.
func FuzzFilter(f *testing.F) {
	doc := encoded(f, d("a", list(1, d("b", "x")), "c", d("d", 2.5)))
	for _, x := range []bson.D{
		d(), d("a", 1), d("a.b", d("$in", list("x", nil))), d("$or", list(d("a", d("$gt", 1)), d("c", d("d", 2.5)))),
		d("a", d("$elemMatch", d("b", d("$regex", "^x$", "$options", "i")))), d("a", d("$not", d("$all", list(1)))), d("a", d("$bitsAllSet", 1)), d("$where", 1),
	} {
		f.Add([]byte(encoded(f, x)), []byte(doc))
	}
	f.Add([]byte{5, 0, 0, 0, 0}, []byte{7, 0, 0, 0, 4, 'a', 0})
	f.Fuzz(func(t *testing.T, filter, doc []byte) {
		x, ok := decoded(filter)
		if !ok {
			return
		}
		parsed, err := docdb.ParseFilter(x)
		if err != nil {
			require.ErrorIs(t, err, docdb.ErrDialect)
			return
		}
		got := parsed.Match(doc)
		again, ok := decoded(parsed.BSON())
		require.True(t, ok)
		twice, err := docdb.ParseFilter(again)
		require.NoError(t, err)
		require.Equal(t, got, twice.Match(doc))
		require.Equal(t, parsed.BSON(), twice.BSON())
	})
}

// FuzzUpdate: any update is refused or applied, never panics, and leaves a
// document that can be stored.
func FuzzUpdate(f *testing.F) {
	doc := encoded(f, d("_id", 1, "a", list(1, d("b", "x")), "c", d("d", 2.5)))
	for _, x := range []bson.D{
		d("$set", d("a.1.b", 2)), d("$inc", d("c.d", 1)), d("$push", d("a", d("$each", list(3, 2), "$sort", 1, "$slice", -2))),
		d("$addToSet", d("a", d("$each", list(1, 2)))), d("$pull", d("a", d("b", "x"))), d("$unset", d("a.0", 1)), d("$max", d("q", 1), "$min", d("c", 1)),
		d("$setOnInsert", d("a", 1)), d("a", 1),
	} {
		f.Add([]byte(encoded(f, x)), []byte(doc))
	}
	f.Fuzz(func(t *testing.T, update, doc []byte) {
		x, ok := decoded(update)
		if !ok || raw.Check(doc) != nil || deepPosition(update) {
			return
		}
		u, err := docdb.ParseUpdate(x)
		if err != nil {
			require.ErrorIs(t, err, docdb.ErrDialect)
			return
		}
		got, err := u.Apply(doc)
		if err != nil {
			require.ErrorIs(t, err, docdb.ErrUpdate)
			return
		}
		if err := raw.Check(got); err != nil {
			require.ErrorContains(t, err, "nested deeper")
		}
	})
}

// deepPosition keeps fuzzing away from filling lists with a million nulls.
func deepPosition(update []byte) bool {
	digits := 0
	for _, c := range update {
		if c < '0' || c > '9' {
			digits = 0
		} else if digits++; digits > 3 {
			return true
		}
	}
	return false
}
