package sqlite

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// Write implements docdb.Engine: all writes are one transaction.
func (e *engine) Write(ctx context.Context, name string, ops []docdb.Op, ordered bool) ([]docdb.Outcome, error) {
	var out []docdb.Outcome
	err := e.writer.do(ctx, func(t *tx) error {
		out = make([]docdb.Outcome, len(ops))
		col, err := t.collection(name, true)
		if err != nil {
			return err
		}
		for i, op := range ops {
			if err := ctx.Err(); err != nil {
				return err
			}
			o, err := col.do(t, op)
			if err != nil && !mine(err) {
				return err
			}
			if out[i] = o; err != nil {
				out[i] = docdb.Outcome{Err: err}
				if ordered {
					break
				}
			}
		}
		return nil
	})
	return out, err
}

// WriteAll implements docdb.Transactor: one transaction for several collections.
func (e *engine) WriteAll(ctx context.Context, collections []string, writes [][]docdb.Op) error {
	return e.writer.do(ctx, func(t *tx) error {
		for i, name := range collections {
			col, err := t.collection(name, true)
			if err != nil {
				return err
			}
			failed := &docdb.BulkError{Collection: name}
			for j, op := range writes[i] {
				if err := ctx.Err(); err != nil {
					return err
				}
				_, err := col.do(t, op)
				switch {
				case err == nil:
				case mine(err):
					failed.Writes = append(failed.Writes, docdb.WriteError{Index: j, Err: err})
				default:
					return err
				}
			}
			if len(failed.Writes) > 0 {
				return failed
			}
		}
		return nil
	})
}

// mine tells whether an error is about one write, so that the others stay.
func mine(err error) bool {
	return errors.Is(err, docdb.ErrDuplicateKey) || errors.Is(err, docdb.ErrUpdate) ||
		errors.Is(err, docdb.ErrParallelArrays) || errors.Is(err, docdb.ErrDialect)
}

// collection finds a collection in the transaction; if create is set, it makes
// one that does not exist.
func (t *tx) collection(name string, create bool) (*collection, error) {
	if col := t.cat.collections[name]; col != nil || !create {
		return col, nil
	}
	cat, err := addCollection(t.conn, t.cat, name)
	if err != nil {
		return nil, err
	}
	t.cat = cat
	return cat.collections[name], nil
}

func (col *collection) do(t *tx, op docdb.Op) (docdb.Outcome, error) {
	switch op.Kind {
	case docdb.OpInsert:
		return docdb.Outcome{Done: true}, col.insert(t, op.Document)
	case docdb.OpUpdateOne:
		return col.updateOne(t, op)
	case docdb.OpUpdateMany:
		return col.updateMany(t, op)
	}
	return col.delete(t, op)
}

// find calls each with the documents that match, until it wants no more. What
// each does to them is not seen by the search: all of a page is read before.
func (col *collection) find(t *tx, f *docdb.Filter, first bool, each func(row) (more bool, err error)) error {
	p, err := choose(t.conn, col.plans(f.Narrow()))
	if err != nil {
		return err
	}
	r := reading{filter: f, col: col, src: p.open(col), size: pageDocs}
	want := int64(0)
	if first {
		r.size, want = 4, 1
	}
	for !r.end {
		rows, err := r.pageOn(t.ctx, t.conn, want)
		if err != nil {
			return err
		}
		for _, one := range rows {
			if more, err := each(one); err != nil || !more {
				return err
			}
		}
	}
	return nil
}

// first returns the first document that matches, in the order if there is one.
func (col *collection) first(t *tx, f *docdb.Filter, order docdb.Sort) (one row, found bool, err error) {
	if order.Empty() {
		err = col.find(t, f, true, func(r row) (bool, error) {
			one, found = r, true
			return false, nil
		})
		return one, found, err
	}
	b := best{sort: order, want: 1}
	err = col.find(t, f, false, func(r row) (bool, error) { return true, b.add([]row{r}) })
	if all := b.finish(); len(all) > 0 {
		one, found = all[0].row, true
	}
	return one, found, err
}

func (col *collection) updateOne(t *tx, op docdb.Op) (docdb.Outcome, error) {
	one, found, err := col.first(t, op.Filter, docdb.Sort{})
	if err != nil || !found {
		return col.orUpsert(t, op, err)
	}
	doc, err := op.Update.Apply(one.doc)
	if err != nil {
		return docdb.Outcome{}, err
	}
	changed, err := col.change(t, one, doc)
	return docdb.Outcome{Done: true, Matched: 1, Modified: count(changed)}, err
}

// updateMany changes all or, if the update does not fit one of them, none.
func (col *collection) updateMany(t *tx, op docdb.Op) (docdb.Outcome, error) {
	ns, err := col.numbers(t, op.Filter)
	if err != nil || len(ns) == 0 {
		return col.orUpsert(t, op, err)
	}
	if err := t.exec("SAVEPOINT many"); err != nil {
		return docdb.Outcome{}, err
	}
	out := docdb.Outcome{Done: true, Matched: int64(len(ns))}
	for _, n := range ns {
		changed, err := col.updateNumber(t, n, op.Update)
		if err != nil {
			if mine(err) {
				err = errors.Join(err, t.exec("ROLLBACK TO many"), t.exec("RELEASE many"))
			}
			return docdb.Outcome{}, err
		}
		out.Modified += count(changed)
	}
	return out, t.exec("RELEASE many")
}

func (col *collection) updateNumber(t *tx, n int64, u *docdb.Update) (bool, error) {
	if err := t.ctx.Err(); err != nil {
		return false, err
	}
	old, err := col.get(t.conn, n)
	if err != nil {
		return false, err
	}
	doc, err := u.Apply(old)
	if err != nil {
		return false, err
	}
	return col.change(t, row{n, old}, doc)
}

// orUpsert is what an update does that found nothing.
func (col *collection) orUpsert(t *tx, op docdb.Op, err error) (docdb.Outcome, error) {
	if err != nil || !op.Upsert {
		return docdb.Outcome{Done: true}, err
	}
	doc, err := op.Update.Upsert(op.Filter)
	if err != nil {
		return docdb.Outcome{}, err
	}
	id := raw.Field(raw.Body(doc), "_id")
	return docdb.Outcome{Done: true, Upserted: id.BSON()}, col.insert(t, doc)
}

func (col *collection) delete(t *tx, op docdb.Op) (docdb.Outcome, error) {
	if op.Kind == docdb.OpDeleteOne {
		one, found, err := col.first(t, op.Filter, docdb.Sort{})
		if err == nil && found {
			err = col.remove(t, one)
		}
		return docdb.Outcome{Done: true, Deleted: count(found)}, err
	}
	ns, err := col.numbers(t, op.Filter)
	for _, n := range ns {
		if err == nil {
			err = t.ctx.Err()
		}
		if err != nil {
			break
		}
		var doc []byte
		if doc, err = col.get(t.conn, n); err == nil {
			err = col.remove(t, row{n, doc})
		}
	}
	return docdb.Outcome{Done: true, Deleted: int64(len(ns))}, err
}

// numbers finds all documents that match before any of them is changed, so
// that none is met twice.
func (col *collection) numbers(t *tx, f *docdb.Filter) (ns []int64, err error) {
	err = col.find(t, f, false, func(r row) (bool, error) {
		ns = append(ns, r.n)
		return true, nil
	})
	return ns, err
}

// FindOneAndUpdate implements docdb.Engine.
func (e *engine) FindOneAndUpdate(ctx context.Context, name string, u docdb.FindUpdate) (bson.Raw, error) {
	var out bson.Raw
	err := e.writer.do(ctx, func(t *tx) error {
		out = nil
		col, err := t.collection(name, u.Upsert)
		if err != nil || col == nil {
			return err
		}
		one, found, err := col.first(t, u.Filter, u.Sort)
		if err != nil {
			return err
		}
		before, after := bson.Raw(one.doc), bson.Raw(nil)
		switch {
		case found:
			if after, err = u.Update.Apply(before); err == nil {
				_, err = col.change(t, one, after)
			}
		case u.Upsert:
			if after, err = u.Update.Upsert(u.Filter); err == nil {
				err = col.insert(t, after)
			}
		default:
			return nil
		}
		if out = before; u.After {
			out = after
		}
		return err
	})
	if err != nil || out == nil {
		return nil, err
	}
	return u.Projection.Apply(out), nil
}

func count(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
