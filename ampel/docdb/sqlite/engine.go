package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/penstock/penstock/ampel/docdb"
)

// engine is the embedded store.
type engine struct {
	where   string // the file, for errors
	pool    *pool  // to read with
	writer  *writer
	own     *conn // the writer's connection, nil in memory
	closing chan struct{}
	current atomic.Pointer[catalog]
	looked  atomic.Int64 // when a reader looked for changes of the catalog
}

// start puts an engine together around its first connection, which is ready.
func start(c config, where string, first *conn, dial func() (*conn, error)) (*engine, error) {
	e := &engine{where: where, closing: make(chan struct{})}
	cat, err := loadCatalog(first)
	if err != nil {
		return nil, explain(where, err)
	}
	e.current.Store(cat)
	lend := func(f func(c *conn) error) error { return f(first) }
	if c.memory {
		// What is in memory belongs to one connection: all take turns.
		e.pool = newPool(1, e.closing, nil)
		<-e.pool.slots
		e.pool.slots <- first
		lend = func(f func(c *conn) error) error { return e.pool.with(context.Background(), f) }
	} else {
		e.own = first
		e.pool = newPool(c.readers, e.closing, func() (*conn, error) {
			c, err := dial()
			return c, explain(where, err)
		})
	}
	e.writer = &writer{
		queue: make(chan *request), closing: e.closing, done: make(chan struct{}),
		lend: lend, wait: c.wait, where: where, current: &e.current,
	}
	go e.writer.run()
	return e, nil
}

// Close implements docdb.Engine: it waits for the transaction and the pages
// that are under way, and brings what is in the log into the file.
func (e *engine) Close() error {
	close(e.closing)
	<-e.writer.done
	err := e.pool.close()
	if e.own != nil {
		err = errors.Join(err, e.own.close())
	}
	return explain(e.where, err)
}

// EnsureIndexes implements docdb.Engine: all of them in one transaction.
func (e *engine) EnsureIndexes(ctx context.Context, name string, indexes []docdb.Index) error {
	return e.writer.do(ctx, func(t *tx) error {
		for _, x := range indexes {
			col, err := t.collection(name, true)
			if err != nil {
				return err
			}
			exists, err := col.has(x)
			if err != nil {
				return err
			}
			if exists {
				continue
			}
			if t.cat, err = addIndex(t.conn, t.cat, col, x); err != nil {
				return err
			}
			col = t.cat.collections[name]
			if err := col.fill(t, col.indexes[len(col.indexes)-1]); err != nil {
				return err
			}
		}
		return nil
	})
}

// has tells whether the collection has just this index already.
func (col *collection) has(x docdb.Index) (bool, error) {
	for _, old := range col.indexes {
		sameKeys, sameName := slices.Equal(old.Keys, x.Keys), old.Name == x.Name
		switch {
		case !sameKeys && !sameName:
		case sameKeys && sameName && old.Unique == x.Unique && old.Sparse == x.Sparse:
			return true, nil
		default:
			return false, fmt.Errorf("docdb/sqlite: %s: %w: there is %s on %v (unique %t, sparse %t): choose other keys and another name",
				col.name, docdb.ErrIndex, old.Name, old.Keys, old.Unique, old.Sparse)
		}
	}
	return false, nil
}

// fill puts the documents that are there into a new index.
func (col *collection) fill(t *tx, x *index) error {
	all := scan{col: col}
	for {
		rows, err := all.next(t.ctx, t.conn, pageDocs)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, one := range rows {
			keys, err := x.keys(col, one.doc)
			if err != nil {
				return err
			}
			if err := x.refused(t, col, keys, one.n, one.doc); err != nil {
				return err
			}
			if err := x.write(t, nil, keys, one.n); err != nil {
				return err
			}
		}
	}
}
