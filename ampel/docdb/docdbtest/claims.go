package docdbtest

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// claims: many at the same time, nothing lost and nothing twice.
func (s *suite) claims(t *testing.T) {
	s.run(t, "concurrent/claims", func(t *testing.T, c *docdb.Collection) {
		require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"code"}}))
		docs := make([]bson.D, s.Tickets)
		for i := range docs {
			docs[i] = D("_id", i, "code", -1)
		}
		fill(t, c, docs...)
		claimed := make([][]int, s.Workers)
		var wg sync.WaitGroup
		for w := range s.Workers {
			wg.Go(func() {
				for {
					doc, err := c.FindOneAndUpdate(t.Context(), D("code", D("$in", A(-1, -6))), D("$set", D("code", -5, "worker", w)))
					if errors.Is(err, docdb.ErrNotFound) {
						return
					}
					if err != nil {
						t.Errorf("claim: %v", err)
						return
					}
					claimed[w] = append(claimed[w], int(doc.Lookup("_id").AsInt64()))
				}
			})
		}
		wg.Wait()
		seen := map[int]bool{}
		for _, mine := range claimed {
			for _, id := range mine {
				require.False(t, seen[id], "claimed twice: %d", id)
				seen[id] = true
			}
		}
		require.Len(t, seen, s.Tickets)
	})
	s.run(t, "concurrent/counter", func(t *testing.T, c *docdb.Collection) {
		fill(t, c, D("_id", "current_run_id", "value", 0))
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		each := max(1, s.Tickets/s.Workers)
		for range s.Workers {
			wg.Go(func() {
				for range each {
					doc, err := c.FindOneAndUpdate(t.Context(), D("_id", "current_run_id"), D("$inc", D("value", 1)), docdb.After())
					if err != nil {
						t.Errorf("count: %v", err)
						return
					}
					mu.Lock()
					seen[doc.Lookup("value").AsInt64()] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		require.Len(t, seen, each*s.Workers)
	})
	s.run(t, "concurrent/upserts of one document", func(t *testing.T, c *docdb.Collection) {
		require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"stock"}, Unique: true}))
		var wg sync.WaitGroup
		for w := range s.Workers {
			wg.Go(func() {
				for range 5 {
					up := func() error {
						_, err := c.UpdateOne(t.Context(), D("stock", 1), D("$inc", D("n", 1), "$addToSet", D("w", w)), docdb.Upsert())
						return err
					}
					err := up()
					if errors.Is(err, docdb.ErrDuplicateKey) {
						err = up() // the loser of a race finds the document now
					}
					if err != nil {
						t.Errorf("upsert: %v", err)
					}
				}
			})
		}
		wg.Wait()
		got, err := c.FindOne(t.Context(), D(), docdb.Fields(D("n", 1, "_id", 0)))
		require.NoError(t, err)
		same(t, D("n", 5*s.Workers), got)
		n, err := c.Count(t.Context(), D())
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
	})
}
