package t2_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/internal/t2test"
)

func openMemory(t *testing.T) *docdb.DB {
	db, err := sqlite.OpenMemory()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestWorker(t *testing.T) { t2test.Run(t, openMemory, nil) }
