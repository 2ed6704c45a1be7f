package docdbtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/docdb"
)

// together: bulks of several collections.
func (s *suite) together(t *testing.T) {
	bulk := func(t *testing.T, c *docdb.Collection, writes ...docdb.Write) *docdb.Bulk {
		b, err := c.Bulk(writes)
		require.NoError(t, err)
		require.Equal(t, len(writes), b.Len())
		return b
	}
	s.run(t, "together/all", func(t *testing.T, c *docdb.Collection) {
		other := s.db.Collection(c.Name() + "_2")
		done, err := s.db.WriteTogether(t.Context(),
			bulk(t, c, docdb.Insert(D("_id", 1)), docdb.Insert(D("_id", 2))), bulk(t, c),
			bulk(t, other, docdb.UpdateOne(D("a", 1), D("$set", D("b", 2)), docdb.Upsert())))
		require.NoError(t, err)
		require.Equal(t, 3, done)
		for c, want := range map[*docdb.Collection]int64{c: 2, other: 1} {
			n, err := c.Count(t.Context(), D())
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
	})
	s.run(t, "together/a failure", func(t *testing.T, c *docdb.Collection) {
		other := s.db.Collection(c.Name() + "_2")
		fill(t, other, D("_id", 7))
		done, err := s.db.WriteTogether(t.Context(), bulk(t, c, docdb.Insert(D("_id", 1))),
			bulk(t, other, docdb.Insert(D("_id", 7)), docdb.Insert(D("_id", 8))), bulk(t, c, docdb.Insert(D("_id", 2))))
		var failed *docdb.BulkError
		require.ErrorAs(t, err, &failed)
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
		require.Len(t, failed.Writes, 1)
		require.Equal(t, 0, failed.Writes[0].Index)
		n, err := c.Count(t.Context(), D())
		require.NoError(t, err)
		require.EqualValues(t, done, n, "what comes before is there if it counts as done, what comes after is not")
	})
	s.run(t, "together/a mistake", func(t *testing.T, c *docdb.Collection) {
		_, err := c.Bulk([]docdb.Write{docdb.Insert(D("_id", 1)), docdb.UpdateOne(D(), D("$nope", D("a", 1)))})
		require.ErrorIs(t, err, docdb.ErrDialect)
	})
}
