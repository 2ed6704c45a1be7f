package docdb

import (
	"context"
	"iter"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// Find returns the documents that match. Nothing happens before the sequence
// is ranged over, and each range asks anew; leaving the loop releases
// everything. An error, also a mistake in the arguments, is the last element.
//
// The sequence may be slow to consume and the loop may read and write the same
// collection: no lock and no connection of the embedded engine is held while
// the loop body runs. It is no snapshot: a document that matches from the
// first to the last moment is yielded once, one that begins or ceases to match
// meanwhile may or may not be.
//
// Options: SortBy, Skip, Limit, Fields.
func (c *Collection) Find(ctx context.Context, filter bson.D, opts ...Option) iter.Seq2[bson.Raw, error] {
	return func(yield func(bson.Raw, error) bool) {
		q, err := c.query("Find", filter, useSort|useSkip|useLimit|useFields, opts)
		if err != nil {
			yield(nil, err)
			return
		}
		more := true
		err = c.db.engine.Find(ctx, c.name, q, func(doc bson.Raw) bool {
			more = yield(doc, nil)
			return more
		})
		if err != nil && more {
			yield(nil, err)
		}
	}
}

// FindAll returns the documents of Find as a slice.
func (c *Collection) FindAll(ctx context.Context, filter bson.D, opts ...Option) ([]bson.Raw, error) {
	var out []bson.Raw
	for doc, err := range c.Find(ctx, filter, opts...) {
		if err != nil {
			return nil, err
		}
		out = append(out, doc)
	}
	return out, nil
}

// FindOne returns the first document that matches, or ErrNotFound.
// Options: SortBy, Skip, Fields.
func (c *Collection) FindOne(ctx context.Context, filter bson.D, opts ...Option) (bson.Raw, error) {
	q, err := c.query("FindOne", filter, useSort|useSkip|useFields, opts)
	if err != nil {
		return nil, err
	}
	q.Limit = 1
	var found bson.Raw
	err = c.db.engine.Find(ctx, c.name, q, func(doc bson.Raw) bool {
		found = doc
		return false
	})
	if err == nil && found == nil {
		err = ErrNotFound
	}
	return found, err
}

func (c *Collection) query(method string, filter bson.D, known uses, opts []Option) (Query, error) {
	if err := c.ready(); err != nil {
		return Query{}, err
	}
	s, err := collect(method, known, opts)
	if err != nil {
		return Query{}, err
	}
	return s.query(filter)
}

// Count returns how many documents match.
func (c *Collection) Count(ctx context.Context, filter bson.D) (int64, error) {
	q, err := c.query("Count", filter, 0, nil)
	if err != nil {
		return 0, err
	}
	return c.db.engine.Count(ctx, c.name, q.Filter)
}

// Distinct returns the values that path leads to in the documents that match,
// each once, in the order of ParseSort. A list counts by its elements; missing
// fields do not count. Numbers that are equal are one value. All of them are
// held in memory.
func (c *Collection) Distinct(ctx context.Context, path string, filter bson.D) ([]bson.RawValue, error) {
	q, err := c.query("Distinct", filter, 0, nil)
	if err != nil {
		return nil, err
	}
	if _, err := splitPath("distinct", path); err != nil {
		return nil, err
	}
	if hasPosition(path) {
		return nil, bad("distinct", path, "a position in a list is not in the dialect")
	}
	values, err := c.db.engine.Distinct(ctx, c.name, path, q.Filter)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(values, compareValues)
	return slices.CompactFunc(values, func(a, b bson.RawValue) bool { return compareValues(a, b) == 0 }), nil
}

func compareValues(a, b bson.RawValue) int { return raw.Compare(raw.Of(a), raw.Of(b)) }

// Decode decodes the documents of Find into a T each: a struct with bson tags,
// bson.D, or what else the bson package can fill.
func Decode[T any](docs iter.Seq2[bson.Raw, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for doc, err := range docs {
			var v T
			if err == nil {
				err = bson.Unmarshal(doc, &v)
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}
