// Package mongo has an outlet for package databay that writes to MongoDB. It is a
// module of its own, so that programs without MongoDB do not carry the driver.
//
//	out := mongo.New(mongo.Config[Tick]{URI: "mongodb://127.0.0.1:27017", Database: "market"})
//
// A document that comes from a durable buffer gets the record's id as its _id, unless
// it has one of its own. When the record is delivered again after a crash, the document
// is there already and left as it is.
package mongo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/databay"
)

// CollectionKey is the metadata key that names the collection of a record.
const CollectionKey = "Mongo.Collection"

var (
	// ErrNotStarted means that the outlet was pushed while it was not started. Nothing is written.
	ErrNotStarted = errors.New("outlet is not started")
	// ErrCollectionNotFound means that the database has no such collection.
	ErrCollectionNotFound = errors.New("collection not found")
)

// Config says where to write. The zero value of every field is its default.
type Config[T any] struct {
	URI        string // "mongodb://127.0.0.1:27017"
	Database   string // "databay"
	Collection string // of records that name none: "default_collection"
	// Documents makes the documents of a payload. By default a slice or array, other than
	// a bson.D or bytes, is one document per element, and everything else is one document.
	Documents func(T) ([]any, error)
	// Options are added to those of the URI.
	Options *options.ClientOptions
}

// Outlet writes records to MongoDB.
type Outlet[T any] struct {
	cfg    Config[T]
	client *mongo.Client
}

// New returns an outlet. It connects when it is started.
func New[T any](cfg Config[T]) *Outlet[T] {
	cfg.URI = cmp.Or(cfg.URI, "mongodb://127.0.0.1:27017")
	cfg.Database = cmp.Or(cfg.Database, "databay")
	cfg.Collection = cmp.Or(cfg.Collection, "default_collection")
	if cfg.Documents == nil {
		cfg.Documents = documents[T]
	}
	return &Outlet[T]{cfg: cfg}
}

// String describes the outlet, without the URI, which may hold a password.
func (o *Outlet[T]) String() string { return "Mongo(" + o.cfg.Database + ")" }

// OnStart connects, and makes sure that a server answers.
func (o *Outlet[T]) OnStart(ctx context.Context) error {
	opts := options.Client().ApplyURI(o.cfg.URI)
	all := []*options.ClientOptions{opts}
	if o.cfg.Options != nil {
		all = append(all, o.cfg.Options)
	}
	client, err := mongo.Connect(all...)
	if err != nil {
		return fmt.Errorf("mongo: connect: %w", err)
	}
	if err := client.Ping(ctx, nil); err != nil {
		return errors.Join(fmt.Errorf("mongo: no server answers: %w", err), client.Disconnect(context.WithoutCancel(ctx)))
	}
	o.client = client
	return nil
}

// OnShutdown disconnects.
func (o *Outlet[T]) OnShutdown(ctx context.Context) error {
	if o.client == nil {
		return nil
	}
	client := o.client
	o.client = nil
	if err := client.Disconnect(ctx); err != nil {
		return fmt.Errorf("mongo: disconnect: %w", err)
	}
	return nil
}

// Collection returns a collection of the database, or [ErrCollectionNotFound].
func (o *Outlet[T]) Collection(ctx context.Context, name string) (*mongo.Collection, error) {
	if o.client == nil {
		return nil, fmt.Errorf("mongo: %w", ErrNotStarted)
	}
	db := o.client.Database(o.cfg.Database)
	names, err := db.ListCollectionNames(ctx, bson.D{{Key: "name", Value: name}})
	if err != nil {
		return nil, fmt.Errorf("mongo: %s: %w", o, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("mongo: %s: %w: %q", o, ErrCollectionNotFound, name)
	}
	return db.Collection(name), nil
}

// Push inserts the documents of all records, with one command per collection, in order
// of first appearance. MongoDB makes missing collections. After an error some may have
// been written; those with an _id are not written again. A document whose _id belongs
// to one with other content is an error.
func (o *Outlet[T]) Push(ctx context.Context, records []databay.Record[T], _ databay.Update) error {
	if o.client == nil {
		return fmt.Errorf("mongo: %w: start it with its link, or with databay.TryStart", ErrNotStarted)
	}
	var order []string
	byName := map[string][]any{}
	for i, r := range records {
		docs, err := o.cfg.Documents(r.Payload)
		if err != nil {
			return fmt.Errorf("mongo: record %d of %d: %w", i, len(records), err)
		}
		name := r.Text(CollectionKey, o.cfg.Collection)
		for j, d := range docs {
			if d, err = withID(d, r.ID(), j, len(docs)); err != nil {
				return fmt.Errorf("mongo: record %d of %d: %w", i, len(records), err)
			}
			if byName[name] == nil {
				order = append(order, name)
			}
			byName[name] = append(byName[name], d)
		}
	}
	for _, name := range order {
		c := o.client.Database(o.cfg.Database).Collection(name)
		_, err := c.InsertMany(ctx, byName[name], options.InsertMany().SetOrdered(false))
		if err == nil {
			continue
		}
		if ok, e := delivered(ctx, c, byName[name], err); !ok {
			err = errors.Join(err, e)
			return fmt.Errorf("mongo: %s: collection %q: %w", o, name, err)
		}
	}
	return nil
}

// delivered reports whether all that failed is documents that an earlier push has
// already written. Servers word a duplicate differently, so the documents are looked up.
func delivered(ctx context.Context, c *mongo.Collection, docs []any, err error) (bool, error) {
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil || len(bulk.WriteErrors) == 0 {
		return false, nil
	}
	for _, e := range bulk.WriteErrors {
		if !e.HasErrorCode(11000) || e.Index < 0 || e.Index >= len(docs) {
			return false, nil
		}
		data, err := bson.Marshal(docs[e.Index])
		if err != nil {
			return false, err
		}
		id, err := bson.Raw(data).LookupErr("_id")
		if err != nil {
			return false, nil // the driver gave it a new one, so something else is there twice
		}
		there, err := c.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Raw()
		if errors.Is(err, mongo.ErrNoDocuments) {
			return false, nil // another unique index is in the way
		}
		if err != nil {
			return false, err
		}
		var mine, theirs bson.M
		if err := errors.Join(bson.Unmarshal(data, &mine), bson.Unmarshal(there, &theirs)); err != nil {
			return false, err
		}
		if !reflect.DeepEqual(mine, theirs) {
			return false, nil // another document has the id
		}
	}
	return true, nil
}

// withID gives a document the id of its record.
func withID(doc any, id databay.ID, part, of int) (any, error) {
	if id.IsZero() {
		return doc, nil
	}
	data, err := bson.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("a document of type %T: %w", doc, err)
	}
	if _, err := bson.Raw(data).LookupErr("_id"); err == nil {
		return doc, nil
	}
	var d bson.D
	if err := bson.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	text := id.String()
	if of > 1 {
		text = fmt.Sprintf("%s-%d", text, part)
	}
	return append(bson.D{{Key: "_id", Value: text}}, d...), nil
}

// documents spreads lists.
func documents[T any](v T) ([]any, error) {
	switch any(v).(type) {
	case bson.D, bson.Raw, []byte, bson.ObjectID:
		return []any{v}, nil
	}
	list := reflect.ValueOf(any(v))
	if k := list.Kind(); k != reflect.Slice && k != reflect.Array {
		return []any{v}, nil
	}
	docs := make([]any, list.Len())
	for i := range docs {
		docs[i] = list.Index(i).Interface()
	}
	return docs, nil
}
