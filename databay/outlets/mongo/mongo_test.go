package mongo_test

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/databay"
	"github.com/penstock/penstock/databay/databaytest"
	"github.com/penstock/penstock/databay/outlets/mongo"
)

var uri string

// The tests talk to the server in MONGODB_URI, or to an embedded FerretDB, which speaks
// the same protocol.
func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	if uri = os.Getenv("MONGODB_URI"); uri != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	f, err := ferretdb.New(&ferretdb.Config{Listener: ferretdb.ListenerConfig{TCP: "127.0.0.1:0"}, Handler: "sqlite",
		SQLiteURL: (&url.URL{Scheme: "file", Path: filepath.ToSlash(dir) + "/"}).String()})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); f.Run(ctx) }()
	defer func() { cancel(); <-done }()
	uri = f.MongoDBURI()
	return m.Run()
}

func open[T any](t *testing.T, cfg mongo.Config[T]) *mongo.Outlet[T] {
	t.Helper()
	cfg.URI = uri
	out := mongo.New(cfg)
	require.NoError(t, databay.TryStart(t.Context(), out))
	t.Cleanup(func() { require.NoError(t, databay.TryShutdown(context.Background(), out)) })
	return out
}

func count[T any](t *testing.T, out *mongo.Outlet[T], name string) int64 {
	t.Helper()
	c, err := out.Collection(t.Context(), name)
	require.NoError(t, err)
	n, err := c.CountDocuments(t.Context(), bson.D{})
	require.NoError(t, err)
	return n
}

func TestContract(t *testing.T) {
	databaytest.Outlet(t, func(*testing.T) databay.Outlet[bson.M] {
		return mongo.New(mongo.Config[bson.M]{URI: uri, Database: "contract"})
	}, []bson.M{{"a": 1}}, nil)
}

func TestMongo(t *testing.T) {
	t.Run("M-1 no server", func(t *testing.T) {
		out := mongo.New(mongo.Config[bson.M]{URI: "mongodb://127.0.0.1:1", Options: options.Client().SetServerSelectionTimeout(50 * time.Millisecond)})
		require.ErrorContains(t, databay.TryStart(t.Context(), out), "no server")
		require.Equal(t, "Mongo(databay)", out.String())
	})
	t.Run("M-1 the database that was named", func(t *testing.T) {
		name := "m1_" + bson.NewObjectID().Hex()
		for _, cfg := range []mongo.Config[bson.M]{{Database: name}, {Database: name + "_other"}} {
			out := open(t, cfg)
			require.NoError(t, out.Push(t.Context(), databay.Records(bson.M{"in": cfg.Database}), databay.Update{}))
			c, err := out.Collection(t.Context(), "default_collection")
			require.NoError(t, err)
			require.Equal(t, cfg.Database, c.Database().Name())
			require.EqualValues(t, 1, count(t, out, "default_collection"))
		}
		require.Equal(t, "Mongo(databay)", mongo.New(mongo.Config[bson.M]{}).String(), "the default")
	})
	t.Run("M-2 M-3 M-4 connect and disconnect once", func(t *testing.T) {
		out := mongo.New(mongo.Config[bson.M]{URI: uri, Database: "m2"})
		for range 2 {
			require.NoError(t, databay.TryStart(t.Context(), out))
			require.NoError(t, databay.TryStart(t.Context(), out))
			require.NoError(t, databay.TryShutdown(t.Context(), out))
			require.NoError(t, databay.TryShutdown(t.Context(), out))
		}
		require.NoError(t, out.OnShutdown(t.Context()))
	})
	t.Run("M-5 M-6 by collection, lists spread", func(t *testing.T) {
		out := open(t, mongo.Config[any]{Database: "m5_" + bson.NewObjectID().Hex()})
		to := func(v any, c string) databay.Record[any] {
			return databay.NewRecord(v, databay.Metadata{mongo.CollectionKey: c})
		}
		rs := []databay.Record[any]{to(bson.M{"v": 1}, "A"), to([]bson.M{{"v": 2}, {"v": 3}}, "B"), databay.NewRecord[any](bson.D{{Key: "v", Value: 4}}, nil), to([]bson.M{}, "C")}
		require.NoError(t, out.Push(t.Context(), rs, databay.Update{}))
		require.EqualValues(t, 1, count(t, out, "A"))
		require.EqualValues(t, 2, count(t, out, "B"))
		require.EqualValues(t, 1, count(t, out, "default_collection"))
		c, err := out.Collection(t.Context(), "B")
		require.NoError(t, err)
		var doc bson.M
		require.NoError(t, c.FindOne(t.Context(), bson.D{{Key: "v", Value: 3}}).Decode(&doc))
	})
	t.Run("M-7 not started", func(t *testing.T) {
		out := mongo.New(mongo.Config[bson.M]{URI: uri})
		require.ErrorIs(t, out.Push(t.Context(), databay.Records(bson.M{"v": 1}), databay.Update{}), mongo.ErrNotStarted)
	})
	t.Run("M-8 unknown collection", func(t *testing.T) {
		out := open(t, mongo.Config[bson.M]{Database: "m8"})
		_, err := out.Collection(t.Context(), "none")
		require.ErrorIs(t, err, mongo.ErrCollectionNotFound)
	})
	t.Run("records of a durable buffer come once", func(t *testing.T) {
		b, err := databay.OpenBuffer[any](filepath.Join(t.TempDir(), "b"), nil)
		require.NoError(t, err)
		defer b.Close()
		b.Count(0)
		rs, err := b.Process(t.Context(), databay.Records[any](map[string]any{"v": 1.0}, map[string]any{"v": 2.0}))
		require.NoError(t, err)
		out := open(t, mongo.Config[any]{Database: "once_" + bson.NewObjectID().Hex()})
		require.NoError(t, out.Push(t.Context(), rs[:1], databay.Update{}))
		require.NoError(t, out.Push(t.Context(), rs, databay.Update{}))
		require.EqualValues(t, 2, count(t, out, "default_collection"))
	})
	t.Run("another document with the same id is an error", func(t *testing.T) {
		out := open(t, mongo.Config[bson.M]{Database: "same_" + bson.NewObjectID().Hex()})
		push := func(v int) error {
			return out.Push(t.Context(), databay.Records(bson.M{"_id": "x", "v": v}), databay.Update{})
		}
		require.NoError(t, push(1))
		require.NoError(t, push(1))
		require.ErrorContains(t, push(2), "E11000")
	})
	t.Run("documents that are none", func(t *testing.T) {
		out := open(t, mongo.Config[any]{Database: "bad"})
		require.Error(t, out.Push(t.Context(), databay.Records[any](5), databay.Update{}))
	})
}
