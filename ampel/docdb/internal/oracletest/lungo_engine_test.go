package oracletest

import (
	"context"
	"errors"

	"github.com/256dpi/lungo"
	v1 "go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// lungoEngine lets lungo, an implementation of MongoDB in Go by somebody else,
// take the conformance suite: a second opinion on what the suite expects.
type lungoEngine struct {
	client lungo.IClient
	engine *lungo.Engine
}

func (e lungoEngine) col(name string) lungo.ICollection {
	return e.client.Database("t").Collection(name)
}

// old turns documents of driver v2 into those of v1, which lungo uses.
func old(doc bson.Raw) v1.D {
	if doc == nil {
		return v1.D{}
	}
	var d v1.D
	if err := v1.Unmarshal(doc, &d); err != nil {
		panic(err)
	}
	return d
}

func (e lungoEngine) Find(ctx context.Context, name string, q docdb.Query, yield func(bson.Raw) bool) error {
	o := options.Find().SetSkip(q.Skip).SetLimit(q.Limit)
	if !q.Sort.Empty() {
		o.SetSort(old(q.Sort.BSON()))
	}
	if !q.Projection.Empty() {
		o.SetProjection(old(q.Projection.BSON()))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	cur, err := e.col(name).Find(ctx, old(q.Filter.BSON()), o)
	if err != nil {
		return err
	}
	defer cur.Close(ctx)
	for cur.Next(ctx) {
		var d v1.D
		if err := cur.Decode(&d); err != nil {
			return err
		}
		b, err := v1.Marshal(d)
		if err != nil {
			return err
		}
		if !yield(b) {
			return nil
		}
	}
	return cur.Err()
}

func (e lungoEngine) Count(ctx context.Context, name string, f *docdb.Filter) (int64, error) {
	return e.col(name).CountDocuments(ctx, old(f.BSON()))
}

func (e lungoEngine) Distinct(ctx context.Context, name, path string, f *docdb.Filter) (out []bson.RawValue, err error) {
	values, err := e.col(name).Distinct(ctx, path, old(f.BSON()))
	for _, v := range values {
		b, err := v1.Marshal(v1.D{{Key: "v", Value: v}})
		if err != nil {
			return nil, err
		}
		out = append(out, bson.Raw(b).Lookup("v"))
	}
	return out, err
}

func (e lungoEngine) Write(ctx context.Context, name string, ops []docdb.Op, ordered bool) ([]docdb.Outcome, error) {
	out := make([]docdb.Outcome, len(ops))
	for i, op := range ops {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = e.one(ctx, name, op)
		if out[i].Err != nil && ordered {
			break
		}
	}
	return out, nil
}

func (e lungoEngine) one(ctx context.Context, name string, op docdb.Op) docdb.Outcome {
	c := e.col(name)
	o := docdb.Outcome{Done: true}
	var err error
	var u *mongo.UpdateResult
	var d *mongo.DeleteResult
	switch op.Kind {
	case docdb.OpInsert:
		_, err = c.InsertOne(ctx, old(op.Document))
	case docdb.OpUpdateOne:
		u, err = c.UpdateOne(ctx, old(op.Filter.BSON()), old(op.Update.BSON()), options.Update().SetUpsert(op.Upsert))
	case docdb.OpUpdateMany:
		u, err = c.UpdateMany(ctx, old(op.Filter.BSON()), old(op.Update.BSON()), options.Update().SetUpsert(op.Upsert))
	case docdb.OpDeleteOne:
		d, err = c.DeleteOne(ctx, old(op.Filter.BSON()))
	case docdb.OpDeleteMany:
		d, err = c.DeleteMany(ctx, old(op.Filter.BSON()))
	}
	if err != nil {
		return docdb.Outcome{Err: e.explain(name, err)}
	}
	if u != nil {
		o.Matched, o.Modified = u.MatchedCount, u.ModifiedCount
		if u.UpsertedID != nil {
			b, err := v1.Marshal(v1.D{{Key: "v", Value: u.UpsertedID}})
			if err != nil {
				return docdb.Outcome{Err: err}
			}
			o.Upserted = bson.Raw(b).Lookup("v")
		}
	}
	if d != nil {
		o.Deleted = d.DeletedCount
	}
	return o
}

func (e lungoEngine) explain(name string, err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case lungo.IsUniquenessError(err):
		return &docdb.DuplicateKeyError{Collection: name}
	}
	return &docdb.UpdateError{Problem: err.Error()}
}

func (e lungoEngine) FindOneAndUpdate(ctx context.Context, name string, u docdb.FindUpdate) (bson.Raw, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o := options.FindOneAndUpdate().SetUpsert(u.Upsert)
	if u.After {
		o.SetReturnDocument(options.After)
	}
	if !u.Sort.Empty() {
		o.SetSort(old(u.Sort.BSON()))
	}
	if !u.Projection.Empty() {
		o.SetProjection(old(u.Projection.BSON()))
	}
	var d v1.D
	err := e.col(name).FindOneAndUpdate(ctx, old(u.Filter.BSON()), old(u.Update.BSON()), o).Decode(&d)
	if errors.Is(err, mongo.ErrNoDocuments) || errors.Is(err, lungo.ErrNoDocuments) {
		return nil, nil
	}
	if err != nil {
		return nil, e.explain(name, err)
	}
	return v1.Marshal(d)
}

func (e lungoEngine) EnsureIndexes(ctx context.Context, name string, indexes []docdb.Index) error {
	for _, x := range indexes {
		keys := v1.D{}
		for _, k := range x.Keys {
			keys = append(keys, v1.E{Key: k, Value: 1})
		}
		o := options.Index().SetName(x.Name).SetUnique(x.Unique)
		if x.Sparse {
			// lungo has no sparse indexes; for one key a partial one is the same.
			o.SetPartialFilterExpression(v1.D{{Key: x.Keys[0], Value: v1.D{{Key: "$exists", Value: true}}}})
		}
		if _, err := e.col(name).Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys, Options: o}); err != nil {
			return e.explain(name, err)
		}
	}
	return nil
}

func (e lungoEngine) Close() error {
	e.engine.Close()
	return nil
}
