// Package faulty has a database for tests that fails when it is told to.
package faulty

import (
	"context"
	"errors"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// Call is one operation on the database.
type Call struct {
	N          int64  // 1 for the first one
	Op         string // find, count, distinct, write, update, indexes
	Collection string
}

// Verdict is what becomes of a call.
type Verdict struct {
	Err  error // nil: all goes well
	Done bool  // the operation is done all the same, as if the answer was lost
}

// New returns a database that passes on what it is asked to another one, unless
// judge says that a call fails. judge is called by many goroutines, may block,
// and should return when ctx ends.
func New(db *docdb.DB, judge func(ctx context.Context, c Call) Verdict) *docdb.DB {
	return docdb.New(&engine{db: db, judge: judge})
}

type engine struct {
	db    *docdb.DB
	judge func(context.Context, Call) Verdict
	n     atomic.Int64
}

// call judges, and does f if it is to be done.
func (e *engine) call(ctx context.Context, op, collection string, f func(c *docdb.Collection) error) error {
	v := e.judge(ctx, Call{e.n.Add(1), op, collection})
	if v.Err != nil && !v.Done {
		return v.Err
	}
	return errors.Join(f(e.db.Collection(collection)), v.Err)
}

// Find implements docdb.Engine.
func (e *engine) Find(ctx context.Context, collection string, q docdb.Query, yield func(bson.Raw) bool) error {
	return e.call(ctx, "find", collection, func(c *docdb.Collection) error {
		opts := []docdb.Option{docdb.Skip(q.Skip), docdb.Limit(q.Limit)}
		if !q.Sort.Empty() {
			opts = append(opts, docdb.SortBy(document(q.Sort.BSON())))
		}
		if !q.Projection.Empty() {
			opts = append(opts, docdb.Fields(document(q.Projection.BSON())))
		}
		for doc, err := range c.Find(ctx, document(q.Filter.BSON()), opts...) {
			if err != nil {
				return err
			}
			if !yield(doc) {
				return nil
			}
		}
		return nil
	})
}

// Count implements docdb.Engine.
func (e *engine) Count(ctx context.Context, collection string, f *docdb.Filter) (n int64, err error) {
	err = e.call(ctx, "count", collection, func(c *docdb.Collection) (err error) {
		n, err = c.Count(ctx, document(f.BSON()))
		return err
	})
	return n, err
}

// Distinct implements docdb.Engine.
func (e *engine) Distinct(ctx context.Context, collection, path string, f *docdb.Filter) (out []bson.RawValue, err error) {
	err = e.call(ctx, "distinct", collection, func(c *docdb.Collection) (err error) {
		out, err = c.Distinct(ctx, path, document(f.BSON()))
		return err
	})
	return out, err
}

// Write implements docdb.Engine.
func (e *engine) Write(ctx context.Context, collection string, ops []docdb.Op, ordered bool) (out []docdb.Outcome, err error) {
	err = e.call(ctx, "write", collection, func(c *docdb.Collection) error {
		out = make([]docdb.Outcome, len(ops))
		for i, op := range ops { // one by one, which tells what each of them did
			r, err := c.BulkWrite(ctx, []docdb.Write{write(op)})
			var bulk *docdb.BulkError
			if errors.As(err, &bulk) {
				out[i].Err = bulk.Writes[0].Err
				if ordered {
					return nil
				}
				continue
			}
			if err != nil {
				return err
			}
			out[i] = docdb.Outcome{Done: true, Matched: r.Matched, Modified: r.Modified, Deleted: r.Deleted, Upserted: r.Upserted[0]}
		}
		return nil
	})
	return out, err
}

func write(op docdb.Op) docdb.Write {
	var opts []docdb.Option
	if op.Upsert {
		opts = append(opts, docdb.Upsert())
	}
	switch op.Kind {
	case docdb.OpInsert:
		return docdb.Insert(op.Document)
	case docdb.OpUpdateOne:
		return docdb.UpdateOne(document(op.Filter.BSON()), document(op.Update.BSON()), opts...)
	case docdb.OpUpdateMany:
		return docdb.UpdateMany(document(op.Filter.BSON()), document(op.Update.BSON()), opts...)
	case docdb.OpDeleteOne:
		return docdb.DeleteOne(document(op.Filter.BSON()))
	}
	return docdb.DeleteMany(document(op.Filter.BSON()))
}

// FindOneAndUpdate implements docdb.Engine.
func (e *engine) FindOneAndUpdate(ctx context.Context, collection string, u docdb.FindUpdate) (out bson.Raw, err error) {
	err = e.call(ctx, "update", collection, func(c *docdb.Collection) (err error) {
		var opts []docdb.Option
		if u.Upsert {
			opts = append(opts, docdb.Upsert())
		}
		if u.After {
			opts = append(opts, docdb.After())
		}
		if !u.Sort.Empty() {
			opts = append(opts, docdb.SortBy(document(u.Sort.BSON())))
		}
		if !u.Projection.Empty() {
			opts = append(opts, docdb.Fields(document(u.Projection.BSON())))
		}
		out, err = c.FindOneAndUpdate(ctx, document(u.Filter.BSON()), document(u.Update.BSON()), opts...)
		if errors.Is(err, docdb.ErrNotFound) {
			return nil
		}
		return err
	})
	return out, err
}

// EnsureIndexes implements docdb.Engine.
func (e *engine) EnsureIndexes(ctx context.Context, collection string, indexes []docdb.Index) error {
	return e.call(ctx, "indexes", collection, func(c *docdb.Collection) error { return c.EnsureIndexes(ctx, indexes...) })
}

// Close implements docdb.Engine. The other database stays open.
func (e *engine) Close() error { return nil }

func document(raw bson.Raw) bson.D {
	d := bson.D{}
	if len(raw) > 0 {
		if err := bson.Unmarshal(raw, &d); err != nil {
			panic(err) // it was made by package docdb
		}
	}
	return d
}
