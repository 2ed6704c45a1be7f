package mongotest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/mongo"
	"github.com/penstock/penstock/ampel/t3/t3test"
)

func open(t *testing.T) *docdb.DB {
	db, err := mongo.Open(t.Context(), newURI(t), "")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestT3(t *testing.T) { t3test.Run(t, open, t3test.Options{}) }
