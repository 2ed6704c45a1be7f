package mongo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/ampel/docdb"
)

// Option changes how a server is used.
type Option func(*config)

type config struct {
	wait time.Duration
}

// Wait bounds how long Open waits for the server to answer. Default 10 s; must
// be positive.
func Wait(d time.Duration) Option { return func(c *config) { c.wait = d } }

// Open connects to a server and uses one of its databases. uri is a connection
// string of MongoDB, in which users, TLS, pool sizes, time limits and write
// concern are set; database is a name, or empty for the one that stands in uri,
// as in mongodb://host:port/name. The server must answer before Open returns.
// Errors: ErrUnreachable (no answer, wrong password), or one that says what is
// wrong with the arguments.
func Open(ctx context.Context, uri, database string, opts ...Option) (*docdb.DB, error) {
	c := config{wait: 10 * time.Second}
	for _, o := range opts {
		o(&c)
	}
	if database == "" {
		database = databaseIn(uri)
	}
	switch {
	case c.wait <= 0:
		return nil, fmt.Errorf("docdb/mongo: open: Wait(%v): must be positive", c.wait)
	case database == "":
		return nil, errors.New("docdb/mongo: open: which database? Name it in the connection string: mongodb://host:port/name")
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return nil, fmt.Errorf("docdb/mongo: open: %w: the connection string is mongodb://host:port", err)
	}
	ping, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	if err := client.Database(database).RunCommand(ping, bson.D{{Key: "ping", Value: 1}}).Err(); err != nil {
		err = fmt.Errorf("docdb/mongo: open: %w: is the server running, and may this user use it? (%w)", docdb.ErrUnreachable, err)
		return nil, errors.Join(err, client.Disconnect(context.WithoutCancel(ctx)))
	}
	return docdb.New(&engine{client: client, db: client.Database(database), wait: c.wait}), nil
}

// databaseIn returns the database that a connection string names. It is the path
// behind the hosts, of which there may be several, so that uri is no URL.
func databaseIn(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	_, name, _ := strings.Cut(rest, "/")
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}

// engine passes on what docdb has checked.
type engine struct {
	client *mongo.Client
	db     *mongo.Database
	wait   time.Duration
}

// Close implements docdb.Engine: operations that are under way fail.
func (e *engine) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), e.wait)
	defer cancel()
	return e.client.Disconnect(ctx)
}
