package oracletest

import (
	"testing"

	"github.com/256dpi/lungo/mongokit"
	"github.com/stretchr/testify/require"
	v1 "go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/docdbtest"
)

// limits leaves out what lungo is known to get wrong; see lungoFaults.
var limits = docdbtest.Limits{
	Plain: true, // lists in lists, NaN, the ends of the integers
	Skip:  map[string]bool{"$regex": true},
}

// TestMatchAsLungo asks both whether random documents match random filters.
func TestMatchAsLungo(t *testing.T) {
	matched := 0
	rapid.Check(t, func(rt *rapid.T) { matched += matchAsLungo(rt) })
	require.Positive(t, matched)
}

// FuzzMatchAsLungo is the same, led by what the fuzzer finds new.
func FuzzMatchAsLungo(f *testing.F) {
	seeds(f)
	f.Fuzz(rapid.MakeFuzz(func(rt *rapid.T) { matchAsLungo(rt) }))
}

func matchAsLungo(rt *rapid.T) (matched int) {
	filter := limits.Filters().Draw(rt, "filter")
	f, err := docdb.ParseFilter(filter)
	require.NoError(rt, err)
	query := old(f.BSON())
	for range 8 {
		doc, err := bson.Marshal(limits.Documents().Draw(rt, "doc"))
		require.NoError(rt, err)
		if knownMatchFault(f.BSON(), doc) {
			continue
		}
		theirs := old(doc)
		want, err := mongokit.Match(&theirs, &query)
		if err != nil {
			continue // lungo does not know it
		}
		require.Equal(rt, want, f.Match(doc), "%s\n%s", f.BSON(), bson.Raw(doc))
		if want {
			matched++
		}
	}
	return matched
}

// TestApplyAsLungo lets both apply random updates to random documents.
func TestApplyAsLungo(t *testing.T) {
	applied := 0
	rapid.Check(t, func(rt *rapid.T) {
		if applyAsLungo(rt) {
			applied++
		}
	})
	require.Positive(t, applied)
}

// FuzzApplyAsLungo is the same, led by what the fuzzer finds new.
func FuzzApplyAsLungo(f *testing.F) {
	seeds(f)
	f.Fuzz(rapid.MakeFuzz(func(rt *rapid.T) { applyAsLungo(rt) }))
}

func seeds(f *testing.F) {
	for i := range 8 {
		b := make([]byte, 4096)
		for j := range b {
			b[j] = byte((i + 1) * (j*j + 31*j) >> 3)
		}
		f.Add(b)
	}
}

func applyAsLungo(rt *rapid.T) bool {
	u, err := docdb.ParseUpdate(limits.Updates().Draw(rt, "update"))
	if err != nil {
		return false // paths in conflict
	}
	doc, err := bson.Marshal(append(docdbtest.D("_id", 1), limits.Documents().Draw(rt, "doc")...))
	require.NoError(rt, err)
	update, theirs, query := old(u.BSON()), old(doc), v1.D{}
	if knownUpdateFault(u.BSON(), doc) {
		return false
	}
	_, theirErr := mongokit.Apply(&theirs, &query, &update, false, nil)
	ours, err := u.Apply(doc)
	if theirErr != nil || err != nil {
		require.Equal(rt, theirErr != nil, err != nil, "%s\n%s\nlungo: %v\nours: %v", u.BSON(), bson.Raw(doc), theirErr, err)
		return false
	}
	want, err := v1.Marshal(theirs)
	require.NoError(rt, err)
	require.Equal(rt, docdbtest.Canonical(want), docdbtest.Canonical(ours), "%s\n%s", u.BSON(), bson.Raw(doc))
	return true
}
