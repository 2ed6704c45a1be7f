package docdb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Write is one write of a BulkWrite: make it with Insert, UpdateOne,
// UpdateMany, DeleteOne or DeleteMany.
type Write struct {
	kind     OpKind
	document any
	filter   bson.D
	update   bson.D
	opts     []Option
}

// Insert inserts a document: a struct with bson tags, bson.D, bson.Raw, or
// what else the bson package encodes. Without an _id it gets an object id.
func Insert(document any) Write { return Write{kind: OpInsert, document: document} }

// UpdateOne updates the first document that matches. Option: Upsert.
func UpdateOne(filter, update bson.D, opts ...Option) Write {
	return Write{kind: OpUpdateOne, filter: filter, update: update, opts: opts}
}

// UpdateMany updates all documents that match. Option: Upsert.
func UpdateMany(filter, update bson.D, opts ...Option) Write {
	return Write{kind: OpUpdateMany, filter: filter, update: update, opts: opts}
}

// DeleteOne deletes the first document that matches.
func DeleteOne(filter bson.D) Write { return Write{kind: OpDeleteOne, filter: filter} }

// DeleteMany deletes all documents that match.
func DeleteMany(filter bson.D) Write { return Write{kind: OpDeleteMany, filter: filter} }

// op checks a write against the dialect.
func (w Write) op() (Op, error) {
	if w.kind == OpInsert {
		doc, err := encode(w.document)
		return Op{Kind: OpInsert, Document: doc}, err
	}
	if w.filter == nil {
		return Op{}, bad("filter", "", "a write needs one; for all documents pass bson.D{}")
	}
	f, err := ParseFilter(w.filter)
	if err != nil {
		return Op{}, err
	}
	op := Op{Kind: w.kind, Filter: f}
	if w.kind == OpDeleteOne || w.kind == OpDeleteMany {
		return op, nil
	}
	s, err := collect("update", useUpsert, w.opts)
	if err != nil {
		return Op{}, err
	}
	if op.Update, err = ParseUpdate(w.update); err != nil {
		return Op{}, err
	}
	if op.Upsert = s.upsert; s.upsert {
		err = f.CheckUpsert()
	}
	return op, err
}

// Result adds up what writes did.
type Result struct {
	Inserted int64
	Matched  int64 // by updates
	Modified int64 // of the matched ones, those that the update changed
	Deleted  int64
	Upserted map[int]bson.RawValue // _id of inserted documents by the position of the write
}

// BulkWrite does many writes at once, which is several times cheaper for each
// of them than alone: some hundreds to a few thousand make a good bulk. All are
// checked before the first one is done.
//
// If writes fail (duplicate key, update that does not fit) the error is a
// *BulkError that names them, and the result tells what the others did. The
// embedded engine makes the bulk durable as a whole: after a crash all of it
// is there or nothing. Option: Unordered.
func (c *Collection) BulkWrite(ctx context.Context, writes []Write, opts ...Option) (Result, error) {
	if err := c.ready(); err != nil {
		return Result{}, err
	}
	s, err := collect("BulkWrite", useUnordered, opts)
	if err != nil || len(writes) == 0 {
		return Result{}, err
	}
	ops := make([]Op, len(writes))
	for i, w := range writes {
		if ops[i], err = w.op(); err != nil {
			return Result{}, &WriteError{i, err}
		}
	}
	return c.write(ctx, ops, !s.unordered)
}

func (c *Collection) write(ctx context.Context, ops []Op, ordered bool) (Result, error) {
	outcomes, err := c.db.engine.Write(ctx, c.name, ops, ordered)
	if err != nil {
		return Result{}, err
	}
	var r Result
	failed := &BulkError{Collection: c.name}
	for i, o := range outcomes {
		switch {
		case o.Err != nil:
			failed.Writes = append(failed.Writes, WriteError{i, o.Err})
		case o.Done && ops[i].Kind == OpInsert:
			r.Inserted++
		}
		r.Matched += o.Matched
		r.Modified += o.Modified
		r.Deleted += o.Deleted
		if len(o.Upserted.Value) > 0 || o.Upserted.Type != 0 {
			if r.Upserted == nil {
				r.Upserted = map[int]bson.RawValue{}
			}
			r.Upserted[i] = o.Upserted
		}
	}
	if len(failed.Writes) > 0 {
		return r, failed
	}
	return r, nil
}

// one does a single write; its failure is the error as it is.
func (c *Collection) one(ctx context.Context, w Write) (Op, Result, error) {
	if err := c.ready(); err != nil {
		return Op{}, Result{}, err
	}
	op, err := w.op()
	if err != nil {
		return op, Result{}, err
	}
	r, err := c.write(ctx, []Op{op}, true)
	var failed *BulkError
	if errors.As(err, &failed) {
		err = failed.Writes[0].Err
	}
	return op, r, err
}

// InsertOne inserts a document and returns its _id. See Insert.
func (c *Collection) InsertOne(ctx context.Context, document any) (bson.RawValue, error) {
	op, _, err := c.one(ctx, Insert(document))
	if err != nil {
		return bson.RawValue{}, err
	}
	return op.Document.Lookup("_id"), nil
}

// InsertMany inserts documents, as a BulkWrite of inserts. Option: Unordered.
func InsertMany[T any](ctx context.Context, c *Collection, documents []T, opts ...Option) (Result, error) {
	writes := make([]Write, len(documents))
	for i, d := range documents {
		writes[i] = Insert(d)
	}
	return c.BulkWrite(ctx, writes, opts...)
}

// UpdateOne updates the first document that matches. Option: Upsert.
func (c *Collection) UpdateOne(ctx context.Context, filter, update bson.D, opts ...Option) (Result, error) {
	_, r, err := c.one(ctx, UpdateOne(filter, update, opts...))
	return r, err
}

// UpdateMany updates all documents that match. If the update does not fit one
// of them the embedded engine changes none; a server may have changed some.
// Option: Upsert.
func (c *Collection) UpdateMany(ctx context.Context, filter, update bson.D, opts ...Option) (Result, error) {
	_, r, err := c.one(ctx, UpdateMany(filter, update, opts...))
	return r, err
}

// DeleteOne deletes the first document that matches.
func (c *Collection) DeleteOne(ctx context.Context, filter bson.D) (Result, error) {
	_, r, err := c.one(ctx, DeleteOne(filter))
	return r, err
}

// DeleteMany deletes all documents that match; all there are for bson.D{}. A
// nil filter is an error.
func (c *Collection) DeleteMany(ctx context.Context, filter bson.D) (Result, error) {
	_, r, err := c.one(ctx, DeleteMany(filter))
	return r, err
}

// FindOneAndUpdate updates the first document that matches and returns it, or
// ErrNotFound. It is atomic among all processes that use the database: a
// document whose update makes it not match any more is returned to one caller
// only, which is how workers claim tickets. With Upsert and without After, a
// document that was inserted is not returned: ErrNotFound too.
// Options: SortBy, Fields, Upsert, After.
func (c *Collection) FindOneAndUpdate(ctx context.Context, filter, update bson.D, opts ...Option) (bson.Raw, error) {
	const known = useSort | useFields | useUpsert | useAfter
	q, err := c.query("FindOneAndUpdate", filter, known, opts)
	if err != nil {
		return nil, err
	}
	s, err := collect("FindOneAndUpdate", known, opts)
	if err != nil {
		return nil, err
	}
	if filter == nil {
		return nil, bad("filter", "", "a write needs one; for any document pass bson.D{}")
	}
	u := FindUpdate{Filter: q.Filter, Sort: q.Sort, Projection: q.Projection, Upsert: s.upsert, After: s.after}
	if u.Update, err = ParseUpdate(update); err != nil {
		return nil, err
	}
	if s.upsert {
		if err := q.Filter.CheckUpsert(); err != nil {
			return nil, err
		}
	}
	doc, err := c.db.engine.FindOneAndUpdate(ctx, c.name, u)
	if err == nil && doc == nil {
		err = ErrNotFound
	}
	return doc, err
}

// EnsureIndexes makes indexes that do not exist yet and fills them; it waits
// until they are ready. An index of the same name or on the same keys that
// differs is ErrIndex, a document that two keys of a unique index share is
// ErrDuplicateKey; nothing is made then.
func (c *Collection) EnsureIndexes(ctx context.Context, indexes ...Index) error {
	if err := c.ready(); err != nil {
		return err
	}
	checked := make([]Index, len(indexes))
	for i, x := range indexes {
		var err error
		if checked[i], err = x.check(); err != nil {
			return err
		}
	}
	if len(checked) == 0 {
		return nil
	}
	return c.db.engine.EnsureIndexes(ctx, c.name, checked)
}
