package docdb

import "context"

// Bulk is a list of writes to one collection that were checked, for
// DB.WriteTogether. Make it with Collection.Bulk.
type Bulk struct {
	collection string
	ops        []Op
}

// Len returns the number of writes.
func (b *Bulk) Len() int { return len(b.ops) }

// Bulk checks writes, which costs about as much as doing them in the embedded
// engine and can be done by several goroutines.
func (c *Collection) Bulk(writes []Write) (*Bulk, error) {
	if c.err != nil {
		return nil, c.err
	}
	b := &Bulk{collection: c.name, ops: make([]Op, len(writes))}
	for i, w := range writes {
		var err error
		if b.ops[i], err = w.op(); err != nil {
			return nil, &WriteError{i, err}
		}
	}
	return b, nil
}

// Transactor is an Engine that can do all bulks or none: see DB.WriteTogether.
type Transactor interface {
	// WriteAll does the bulks in their order. If a write fails, nothing is done,
	// and the error is a *BulkError.
	WriteAll(ctx context.Context, collections []string, writes [][]Op) error
}

// WriteTogether does bulks of several collections, in their order. With the embedded
// engine they are one transaction: if a write fails nothing is done, and after a
// crash all is there or nothing. With a server they are unordered bulks one after
// the other, up to the first in which a write fails; the other writes of that one
// are done. done is how many bulks were done without a failure; a failure is a
// *BulkError.
func (db *DB) WriteTogether(ctx context.Context, bulks ...*Bulk) (done int, err error) {
	if db.closed.Load() {
		return 0, ErrClosed
	}
	if t, ok := db.engine.(Transactor); ok {
		names, ops := make([]string, 0, len(bulks)), make([][]Op, 0, len(bulks))
		for _, b := range bulks {
			if len(b.ops) > 0 {
				names, ops = append(names, b.collection), append(ops, b.ops)
			}
		}
		if len(ops) > 0 {
			err = t.WriteAll(ctx, names, ops)
		}
		if err != nil {
			return 0, err
		}
		return len(bulks), nil
	}
	for i, b := range bulks {
		if len(b.ops) == 0 {
			continue
		}
		if _, err := db.Collection(b.collection).write(ctx, b.ops, false); err != nil {
			return i, err
		}
	}
	return len(bulks), nil
}
