package docdb_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

func TestMatchAllocatesNothing(t *testing.T) {
	doc := encoded(t, d("channel", list("A", "B"), "journal", list(d("tier", 3, "ts", 5)), "ts", d("any", d("upd", 7))))
	f, err := docdb.ParseFilter(d("channel", d("$in", list("A", "C"), "$ne", "D"), "journal", d("$elemMatch", d("tier", 3, "ts", d("$gt", 2.5))), "ts.any.upd", d("$lt", 9),
		"$or", list(d("x", nil), d("channel", d("$all", list("A", "B"))))))
	require.NoError(t, err)
	require.True(t, f.Match(doc))
	require.Zero(t, testing.AllocsPerRun(100, func() { f.Match(doc) }))
}

func TestAFilterIsCopied(t *testing.T) {
	in := list(1, 2)
	filter := d("a", d("$in", in))
	f, err := docdb.ParseFilter(filter)
	require.NoError(t, err)
	in[0], filter[0].Key = 7, "b"
	require.True(t, f.Match(encoded(t, d("a", 1))))
	require.False(t, f.Match(encoded(t, d("b", 7))))
}

// TestPatternsMeanTheSameOnAServer: what is sent has its flags written out and
// no dollar sign that PCRE reads differently.
func TestPatternsMeanTheSameOnAServer(t *testing.T) {
	for _, c := range []struct {
		filter bson.D
		want   string
	}{
		{d("a", d("$regex", "^ab$")), `{"a": {"$regex": {"$regularExpression":{"pattern":"\\Aab\\z","options":""}}}}`},
		{d("a", d("$regex", "a.b", "$options", "is")), `{"a": {"$regex": {"$regularExpression":{"pattern":"(?is:A.B)","options":""}}}}`},
		{d("$or", list(d("a", bson.Regex{Pattern: "x", Options: "i"}))), `{"$or": [{"a": {"$regularExpression":{"pattern":"(?i:X)","options":""}}}]}`},
	} {
		f, err := docdb.ParseFilter(c.filter)
		require.NoError(t, err)
		require.Equal(t, c.want, f.BSON().String())
	}
}

func TestNarrowNamesWhatAnIndexCanFind(t *testing.T) {
	for _, c := range []struct {
		filter bson.D
		want   []string
	}{
		{d("a", 1, "b", d("$gt", 2, "$ne", 3)), []string{"a $eq", "b $gt"}},
		{d("$and", list(d("a", 1), d("b", d("$in", list(1, 2))))), []string{"a $eq", "b $in"}},
		{d("$or", list(d("a", 1), d("b", 1))), []string{"any of 2"}},
		{d("$or", list(d("a", 1), d("b", d("$ne", 1)))), nil},
		{d("$nor", list(d("a", 1))), nil},
		{d("a", d("$not", d("$eq", 1))), nil},
		{d("a", list(1)), nil},
		{d("a", d("$all", list(1, 2))), []string{"a $eq", "a $eq"}},
		{d("j", d("$elemMatch", d("t", 3, "u", nil, "0", 1))), []string{"j.t $eq"}},
		{d("j", d("$elemMatch", d("$gt", 3, "$lt", 5))), []string{"j $gt", "j $lt"}},
		{d("j", d("$elemMatch", d("$elemMatch", d("$gt", 3)))), nil},
		{d("a", d("$exists", true), "b", d("$size", 1), "c", d("$regex", "x")), nil},
	} {
		f, err := docdb.ParseFilter(c.filter)
		require.NoError(t, err)
		var got []string
		for _, n := range f.Narrow() {
			if n.Any != nil {
				got = append(got, "any of "+string(rune('0'+len(n.Any))))
				continue
			}
			got = append(got, n.Path+" "+n.Op)
		}
		require.Equal(t, c.want, got, "%v", c.filter)
	}
}

func TestMistakesAreExplained(t *testing.T) {
	_, err := docdb.ParseFilter(d("a.b", d("$near", 1)))
	var e *docdb.DialectError
	require.ErrorAs(t, err, &e)
	require.Equal(t, "filter", e.Where)
	require.Equal(t, "a.b", e.Path)
	_, err = docdb.ParseUpdate(d("$push", d("a", d("$each", list(), "$position", 1))))
	require.ErrorAs(t, err, &e)
	require.Equal(t, "update", e.Where)
	_, err = docdb.ParseUpdate(d("$pull", d("a", d("$near", 1))))
	require.ErrorAs(t, err, &e)
	require.Equal(t, "update", e.Where)
}

func TestNestingIsBounded(t *testing.T) {
	deep := d("a", 1)
	for range 150 {
		deep = d("$and", list(deep))
	}
	_, err := docdb.ParseFilter(deep)
	require.ErrorIs(t, err, docdb.ErrDialect)
	not := d("$gt", 1)
	for range 150 {
		not = d("$not", not)
	}
	_, err = docdb.ParseFilter(d("a", not))
	require.ErrorIs(t, err, docdb.ErrDialect)
	_, err = docdb.ParseFilter(d(strings.Repeat("a.", 200)+"a", 1))
	require.ErrorIs(t, err, docdb.ErrDialect)
}
