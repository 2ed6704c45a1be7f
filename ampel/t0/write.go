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

// ready is a batch whose writes were checked, in the order in which they are to be
// done: what others refer to goes first, and the journal, by which an alert counts as
// ingested, comes last.
type ready struct {
	*batch
	parts []part
	bulks []*docdb.Bulk
}

// part are the writes to one collection.
type part struct {
	col    *docdb.Collection
	writes []write
}

// prepare checks the writes of a batch, which takes as long as doing them.
func (b *batch) prepare(db *ampel.Database) (*ready, error) {
	stocks := make([]write, len(b.order))
	for i, id := range b.order {
		stocks[i] = b.stocks[id].write(id, nil)
	}
	r := &ready{batch: b, parts: []part{
		{db.Collection(ampel.ColNameT0), b.t0}, {db.Collection(ampel.ColNameT1), b.t1},
		{db.Collection(ampel.ColNameStock), b.fresh}, {db.Collection(ampel.ColNameT2), b.t2},
		{db.Collection(ampel.ColNameStock), stocks},
	}}
	for _, p := range r.parts {
		bulk, err := p.col.Bulk(ops(p.writes))
		if err != nil {
			return nil, inCollection(p.col, err)
		}
		r.bulks = append(r.bulks, bulk)
	}
	return r, nil
}

func ops(writes []write) []docdb.Write {
	out := make([]docdb.Write, len(writes))
	for i, w := range writes {
		out[i] = w.op()
	}
	return out
}

// write stores a batch.
func (r *ready) write(ctx context.Context, db *ampel.Database) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	done, err := db.WriteTogether(ctx, r.bulks...)
	var failed *docdb.BulkError
	if !errors.As(err, &failed) {
		return err
	}
	// Some of it is there already: go through what is left with more care.
	last := len(r.parts) - 1
	for _, p := range r.parts[min(done, last):last] {
		if err := upsert(ctx, p.col, p.writes); err != nil {
			return err
		}
	}
	return r.journal(ctx)
}

// journal writes the documents of the stocks, and if another process has ingested
// some of the alerts meanwhile, without these.
func (r *ready) journal(ctx context.Context) error {
	p := r.parts[len(r.parts)-1]
	err := upsert(ctx, p.col, p.writes)
	var failed *docdb.BulkError
	if !errors.As(err, &failed) {
		return err
	}
	for _, f := range failed.Writes {
		w, id := p.writes[f.Index], r.order[f.Index]
		if !errors.Is(f.Err, docdb.ErrDuplicateKey) || len(w.marks) == 1 {
			return err
		}
		done, err := w.done(ctx, p.col)
		if err != nil {
			return err
		}
		if err := upsert(ctx, p.col, []write{r.stocks[id].write(id, done)}); err != nil {
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
	ops := ops(writes)
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
