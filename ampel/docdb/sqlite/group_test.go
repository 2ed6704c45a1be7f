package sqlite_test

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

// TestWritesThatShareATransaction: some fail, some are cancelled, and each
// write that was answered with success is there, the others are not.
func TestWritesThatShareATransaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	c := db.Collection("c")
	require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"k"}, Unique: true}))
	release := hold(t, path) // so that all of them wait together

	var done atomic.Int64
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%4 == 3 {
				cancel()
			}
			// Numbers divisible by four share their key: one of them succeeds.
			key := i
			if i%4 == 0 {
				key = 0
			}
			_, err := c.BulkWrite(ctx, []docdb.Write{docdb.Insert(d("k", key)), docdb.Insert(d("k", 1000+i))})
			switch {
			case err == nil:
				done.Add(2)
			case i%4 == 0:
				if !isDuplicate(err) {
					t.Errorf("%d: %v", i, err)
				}
			case i%4 != 3:
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	release()
	wg.Wait()
	require.EqualValues(t, 2*21, done.Load())
	n, err := c.Count(t.Context(), d())
	require.NoError(t, err)
	require.EqualValues(t, 2*21, n)
	// Another collection is made and not kept when its first write is refused.
	_, err = db.Collection("new").InsertOne(cancelled(t), d())
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, db.Close())
}

func TestAnIndexOfAnotherDatabaseHandle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	one, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	two, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	_, err = one.Collection("c").InsertOne(t.Context(), d("k", 1))
	require.NoError(t, err)
	n, err := two.Collection("c").Count(t.Context(), d("k", 1))
	require.NoError(t, err)
	require.EqualValues(t, 1, n, "a collection that the other handle made")
	require.NoError(t, two.Collection("c").EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"k"}, Unique: true}))
	_, err = one.Collection("c").InsertOne(t.Context(), d("k", 1))
	require.ErrorIs(t, err, docdb.ErrDuplicateKey, "an index that the other handle made")
	_, err = one.Collection("c").InsertOne(t.Context(), d("k", 2))
	require.NoError(t, err)
	n, err = two.Collection("c").Count(t.Context(), d("k", 2))
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	require.NoError(t, one.Close())
	require.NoError(t, two.Close())
}

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
