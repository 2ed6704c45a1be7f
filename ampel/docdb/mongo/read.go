package mongo

import (
	"bytes"
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/ampel/docdb"
)

// Find implements docdb.Engine with a cursor of the server.
func (e *engine) Find(ctx context.Context, collection string, q docdb.Query, yield func(bson.Raw) bool) error {
	o := options.Find().SetSkip(q.Skip).SetLimit(q.Limit)
	if !q.Sort.Empty() {
		o.SetSort(q.Sort.BSON())
	}
	if !q.Projection.Empty() {
		o.SetProjection(q.Projection.BSON())
	}
	cur, err := e.db.Collection(collection).Find(ctx, q.Filter.BSON(), o)
	if err != nil {
		return explain(collection, err)
	}
	// The cursor is given back even if ctx is what ended the reading.
	defer func() { _ = cur.Close(context.WithoutCancel(ctx)) }()
	for cur.Next(ctx) {
		// The driver reuses the bytes of a batch.
		if !yield(bytes.Clone(cur.Current)) {
			return nil
		}
	}
	return explain(collection, cur.Err())
}

// Count implements docdb.Engine.
func (e *engine) Count(ctx context.Context, collection string, f *docdb.Filter) (int64, error) {
	n, err := e.db.Collection(collection).CountDocuments(ctx, f.BSON())
	return n, explain(collection, err)
}

// Distinct implements docdb.Engine.
func (e *engine) Distinct(ctx context.Context, collection, path string, f *docdb.Filter) ([]bson.RawValue, error) {
	all, err := e.db.Collection(collection).Distinct(ctx, path, f.BSON()).Raw()
	if err != nil {
		return nil, explain(collection, err)
	}
	return all.Values()
}

// FindOneAndUpdate implements docdb.Engine.
func (e *engine) FindOneAndUpdate(ctx context.Context, collection string, u docdb.FindUpdate) (bson.Raw, error) {
	o := options.FindOneAndUpdate().SetUpsert(u.Upsert)
	if u.After {
		o.SetReturnDocument(options.After)
	}
	if !u.Sort.Empty() {
		o.SetSort(u.Sort.BSON())
	}
	if !u.Projection.Empty() {
		o.SetProjection(u.Projection.BSON())
	}
	doc, err := e.db.Collection(collection).FindOneAndUpdate(ctx, u.Filter.BSON(), u.Update.BSON(), o).Raw()
	if isNoDocument(err) {
		return nil, nil
	}
	return doc, explainUpdate(collection, err)
}
