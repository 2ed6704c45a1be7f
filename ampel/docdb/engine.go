package docdb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Engine is what a store implements. Users of documents do not call it: they
// use DB, which has checked everything that an Engine is given.
//
// All methods may be called by many goroutines. They end when ctx does, with
// its error, or finish. An error that is about one write is in the Outcome of
// that write; an error that is returned means that nothing was written, or,
// for a store behind a network, that it is not known.
type Engine interface {
	// Find calls yield with each document that q asks for, in its order, until
	// yield returns false. The engine does not use doc afterwards. yield may
	// call the engine.
	Find(ctx context.Context, collection string, q Query, yield func(doc bson.Raw) bool) error
	// Count counts the documents that match.
	Count(ctx context.Context, collection string, f *Filter) (int64, error)
	// Distinct returns the values that path leads to in the documents that
	// match, the elements of a list instead of the list; in any order, and
	// perhaps some of them several times.
	Distinct(ctx context.Context, collection, path string, f *Filter) ([]bson.RawValue, error)
	// Write does writes in their order. After one that fails it goes on, or,
	// if ordered, stops. outcomes[i] belongs to writes[i].
	Write(ctx context.Context, collection string, writes []Op, ordered bool) (outcomes []Outcome, err error)
	// FindOneAndUpdate updates the first document that matches, in the order of
	// the query, in one atomic step, and returns it as it was before or is
	// after; nil if there is none.
	FindOneAndUpdate(ctx context.Context, collection string, u FindUpdate) (bson.Raw, error)
	// EnsureIndexes makes the indexes that do not exist yet.
	EnsureIndexes(ctx context.Context, collection string, indexes []Index) error
	// Close releases everything. Calls that are under way end.
	Close() error
}

// Query is what Find is asked.
type Query struct {
	Filter     *Filter
	Sort       Sort
	Skip       int64
	Limit      int64 // 0: all
	Projection Projection
}

// OpKind is the kind of a write.
type OpKind int

// The kinds of writes.
const (
	OpInsert OpKind = iota
	OpUpdateOne
	OpUpdateMany
	OpDeleteOne
	OpDeleteMany
)

// Op is one write, checked.
type Op struct {
	Kind     OpKind
	Document bson.Raw // of an insert, with its _id in front
	Filter   *Filter
	Update   *Update
	Upsert   bool
}

// Outcome is what one write did.
type Outcome struct {
	Done     bool // false: failed, or not tried after a failure
	Err      error
	Matched  int64
	Modified int64
	Deleted  int64
	Upserted bson.RawValue // the _id, if a document was inserted by an upsert
}

// FindUpdate is what FindOneAndUpdate is asked.
type FindUpdate struct {
	Filter     *Filter
	Update     *Update
	Sort       Sort
	Projection Projection
	Upsert     bool
	After      bool // return the document as it is afterwards
}

// Index describes an index. The order of Keys matters: an index on a and b
// helps filters on a, and on a and b.
type Index struct {
	// Name is made from the keys if it is empty: "stock_1_channel_1".
	Name string
	// Keys are dotted paths without positions. A path to or through a list puts
	// each element into the index; only one of the keys may lead to a list
	// (ErrParallelArrays when such a document is written).
	Keys []string
	// Unique refuses documents with a key that another document has. A missing
	// field counts as null, so only one document may lack it.
	Unique bool
	// Sparse leaves out documents that have none of the keys; in a unique index
	// any number of documents may then lack them.
	Sparse bool
}
