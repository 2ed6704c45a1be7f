package mongo_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/docdbtest"
	"github.com/penstock/penstock/ampel/docdb/mongo"
)

// TestConformsOnAServer is the only test that sees a real MongoDB.
func TestConformsOnAServer(t *testing.T) {
	uri := os.Getenv("MONGODB_URI")
	if uri == "" {
		t.Skip("MONGODB_URI is not set: the engine is not tested against a real MongoDB here")
	}
	name := "docdbtest_" + bson.NewObjectID().Hex()
	docdbtest.Run(t, func(t *testing.T) *docdb.DB {
		db, err := mongo.Open(t.Context(), uri, name)
		require.NoError(t, err)
		t.Cleanup(func() {
			require.NoError(t, db.Close())
			client, err := driver.Connect(options.Client().ApplyURI(uri))
			require.NoError(t, err)
			require.NoError(t, client.Database(name).Drop(context.Background()))
			require.NoError(t, client.Disconnect(context.Background()))
		})
		return db
	}, docdbtest.Options{})
}

func TestNoServer(t *testing.T) {
	begun := time.Now()
	_, err := mongo.Open(t.Context(), "mongodb://127.0.0.1:1", "x", mongo.Wait(200*time.Millisecond))
	require.ErrorIs(t, err, docdb.ErrUnreachable)
	require.Less(t, time.Since(begun), 5*time.Second)
}

func TestBadArguments(t *testing.T) {
	_, err := mongo.Open(t.Context(), "http://127.0.0.1", "x")
	require.Error(t, err)
	_, err = mongo.Open(t.Context(), "mongodb://127.0.0.1", "")
	require.Error(t, err)
	_, err = mongo.Open(t.Context(), "mongodb://127.0.0.1/?w=1", "")
	require.ErrorContains(t, err, "which database")
	_, err = mongo.Open(t.Context(), "mongodb://127.0.0.1:1,127.0.0.1:2/here?w=1", "", mongo.Wait(time.Millisecond))
	require.ErrorIs(t, err, docdb.ErrUnreachable, "the connection string names the database")
	_, err = mongo.Open(t.Context(), "mongodb://127.0.0.1", "x", mongo.Wait(0))
	require.Error(t, err)
}
