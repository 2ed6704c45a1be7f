package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/docdbtest"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

func TestConformsInAFile(t *testing.T) {
	docdbtest.Run(t, func(t *testing.T) *docdb.DB { return openFile(t) }, docdbtest.Options{})
}

func TestConformsInMemory(t *testing.T) {
	docdbtest.Run(t, func(t *testing.T) *docdb.DB { return openMemory(t) }, docdbtest.Options{})
}

func openFile(t testing.TB, opts ...sqlite.Option) *docdb.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test db?#%.sqlite"), opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func openMemory(t testing.TB) *docdb.DB {
	t.Helper()
	db, err := sqlite.OpenMemory()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}
