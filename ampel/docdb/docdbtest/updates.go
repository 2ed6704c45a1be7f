package docdbtest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// updateCase: the update turns doc into want; both lack their _id.
type updateCase struct {
	name              string
	doc, update, want bson.D
}

func (s *suite) updates(t *testing.T) {
	for _, c := range append(updateCases(), arrayCases()...) {
		s.run(t, "update/"+c.name, func(t *testing.T, col *docdb.Collection) {
			fill(t, col, c.doc)
			r, err := col.UpdateOne(t.Context(), D("_id", 1), c.update)
			require.NoError(t, err)
			require.EqualValues(t, 1, r.Matched)
			got, err := col.FindOne(t.Context(), D("_id", 1))
			require.NoError(t, err)
			same(t, append(D("_id", 1), c.want...), got)
		})
	}
}

func updateCases() []updateCase {
	return []updateCase{
		{"set", D("a", 1), D("$set", D("a", 2, "b", "x")), D("a", 2, "b", "x")},
		{"set nested", D("a", D("b", 1)), D("$set", D("a.c.d", 2)), D("a", D("b", 1, "c", D("d", 2)))},
		{"set position", D("a", A(1, 2)), D("$set", D("a.1", 5)), D("a", A(1, 5))},
		{"set behind the end", D("a", A(1)), D("$set", D("a.3", 5)), D("a", A(1, nil, nil, 5))},
		{"increment behind the end", D("a", A(1)), D("$inc", D("a.2", 5)), D("a", A(1, nil, 5))},
		{"set inside a list", D("a", A(D("b", 1))), D("$set", D("a.0.c", 2)), D("a", A(D("b", 1, "c", 2)))},
		{"set replaces a document", D("a", D("b", 1)), D("$set", D("a", D("c", 2))), D("a", D("c", 2))},
		{"set null", D("a", 1), D("$set", D("a", nil)), D("a", nil)},
		{"number as a field name", D("a", D()), D("$set", D("a.0", 1)), D("a", D("0", 1))},
		{"unset", D("a", 1, "b", 2), D("$unset", D("a", "")), D("b", 2)},
		{"unset nested", D("a", D("b", 1, "c", 2)), D("$unset", D("a.b", 1)), D("a", D("c", 2))},
		{"unset missing", D("a", 1), D("$unset", D("x.y", 1)), D("a", 1)},
		{"unset below a number", D("a", 1), D("$unset", D("a.y", 1)), D("a", 1)},
		{"unset position leaves null", D("a", A(1, 2)), D("$unset", D("a.0", 1)), D("a", A(nil, 2))},
		{"increment", D("a", 1), D("$inc", D("a", 2)), D("a", 3)},
		{"increment missing", D(), D("$inc", D("a.b", 2)), D("a", D("b", 2))},
		{"increment by a double", D("a", 1), D("$inc", D("a", 0.5)), D("a", 1.5)},
		{"increment down", D("a", 1), D("$inc", D("a", -3)), D("a", -2)},
		{"increment beyond 32 bits", D("a", int32(math.MaxInt32)), D("$inc", D("a", int32(1))), D("a", int64(math.MaxInt32)+1)},
		{"maximum", D("a", 5, "b", 5), D("$max", D("a", 7, "b", 3)), D("a", 7, "b", 5)},
		{"maximum of missing", D(), D("$max", D("ts.any.upd", 7)), D("ts", D("any", D("upd", 7)))},
		{"maximum across types", D("a", 5), D("$max", D("a", "x")), D("a", "x")},
		{"maximum keeps what is equal", D("a", 5), D("$max", D("a", 5.0)), D("a", 5)},
		{"minimum", D("a", 5, "b", 5), D("$min", D("a", 7, "b", 3)), D("a", 5, "b", 3)},
		{"minimum across types", D("a", 5), D("$min", D("a", nil)), D("a", nil)},
		{"several operators", D("a", 1, "l", A(1)), D("$set", D("s", 1), "$inc", D("a", 1), "$push", D("l", 2), "$unset", D("q", 1)),
			D("a", 2, "l", A(1, 2), "s", 1)},
		{"set on insert does nothing here", D("a", 1), D("$set", D("b", 1), "$setOnInsert", D("c", 1)), D("a", 1, "b", 1)},
		{"empty operators", D("a", 1), D("$set", D("a", 2), "$unset", D()), D("a", 2)},
	}
}

func arrayCases() []updateCase {
	return []updateCase{
		{"push", D("a", A(1)), D("$push", D("a", 2)), D("a", A(1, 2))},
		{"push to missing", D(), D("$push", D("a.b", 2)), D("a", D("b", A(2)))},
		{"push behind the end", D("a", A()), D("$push", D("a.1", 5)), D("a", A(nil, A(5)))},
		{"push a list", D("a", A(1)), D("$push", D("a", A(2, 3))), D("a", A(1, A(2, 3)))},
		{"push each", D("a", A(1)), D("$push", D("a", D("$each", A(2, 3)))), D("a", A(1, 2, 3))},
		{"push each of nothing", D("a", A(1)), D("$push", D("a", D("$each", A()))), D("a", A(1))},
		{"push each of nothing to missing", D(), D("$push", D("body", D("$each", A()))), D("body", A())},
		{"push a document", D("j", A()), D("$push", D("j", D("tier", 3))), D("j", A(D("tier", 3)))},
		{"add to set", D("a", A(1)), D("$addToSet", D("a", 2)), D("a", A(1, 2))},
		{"add what is there", D("a", A(1, 2)), D("$addToSet", D("a", 2)), D("a", A(1, 2))},
		{"add an equal number", D("a", A(1)), D("$addToSet", D("a", 1.0)), D("a", A(1))},
		{"add each", D("a", A("x")), D("$addToSet", D("a", D("$each", A("x", "y", "y", "z")))), D("a", A("x", "y", "z"))},
		{"add to missing", D(), D("$addToSet", D("a", D("$each", A(1, 1)))), D("a", A(1))},
		{"add a document", D("a", A(D("x", 1))), D("$addToSet", D("a", D("x", 1))), D("a", A(D("x", 1)))},
		{"add a list", D("a", A(1)), D("$addToSet", D("a", A(1))), D("a", A(1, A(1)))},
		{"pull", D("a", A(1, 2, 1)), D("$pull", D("a", 1)), D("a", A(2))},
		{"pull from missing", D("b", 1), D("$pull", D("a", 1)), D("b", 1)},
		{"pull greater", D("a", A(1, 5, 9)), D("$pull", D("a", D("$gte", 5))), D("a", A(1))},
		{"pull one of", D("a", A(1, 5, 9)), D("$pull", D("a", D("$in", A(1, 9)))), D("a", A(5))},
		{"pull documents that match", D("a", A(D("x", 1, "y", 2), D("x", 2))), D("$pull", D("a", D("x", 1))), D("a", A(D("x", 2)))},
		{"pull documents by a bound", D("a", A(D("x", 1), D("x", 7))), D("$pull", D("a", D("x", D("$gt", 5)))), D("a", A(D("x", 1)))},
		{"pull a list", D("a", A(A(1), A(2))), D("$pull", D("a", A(1))), D("a", A(A(2)))},
	}
}

// pushes has what sorts and cuts, by itself because not every engine does it.
func (s *suite) pushes(t *testing.T) {
	for _, c := range []updateCase{
		{"slice from the front", D("a", A(1, 2)), D("$push", D("a", D("$each", A(3, 4), "$slice", 3))), D("a", A(1, 2, 3))},
		{"slice from the back", D("a", A(1, 2)), D("$push", D("a", D("$each", A(3, 4), "$slice", -3))), D("a", A(2, 3, 4))},
		{"slice to nothing", D("a", A(1)), D("$push", D("a", D("$each", A(), "$slice", 0))), D("a", A())},
		{"sort values", D("a", A(3, 1)), D("$push", D("a", D("$each", A(2), "$sort", 1))), D("a", A(1, 2, 3))},
		{"sort documents", D("a", A(D("t", 3), D("t", 1))), D("$push", D("a", D("$each", A(D("t", 2)), "$sort", D("t", -1)))),
			D("a", A(D("t", 3), D("t", 2), D("t", 1)))},
		{"sort and slice", D("a", A(3, 1)), D("$push", D("a", D("$each", A(2), "$sort", -1, "$slice", 2))), D("a", A(3, 2))},
	} {
		s.run(t, "push/"+c.name, func(t *testing.T, col *docdb.Collection) {
			fill(t, col, c.doc)
			_, err := col.UpdateOne(t.Context(), D("_id", 1), c.update)
			require.NoError(t, err)
			got, err := col.FindOne(t.Context(), D("_id", 1))
			require.NoError(t, err)
			same(t, append(D("_id", 1), c.want...), got)
		})
	}
}

// failures: updates that do not fit are ErrUpdate and change nothing.
func (s *suite) failures(t *testing.T) {
	for _, c := range []struct {
		name        string
		doc, update bson.D
	}{
		{"increment a text", D("a", "x"), D("$inc", D("a", 1))},
		{"increment null", D("a", nil), D("$inc", D("a", 1))},
		{"increment out of range", D("a", int64(math.MaxInt64)), D("$inc", D("a", int64(1)))},
		{"push to a number", D("a", 1), D("$push", D("a", 1))},
		{"push to null", D("a", nil), D("$push", D("a", 1))},
		{"add to a number", D("a", 1), D("$addToSet", D("a", 1))},
		{"pull from a number", D("a", 1), D("$pull", D("a", 1))},
		{"set below a number", D("a", 1), D("$set", D("a.b", 1))},
		{"set a name in a list", D("a", A(1)), D("$set", D("a.b", 1))},
		{"change _id", D("a", 1), D("$set", D("_id", 7))},
		{"remove _id", D("a", 1), D("$unset", D("_id", 1))},
		{"one of two operators", D("a", "x", "b", 1), D("$inc", D("a", 1, "b", 1))},
	} {
		s.run(t, "failure/"+c.name, func(t *testing.T, col *docdb.Collection) {
			fill(t, col, c.doc)
			_, err := col.UpdateOne(t.Context(), D("_id", 1), c.update)
			require.ErrorIs(t, err, docdb.ErrUpdate)
			got, err := col.FindOne(t.Context(), D("_id", 1))
			require.NoError(t, err)
			same(t, append(D("_id", 1), c.doc...), got)
		})
	}
}
