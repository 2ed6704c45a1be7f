package sqlite_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

func TestOpenAgainFindsWhatWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	for i := range 3 {
		db, err := sqlite.Open(t.Context(), path, sqlite.Check())
		require.NoError(t, err)
		c := db.Collection("c")
		require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"n"}, Unique: true}))
		_, err = c.InsertOne(t.Context(), d("n", i))
		require.NoError(t, err)
		_, err = c.InsertOne(t.Context(), d("n", 0))
		require.ErrorIs(t, err, docdb.ErrDuplicateKey)
		n, err := c.Count(t.Context(), d())
		require.NoError(t, err)
		require.EqualValues(t, i+1, n)
		require.NoError(t, db.Close())
		require.NoError(t, db.Close())
	}
}

func TestUnreachablePaths(t *testing.T) {
	dir := t.TempDir()
	paths := map[string]string{"empty": "", "no folder": filepath.Join(dir, "no", "db"), "a folder": dir}
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
	paths["below a file"] = filepath.Join(file, "db")
	if runtime.GOOS != "windows" && os.Getuid() != 0 {
		locked := filepath.Join(dir, "locked")
		require.NoError(t, os.Mkdir(locked, 0o500))
		paths["no permission"] = filepath.Join(locked, "db")
	}
	for name, path := range paths {
		t.Run(name, func(t *testing.T) {
			_, err := sqlite.Open(t.Context(), path)
			require.ErrorIs(t, err, docdb.ErrUnreachable)
		})
	}
}

func TestForeignFilesStayAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	require.NoError(t, os.WriteFile(text, []byte("this is a letter and not a database, and it is longer than a hundred bytes, so that nothing is missing at its end"), 0o600))
	other := filepath.Join(dir, "other")
	odb, err := sql.Open("sqlite", other)
	require.NoError(t, err)
	_, err = odb.Exec("CREATE TABLE t (x)")
	require.NoError(t, err)
	require.NoError(t, odb.Close())
	short := filepath.Join(dir, "short")
	require.NoError(t, os.WriteFile(short, []byte("hi"), 0o600))
	for _, path := range []string{text, other, short} {
		before, err := os.ReadFile(path)
		require.NoError(t, err)
		_, err = sqlite.Open(t.Context(), path)
		require.ErrorIs(t, err, docdb.ErrForeign, path)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, before, after)
	}
}

func TestAnotherFormatIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	raw, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = raw.Exec("UPDATE docdb_format SET version = 99")
	require.NoError(t, err)
	require.NoError(t, raw.Close())
	_, err = sqlite.Open(t.Context(), path)
	require.ErrorIs(t, err, docdb.ErrForeign)
}

// damaged makes a database of some pages, closes it and lets spoil change it.
func damaged(t *testing.T, spoil func(path string, size int64)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	db, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	docs := make([]bson.D, 500)
	for i := range docs {
		docs[i] = stock(i)
	}
	_, err = docdb.InsertMany(t.Context(), db.Collection("c"), docs)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	spoil(path, info.Size())
	return path
}

func TestATruncatedFileIsCorrupt(t *testing.T) {
	path := damaged(t, func(path string, size int64) { require.NoError(t, os.Truncate(path, size/2)) })
	_, err := sqlite.Open(t.Context(), path)
	require.ErrorIs(t, err, docdb.ErrCorrupt)
}

func TestDamagedPages(t *testing.T) {
	path := damaged(t, func(path string, size int64) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		require.NoError(t, err)
		junk := make([]byte, 4096)
		for i := range junk {
			junk[i] = byte(i * 7)
		}
		for at := int64(4096 * 8); at < size; at += 4096 {
			_, err = f.WriteAt(junk, at)
			require.NoError(t, err)
		}
		require.NoError(t, f.Close())
	})
	_, err := sqlite.Open(t.Context(), path, sqlite.Check())
	require.ErrorIs(t, err, docdb.ErrCorrupt)

	db, err := sqlite.Open(t.Context(), path)
	if err == nil { // without Check the damage is found when it is met
		_, err = db.Collection("c").FindAll(t.Context(), d())
		require.NoError(t, db.Close())
	}
	require.ErrorIs(t, err, docdb.ErrCorrupt)
}

func TestADamagedDocumentIsCorrupt(t *testing.T) {
	path := damaged(t, func(path string, _ int64) {
		raw, err := sql.Open("sqlite", path)
		require.NoError(t, err)
		_, err = raw.Exec("UPDATE docdb_c1 SET d = x'0102' WHERE n = 7")
		require.NoError(t, err)
		require.NoError(t, raw.Close())
	})
	db, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	_, err = db.Collection("c").FindAll(t.Context(), d("x", nil))
	require.ErrorIs(t, err, docdb.ErrCorrupt)
	_, err = db.Collection("c").UpdateMany(t.Context(), d(), d("$set", d("x", 1)))
	require.ErrorIs(t, err, docdb.ErrCorrupt)
	require.NoError(t, db.Close())
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []sqlite.Option{sqlite.Wait(0), sqlite.Wait(-time.Second), sqlite.Readers(0)} {
		_, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"), o)
		require.Error(t, err)
		_, err = sqlite.OpenMemory(o)
		require.Error(t, err)
	}
}

// hold takes the right to write, as another program does.
func hold(t *testing.T, path string) (release func()) {
	t.Helper()
	raw, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	conn, err := raw.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)
	return func() {
		_, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK")
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		require.NoError(t, raw.Close())
	}
}

func TestALockedDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := sqlite.Open(t.Context(), path, sqlite.Wait(150*time.Millisecond))
	require.NoError(t, err)
	c := db.Collection("c")
	_, err = c.InsertOne(t.Context(), d("_id", 1))
	require.NoError(t, err)
	release := hold(t, path)

	_, err = c.InsertOne(t.Context(), d("_id", 2))
	require.ErrorIs(t, err, docdb.ErrLocked)
	n, err := c.Count(t.Context(), d())
	require.NoError(t, err, "reading goes on")
	require.EqualValues(t, 1, n)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = c.InsertOne(ctx, d("_id", 3))
	require.ErrorIs(t, err, context.DeadlineExceeded)

	release()
	_, err = c.InsertOne(t.Context(), d("_id", 4))
	require.NoError(t, err)
	n, err = c.Count(t.Context(), d())
	require.NoError(t, err)
	require.EqualValues(t, 2, n, "what failed was not written later")
	require.NoError(t, db.Close())
}

func TestOpeningALockedDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	raw, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	raw.SetMaxOpenConns(1)
	_, err = raw.Exec("BEGIN EXCLUSIVE")
	require.NoError(t, err)
	_, err = sqlite.Open(t.Context(), path, sqlite.Wait(100*time.Millisecond))
	require.ErrorIs(t, err, docdb.ErrLocked)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = sqlite.Open(ctx, path)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = raw.Exec("ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, raw.Close())
}
