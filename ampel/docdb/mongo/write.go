package mongo

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/ampel/docdb"
)

// Write implements docdb.Engine. A bulk write of the server tells only sums,
// so the outcomes of a bulk without single failures are put together: the
// first outcome carries the sums.
func (e *engine) Write(ctx context.Context, collection string, ops []docdb.Op, ordered bool) ([]docdb.Outcome, error) {
	models := make([]mongo.WriteModel, len(ops))
	for i, op := range ops {
		models[i] = model(op)
	}
	r, err := e.db.Collection(collection).BulkWrite(ctx, models, options.BulkWrite().SetOrdered(ordered))
	out := make([]docdb.Outcome, len(ops))
	var failed mongo.BulkWriteException
	if err != nil {
		if !errors.As(err, &failed) || failed.WriteConcernError != nil || len(failed.WriteErrors) == 0 {
			return nil, explain(collection, err)
		}
	}
	tried := len(ops)
	for _, w := range failed.WriteErrors {
		out[w.Index].Err = explainWrite(collection, w.WriteError)
		if ordered {
			tried = w.Index
		}
	}
	for i := range tried {
		out[i].Done = out[i].Err == nil
	}
	if r != nil && len(out) > 0 {
		out[0].Matched, out[0].Modified, out[0].Deleted = r.MatchedCount, r.ModifiedCount, r.DeletedCount
		for i, id := range r.UpsertedIDs {
			out[i].Upserted = rawValue(id)
		}
	}
	return out, nil
}

func model(op docdb.Op) mongo.WriteModel {
	switch op.Kind {
	case docdb.OpInsert:
		return mongo.NewInsertOneModel().SetDocument(op.Document)
	case docdb.OpUpdateOne:
		return mongo.NewUpdateOneModel().SetFilter(op.Filter.BSON()).SetUpdate(op.Update.BSON()).SetUpsert(op.Upsert)
	case docdb.OpUpdateMany:
		return mongo.NewUpdateManyModel().SetFilter(op.Filter.BSON()).SetUpdate(op.Update.BSON()).SetUpsert(op.Upsert)
	case docdb.OpDeleteOne:
		return mongo.NewDeleteOneModel().SetFilter(op.Filter.BSON())
	}
	return mongo.NewDeleteManyModel().SetFilter(op.Filter.BSON())
}

func rawValue(v any) bson.RawValue {
	t, data, err := bson.MarshalValue(v)
	if err != nil {
		return bson.RawValue{Type: bson.TypeNull}
	}
	return bson.RawValue{Type: t, Value: data}
}

// EnsureIndexes implements docdb.Engine. It asks for one index at a time, so that
// an error can name the one that the server refuses.
func (e *engine) EnsureIndexes(ctx context.Context, collection string, indexes []docdb.Index) error {
	for _, x := range indexes {
		keys := bson.D{}
		for _, k := range x.Keys {
			keys = append(keys, bson.E{Key: k, Value: 1})
		}
		o := options.Index().SetName(x.Name)
		if x.Unique {
			o.SetUnique(true)
		}
		if x.Sparse {
			o.SetSparse(true)
		}
		if _, err := e.db.Collection(collection).Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys, Options: o}); err != nil {
			return fmt.Errorf("index %s: %w", x.Name, explain(collection, err))
		}
	}
	return nil
}
