package sqlite_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	goleak.VerifyTestMain(m)
}

func TestCloseEndsEverything(t *testing.T) {
	for name, open := range map[string]func(t testing.TB) *docdb.DB{
		"file":   func(t testing.TB) *docdb.DB { return openFile(t) },
		"memory": openMemory,
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			c := db.Collection("c")
			var wg sync.WaitGroup
			begun := make(chan struct{}, 8)
			for range 8 {
				wg.Go(func() {
					for i := 0; ; i++ {
						_, err := c.InsertOne(t.Context(), d("n", i))
						for _, e := range c.Find(t.Context(), d()) {
							if err == nil {
								err = e
							}
						}
						if i == 0 {
							begun <- struct{}{}
						}
						if err != nil {
							if !errorsIsClosed(err) {
								t.Errorf("after close: %v", err)
							}
							return
						}
					}
				})
			}
			for range 8 {
				<-begun
			}
			require.NoError(t, db.Close())
			wg.Wait()
			_, err := c.Count(t.Context(), d())
			require.ErrorIs(t, err, docdb.ErrClosed)
		})
	}
}

func TestCloseInsideOfALoop(t *testing.T) {
	db := openFile(t)
	c := db.Collection("c")
	_, err := docdb.InsertMany(t.Context(), c, make([]struct{ N int }, 1000))
	require.NoError(t, err)
	var last error
	for _, err := range c.Find(t.Context(), d()) {
		require.NoError(t, db.Close())
		last = err
	}
	require.ErrorIs(t, last, docdb.ErrClosed)
}

func TestCloseWhileWaitingForALock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := sqlite.Open(t.Context(), path, sqlite.Wait(time.Minute))
	require.NoError(t, err)
	release := hold(t, path)
	failed := make(chan error)
	go func() {
		_, err := db.Collection("c").InsertOne(t.Context(), d("_id", 2))
		failed <- err
	}()
	select {
	case err := <-failed:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	require.NoError(t, db.Close())
	require.ErrorIs(t, <-failed, docdb.ErrClosed)
	release()
}
