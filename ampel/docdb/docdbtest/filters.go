package docdbtest

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// filterCase: the documents with the numbers in want match, and no others.
type filterCase struct {
	name   string
	docs   []bson.D
	filter bson.D
	want   []int
}

func (s *suite) filters(t *testing.T) {
	for _, c := range filterCases() {
		s.run(t, "filter/"+c.name, func(t *testing.T, col *docdb.Collection) {
			fill(t, col, c.docs...)
			require.ElementsMatch(t, c.want, ids(t, col, c.filter))
			n, err := col.Count(t.Context(), c.filter)
			require.NoError(t, err)
			require.EqualValues(t, len(c.want), n)
		})
	}
}

func filterCases() []filterCase {
	numbers := []bson.D{D("a", int32(5)), D("a", int64(5)), D("a", 5.0), D("a", 5.5), D("a", "5"), D("a", nil), D("b", 5), D("a", A(4, 6))}
	lists := []bson.D{D("a", A(1, 2)), D("a", A(2, 1)), D("a", A()), D("a", 1), D("b", 1)}
	deep := []bson.D{D("a", A(A(1, 2))), D("a", A(1, 2))}
	nested := []bson.D{D("a", D("b", 1)), D("a", D("b", A(1, 2))), D("a", A(D("b", 1), D("b", 5))), D("a", A(D("c", 1))),
		D("a", A(1, 2)), D("a", 3), D("c", 1), D("a", A()), D("a", D("b", nil))}
	journal := []bson.D{
		D("journal", A(D("tier", 0, "ts", 10), D("tier", 3, "ts", 20))),
		D("journal", A(D("tier", 0, "ts", 20), D("tier", 3, "ts", 10))),
		D("journal", A()),
		D("tier", 3),
	}
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	types := []bson.D{D("a", nil), D("a", 1), D("a", "x"), D("a", D("x", 1)), D("a", A(1)), D("a", []byte{1}), D("a", bson.ObjectID{1}),
		D("a", true), D("a", day), D("b", 1)}
	channels := []bson.D{D("channel", A("A")), D("channel", A("A", "B")), D("channel", A("B", "C", "D")), D("channel", A("A"))}
	flags := []bson.D{D("f", 0), D("f", 20), D("f", int64(54)), D("f", 54.0), D("f", 54.5), D("f", "x"), D("f", A(20, 1)), D("f", -1)}
	return []filterCase{
		{"nothing said", numbers, D(), []int{1, 2, 3, 4, 5, 6, 7, 8}},
		{"numbers of different types are equal", numbers, D("a", 5), []int{1, 2, 3}},
		{"double finds integers", numbers, D("a", 5.0), []int{1, 2, 3}},
		{"greater among numbers only", numbers, D("a", D("$gt", 5)), []int{4, 8}},
		{"greater or equal", numbers, D("a", D("$gte", int64(5))), []int{1, 2, 3, 4, 8}},
		{"less among numbers only", numbers, D("a", D("$lt", 5.5)), []int{1, 2, 3, 8}},
		{"less or equal", numbers, D("a", D("$lte", 5)), []int{1, 2, 3, 8}},
		{"text is no number", numbers, D("a", "5"), []int{5}},
		{"not equal includes missing", numbers, D("a", D("$ne", 5)), []int{4, 5, 6, 7, 8}},
		{"not greater includes missing and others", numbers, D("a", D("$not", D("$gt", 5))), []int{1, 2, 3, 5, 6, 7}},
		{"two elements fulfil two bounds", numbers, D("a", D("$gt", 5, "$lt", 5)), []int{8}},
		{"null is null or missing", numbers, D("a", nil), []int{6, 7}},
		{"not null", numbers, D("a", D("$ne", nil)), []int{1, 2, 3, 4, 5, 8}},
		{"null or greater", numbers, D("a", D("$gte", nil)), []int{6, 7}},
		{"exists with null", numbers, D("a", D("$exists", true)), []int{1, 2, 3, 4, 5, 6, 8}},
		{"does not exist", numbers, D("a", D("$exists", false)), []int{7}},
		{"one of", numbers, D("a", D("$in", A(5, "5"))), []int{1, 2, 3, 5}},
		{"one of nothing", numbers, D("a", D("$in", A())), nil},
		{"one of with null", numbers, D("a", D("$in", A(nil, 5.5))), []int{4, 6, 7}},
		{"none of", numbers, D("a", D("$nin", A(5, nil))), []int{4, 5, 8}},
		{"none of nothing", numbers, D("a", D("$nin", A())), []int{1, 2, 3, 4, 5, 6, 7, 8}},
		{"large integers are exact", []bson.D{D("a", int64(1<<53)), D("a", int64(1<<53+1)), D("a", float64(1<<53))}, D("a", int64(1<<53+1)), []int{2}},
		{"large integer greater than double", []bson.D{D("a", int64(1<<53)), D("a", int64(1<<53+1))}, D("a", D("$gt", float64(1<<53))), []int{2}},
		{"not a number equals itself", []bson.D{D("a", math.NaN()), D("a", 1)}, D("a", math.NaN()), []int{1}},
		{"not a number is not less", []bson.D{D("a", math.NaN()), D("a", 1)}, D("a", D("$lt", 5)), []int{2}},
		{"negative zero", []bson.D{D("a", math.Copysign(0, -1)), D("a", 0)}, D("a", 0.0), []int{1, 2}},

		{"element of a list", lists, D("a", 1), []int{1, 2, 4}},
		{"whole list in order", lists, D("a", A(1, 2)), []int{1}},
		{"empty list", lists, D("a", A()), []int{3}},
		{"not an element", lists, D("a", D("$ne", 1)), []int{3, 5}},
		{"all of", lists, D("a", D("$all", A(1, 2))), []int{1, 2}},
		{"all of one", lists, D("a", D("$all", A(1))), []int{1, 2, 4}},
		{"all of nothing", lists, D("a", D("$all", A())), nil},
		{"not all of", lists, D("a", D("$not", D("$all", A(1, 2)))), []int{3, 4, 5}},
		{"size of a list", lists, D("a", D("$size", 2)), []int{1, 2}},
		{"size zero", lists, D("a", D("$size", 0)), []int{3}},
		{"deep whole list", deep, D("a", A(1, 2)), []int{1, 2}},
		{"deep element", deep, D("a", 1), []int{2}},
		{"deep all of", deep, D("a", D("$all", A(1, 2))), []int{2}},
		{"deep all of a list", deep, D("a", D("$all", A(A(1, 2)))), []int{1, 2}},
		{"deep size", deep, D("a", D("$size", 2)), []int{2}},
		{"deep position", deep, D("a.0", 1), []int{2}},
		{"deep position of a list", deep, D("a.0", A(1, 2)), []int{1}},
		{"deep positions", deep, D("a.0.1", 2), []int{1}},
		{"position", lists, D("a.0", 1), []int{1}},
		{"position exists", lists, D("a.1", D("$exists", true)), []int{1, 2}},
		{"list greater than list", []bson.D{D("a", A(1, 2)), D("a", A(1, 3)), D("a", 5)}, D("a", D("$gt", A(1, 2))), []int{2}},

		{"nested field", nested, D("a.b", 1), []int{1, 2, 3}},
		{"nested greater", nested, D("a.b", D("$gt", 3)), []int{3}},
		{"nested null through lists", nested, D("a.b", nil), []int{4, 6, 7, 9}},
		{"nested exists", nested, D("a.b", D("$exists", true)), []int{1, 2, 3, 9}},
		{"nested does not exist", nested, D("a.b", D("$exists", false)), []int{4, 5, 6, 7, 8}},
		{"nested not equal", nested, D("a.b", D("$ne", 1)), []int{4, 5, 6, 7, 8, 9}},
		{"whole document", nested, D("a", D("b", 1)), []int{1, 3}},
		{"whole document in field order", []bson.D{D("a", D("x", 1, "y", 2)), D("a", D("y", 2, "x", 1))}, D("a", D("x", 1, "y", 2)), []int{1}},
		{"whole document with other number types", []bson.D{D("a", D("x", 1.0))}, D("a", D("x", int64(1))), []int{1}},
		{"empty document", []bson.D{D("a", D()), D("a", D("x", 1))}, D("a", D()), []int{1}},
		{"position in a path", nested, D("a.1.b", 5), []int{3}},
		{"deep list of lists", []bson.D{D("a", A(D("b", A(D("c", 7)))))}, D("a.b.c", 7), []int{1}},

		{"two elements of a list", journal, D("journal.tier", 3, "journal.ts", 20), []int{1, 2}},
		{"one element of a list", journal, D("journal", D("$elemMatch", D("tier", 3, "ts", 20))), []int{1}},
		{"one element with bounds", journal, D("journal", D("$elemMatch", D("tier", 3, "ts", D("$gt", 5, "$lt", 15)))), []int{2}},
		{"no such element", journal, D("journal", D("$not", D("$elemMatch", D("tier", 3)))), []int{3, 4}},
		{"one element between", numbers, D("a", D("$elemMatch", D("$gt", 4, "$lt", 7))), []int{8}},
		{"no element between", numbers, D("a", D("$elemMatch", D("$gt", 4, "$lt", 6))), nil},

		{"element of a list in a list", []bson.D{D("a", A(A(6))), D("a", A(6))}, D("a", D("$elemMatch", D("$elemMatch", D("$gt", 5)))), []int{1}},
		{"document of a list in a list", []bson.D{D("a", A(A(D("b", 1)))), D("a", A(D("b", 1)))}, D("a", D("$elemMatch", D("$elemMatch", D("b", 1)))), []int{1}},
		{"element that lacks a field", []bson.D{D("a", A(D("c", 1))), D("a", A(D("b", 1)))}, D("a", D("$elemMatch", D("b", nil))), []int{1}},

		{"or", numbers, D("$or", A(D("a", 5.5), D("b", 5))), []int{4, 7}},
		{"and", lists, D("$and", A(D("a", 1), D("a", 2))), []int{1, 2}},
		{"nor", numbers, D("$nor", A(D("a", D("$gte", 5)), D("a", nil))), []int{5}},
		{"or in and", lists, D("$and", A(D("$or", A(D("a", 1), D("b", 1))), D("a", D("$exists", true)))), []int{1, 2, 4}},
		{"or beside fields", numbers, D("a", D("$exists", true), "$or", A(D("a", 5), D("a", 5.5))), []int{1, 2, 3, 4}},
		{"not of two", numbers, D("a", D("$not", D("$gte", 5, "$lte", 5))), []int{4, 5, 6, 7}},

		{"null by type", types, D("a", nil), []int{1, 10}},
		{"number by type", types, D("a", 1), []int{2, 5}},
		{"document by type", types, D("a", D("x", 1)), []int{4}},
		{"bytes", types, D("a", []byte{1}), []int{6}},
		{"object id", types, D("a", bson.ObjectID{1}), []int{7}},
		{"object id greater", types, D("a", D("$gt", bson.ObjectID{0})), []int{7}},
		{"boolean", types, D("a", true), []int{8}},
		{"false is not missing", types, D("a", false), nil},
		{"date", types, D("a", day), []int{9}},
		{"date greater", types, D("a", D("$gte", day.Add(-time.Hour))), []int{9}},
		{"text greater is no date", types, D("a", D("$gte", "a")), []int{3}},
		{"boolean greater", types, D("a", D("$gte", false)), []int{8}},

		{"any channel", channels, D("channel", D("$in", A("A", "C"))), []int{1, 2, 3, 4}},
		{"any channel of two that are there", channels, D("channel", D("$in", A("A", "B"))), []int{1, 2, 3, 4}},
		{"all channels", channels, D("channel", D("$all", A("A", "B"))), []int{2}},
		{"one channel", channels, D("channel", D("$in", A("A", "B"), "$size", 1)), []int{1, 4}},
		{"without channel", channels, D("channel", D("$ne", "A")), []int{3}},
		{"with and without", channels, D("channel", D("$eq", "A", "$ne", "B")), []int{1, 4}},
		{"nested channel logic", channels, D("$or", A(D("channel", D("$all", A("A", "B"))), D("channel", "C"))), []int{2, 3}},

		{"pattern", []bson.D{D("a", "apple"), D("a", "pear"), D("a", A("x", "grape")), D("a", 1)}, D("a", D("$regex", "ap")), []int{1, 3}},
		{"pattern at the beginning", []bson.D{D("a", "apple"), D("a", "grape")}, D("a", D("$regex", "^ap")), []int{1}},
		{"pattern without case", []bson.D{D("a", "Apple"), D("a", "x")}, D("a", D("$regex", "^ap", "$options", "i")), []int{1}},
		{"pattern value", []bson.D{D("a", "Apple"), D("a", "x")}, D("a", bson.Regex{Pattern: "^ap", Options: "i"}), []int{1}},
		{"pattern at the end", []bson.D{D("a", "ab"), D("a", "ab\n"), D("a", "abc")}, D("a", D("$regex", "b$")), []int{1}},
		{"not a pattern", []bson.D{D("a", "apple"), D("a", "pear"), D("b", 1)}, D("a", D("$not", bson.Regex{Pattern: "^ap"})), []int{2, 3}},

		{"bits", flags, D("f", D("$bitsAllSet", 20)), []int{2, 3, 4, 7, 8}},
		{"bit positions", flags, D("f", D("$bitsAllSet", A(1, 5))), []int{3, 4, 8}},
		{"no bits", flags, D("f", D("$bitsAllSet", 0)), []int{1, 2, 3, 4, 7, 8}},
	}
}
