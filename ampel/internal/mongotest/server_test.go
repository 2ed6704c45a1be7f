package mongotest

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/FerretDB/FerretDB/ferretdb"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/pl/process"
)

// server is the one that all tests of this package share.
var server struct {
	sync.Once
	uri  string
	err  error
	stop func()
}

func TestMain(m *testing.M) {
	process.Init()
	status := m.Run()
	if server.stop != nil {
		server.stop()
	}
	os.Exit(status)
}

// newURI returns the address of a database that nobody else uses, and drops it
// in the end.
func newURI(t *testing.T) string {
	t.Helper()
	server.Do(start)
	require.NoError(t, server.err)
	name := "t" + bson.NewObjectID().Hex()
	base, query, _ := strings.Cut(server.uri, "?")
	_, hosts, _ := strings.Cut(base, "://")
	base = strings.TrimSuffix(base, "/")
	if _, _, named := strings.Cut(hosts, "/"); named && !strings.HasSuffix(server.uri, "/") {
		base = base[:strings.LastIndexByte(base, '/')+1] + name
	} else {
		base += "/" + name
	}
	if query != "" {
		base += "?" + query
	}
	t.Cleanup(func() {
		client, err := driver.Connect(options.Client().ApplyURI(server.uri))
		require.NoError(t, err)
		require.NoError(t, client.Database(name).Drop(context.Background()))
		require.NoError(t, client.Disconnect(context.Background()))
	})
	return base
}

func start() {
	if server.uri = os.Getenv("MONGODB_URI"); server.uri != "" {
		return
	}
	server.uri, server.stop, server.err = startFerret()
}

// startFerret starts a server and returns its address, which ends with a slash.
func startFerret() (uri string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "mongotest")
	if err != nil {
		return "", nil, err
	}
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: "file:" + dir + "/",
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	return f.MongoDBURI(), sync.OnceFunc(func() {
		cancel()
		<-ended
		_ = os.RemoveAll(dir)
	}), nil
}
