package docdbtest

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// refused: what is outside of the dialect is ErrDialect, on every engine and
// before anything happens.
func (s *suite) refused(t *testing.T) {
	s.run(t, "refused/filters", func(t *testing.T, c *docdb.Collection) {
		for _, f := range []bson.D{
			D("$where", "1"), D("$expr", D()), D("$text", D()), D("$comment", "x"), D("$and", A()), D("$or", D()), D("$nor", A(1)),
			D("a", D("$type", "int")), D("a", D("$mod", A(2, 0))), D("a", D("$near", 1)), D("a", D("$gt", 1, "b", 2)), D("a", D("b", 1, "$gt", 2)),
			D("a", D("$in", 1)), D("a", D("$in", A(D("$gt", 1)))), D("a", D("$in", A(bson.Regex{Pattern: "x"}))), D("a", D("$all", A(D("$elemMatch", D())))),
			D("a", D("$not", 1)), D("a", D("$not", D())), D("a", D("$size", -1)), D("a", D("$size", 1.5)), D("a", D("$exists", "x")),
			D("a", D("$elemMatch", 1)), D("a", D("$regex", "(?=x)")), D("a", D("$regex", "x", "$options", "x")), D("a", D("$regex", 1)),
			D("a", D("$options", "i")), D("a", D("$bitsAllSet", -1)), D("a", D("$bitsAllSet", "x")), D("a", D("$bitsAllSet", A(-1))),
			D("", 1), D("a..b", 1), D(".a", 1), D("a.", 1), D("a.$", 1), D("a.$[].b", 1), D("a\x00b", 1),
			D("a", bson.MinKey{}), D("a", bson.NewDecimal128(0, 1)), D("a", bson.Timestamp{T: 1}), D("a", D("$ne", bson.Regex{Pattern: "x"})), D("a", D("x.y", 1)),
		} {
			_, err := c.FindAll(t.Context(), f)
			require.ErrorIs(t, err, docdb.ErrDialect, "%v", f)
			_, err = c.Count(t.Context(), f)
			require.ErrorIs(t, err, docdb.ErrDialect, "%v", f)
			_, err = c.DeleteMany(t.Context(), f)
			require.ErrorIs(t, err, docdb.ErrDialect, "%v", f)
		}
	})
	s.run(t, "refused/updates", func(t *testing.T, c *docdb.Collection) {
		for _, u := range []bson.D{
			nil, D(), D("a", 1), D("$set", D()), D("$set", 1), D("$set", D("a", 1), "b", 1), D("$rename", D("a", "b")), D("$mul", D("a", 2)), D("$bit", D("a", D("and", 1))),
			D("$pop", D("a", 1)), D("$currentDate", D("a", true)), D("$pullAll", D("a", A())), D("$set", D("a.$", 1)), D("$set", D("a.$[].b", 1)), D("$set", D("a.$[x]", 1)),
			D("$set", D("", 1)), D("$set", D("a..b", 1)), D("$set", D("a", 1), "$inc", D("a", 1)), D("$set", D("a", 1), "$inc", D("a.b", 1)), D("$set", D("a.b", 1, "a", 1)),
			D("$set", D("a", 1), "$set", D("b", 1)), D("$set", D("a", D("$x", 1))), D("$set", D("a", D("x.y", 1))), D("$set", D("a", bson.Regex{Pattern: "x"})),
			D("$inc", D("a", "x")), D("$inc", D("a", nil)), D("$inc", D("a", bson.NewDecimal128(0, 1))),
			D("$push", D("a", D("$each", 1))), D("$push", D("a", D("$slice", 1))), D("$push", D("a", D("$each", A(), "$position", 1))), D("$push", D("a", D("$each", A(), "x", 1))),
			D("$push", D("a", D("$each", A(), "$sort", 2))), D("$push", D("a", D("$each", A(), "$slice", "x"))), D("$addToSet", D("a", D("$each", 1))),
			D("$addToSet", D("a", D("$each", A(), "$slice", 1))), D("$pull", D("a", D("$where", 1))), D("$pull", D("a", bson.Regex{Pattern: "x"})),
		} {
			_, err := c.UpdateOne(t.Context(), D("_id", 1), u, docdb.Upsert())
			require.ErrorIs(t, err, docdb.ErrDialect, "%v", u)
			_, err = c.FindOneAndUpdate(t.Context(), D("_id", 1), u, docdb.Upsert())
			require.ErrorIs(t, err, docdb.ErrDialect, "%v", u)
		}
		require.Empty(t, ids(t, c, D()))
	})
	s.run(t, "refused/upserts", func(t *testing.T, c *docdb.Collection) {
		for _, f := range []bson.D{
			D("a", 1, "$and", A(D("a", 2))), D("a", D("b", 1), "a.b", 1), D("a", D("$in", A(1))), D("a", D("$all", A(1))), D("$or", A(D("a", 1))),
		} {
			_, err := c.UpdateOne(t.Context(), f, D("$set", D("x", 1)), docdb.Upsert())
			require.ErrorIs(t, err, docdb.ErrDialect, "%v", f)
			_, err = c.UpdateOne(t.Context(), f, D("$set", D("x", 1)))
			require.NoError(t, err, "%v", f)
		}
	})
	s.run(t, "refused/documents", func(t *testing.T, c *docdb.Collection) {
		for _, d := range []any{
			D("$a", 1), D("a.b", 1), D("a", D("$b", 1)), D("", 1), D("a", 1, "a", 2), D("a", "\xff"), D("_id", A(1)), D("a", bson.NewDecimal128(0, 1)),
			D("a", math.Inf(1), "b", bson.MaxKey{}), D("a", strings.Repeat("x", 17<<20)), 7, bson.Raw{1, 2, 3},
		} {
			_, err := c.InsertOne(t.Context(), d)
			require.ErrorIs(t, err, docdb.ErrDialect)
		}
		require.Empty(t, ids(t, c, D()))
	})
	s.run(t, "refused/the rest", func(t *testing.T, c *docdb.Collection) {
		all := func(opts ...docdb.Option) error { _, err := c.FindAll(t.Context(), D(), opts...); return err }
		for _, err := range []error{
			all(docdb.SortBy(D("a", 2))), all(docdb.SortBy(D("a", "x"))), all(docdb.SortBy(D("a", 1, "a", 1))), all(docdb.SortBy(D("a.0", 1))),
			all(docdb.Fields(D("a", 1, "b", 0))), all(docdb.Fields(D("a", D("$slice", 1)))), all(docdb.Fields(D("a", 1, "a.b", 1))), all(docdb.Fields(D("a.$", 1))),
			all(docdb.Skip(-1)), all(docdb.Limit(-1)), all(docdb.Upsert()), all(docdb.Unordered()),
			c.EnsureIndexes(t.Context(), docdb.Index{}), c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"a", "a"}}),
			c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"a.0"}}), c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"_id"}}),
		} {
			require.ErrorIs(t, err, docdb.ErrDialect)
		}
		_, err := c.Distinct(t.Context(), "a..b", D())
		require.ErrorIs(t, err, docdb.ErrDialect)
		_, err = c.UpdateMany(t.Context(), nil, D("$set", D("a", 1)))
		require.ErrorIs(t, err, docdb.ErrDialect)
		_, err = c.DeleteMany(t.Context(), nil)
		require.ErrorIs(t, err, docdb.ErrDialect)
		for _, name := range []string{"", "a$b", "system.x", strings.Repeat("x", 121)} {
			_, err := s.db.Collection(name).Count(t.Context(), D())
			require.ErrorIs(t, err, docdb.ErrDialect, name)
		}
	})
}
