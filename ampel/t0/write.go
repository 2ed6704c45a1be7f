package t0

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// writeTimeout bounds one batch. What has begun is written to its end, also when
// the run is canceled.
const writeTimeout = time.Minute

// write stores a batch: what others refer to goes first, and the journal, by
// which an alert counts as ingested, comes last.
func (b *batch) write(ctx context.Context, db *ampel.Database) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	for _, bulk := range []struct {
		col    string
		writes []write
	}{
		{ampel.ColNameT0, b.t0}, {ampel.ColNameT1, b.t1}, {ampel.ColNameStock, b.fresh}, {ampel.ColNameT2, b.t2},
	} {
		if err := upsert(ctx, db.Collection(bulk.col), bulk.writes); err != nil {
			return err
		}
	}
	writes := make([]write, len(b.order))
	for i, id := range b.order {
		writes[i] = b.stocks[id].write(id, nil)
	}
	failed := &docdb.BulkError{}
	stocks := db.Collection(ampel.ColNameStock)
	err := upsert(ctx, stocks, writes)
	if !errors.As(err, &failed) {
		return err
	}
	// Another process has ingested some of the alerts meanwhile: leave these out.
	for _, f := range failed.Writes {
		w := writes[f.Index]
		if !errors.Is(f.Err, docdb.ErrDuplicateKey) || len(w.marks) == 1 {
			return err
		}
		done, err := w.done(ctx, stocks)
		if err != nil {
			return err
		}
		if err := upsert(ctx, stocks, []write{b.stocks[b.order[f.Index]].write(b.order[f.Index], done)}); err != nil {
			return err
		}
	}
	return nil
}

// upsert does writes to one collection as one bulk. One that is refused because
// of a duplicate key is tried again: either another process was faster to insert
// the document, or the write was done before. The error is a *docdb.BulkError
// of those that were not and could not be done.
func upsert(ctx context.Context, col *docdb.Collection, writes []write) error {
	if len(writes) == 0 {
		return nil
	}
	ops := make([]docdb.Write, len(writes))
	for i, w := range writes {
		ops[i] = w.op()
	}
	_, err := col.BulkWrite(ctx, ops, docdb.Unordered())
	var bulk *docdb.BulkError
	if err == nil || !errors.As(err, &bulk) {
		return inCollection(col, err)
	}
	var left []docdb.WriteError
	for _, f := range bulk.Writes {
		if errors.Is(f.Err, docdb.ErrDuplicateKey) {
			_, f.Err = col.BulkWrite(ctx, []docdb.Write{ops[f.Index]})
		}
		if errors.Is(f.Err, docdb.ErrDuplicateKey) {
			done, err := writes[f.Index].done(ctx, col)
			if err != nil {
				return inCollection(col, err)
			}
			if !slices.ContainsFunc(writes[f.Index].marks, func(m int64) bool { return !done[m] }) {
				f.Err = nil
			}
		}
		if f.Err != nil {
			left = append(left, f)
		}
	}
	if len(left) == 0 {
		return nil
	}
	return inCollection(col, &docdb.BulkError{Collection: col.Name(), Writes: left})
}

// done returns those marks of a write that its document has.
func (w write) done(ctx context.Context, col *docdb.Collection) (map[int64]bool, error) {
	done := map[int64]bool{}
	for _, m := range w.marks {
		n, err := col.Count(ctx, append(slices.Clip(w.id), bson.E{Key: w.list + ".traceid." + traceKey, Value: m}))
		if err != nil {
			return nil, err
		}
		if n > 0 {
			done[m] = true
		}
	}
	return done, nil
}

func inCollection(col *docdb.Collection, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("documents of %s could not be written: %w", col.Name(), err)
}
