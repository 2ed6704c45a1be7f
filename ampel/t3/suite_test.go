package t3_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/t3/t3test"
)

// The same suite runs on MongoDB in module ampel/internal/mongotest.
func TestOnSQLite(t *testing.T) {
	t3test.Run(t, func(t *testing.T) *docdb.DB {
		db, err := sqlite.OpenMemory()
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return db
	}, t3test.Options{})
}
