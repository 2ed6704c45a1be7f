package docdb

import (
	"strings"
	"sync/atomic"
)

// DB is a document database. Open one with the Open function of an engine
// package; all methods may be used by many goroutines.
type DB struct {
	engine Engine
	closed atomic.Bool
}

// New makes a database of an engine. It is for packages that implement one.
func New(e Engine) *DB { return &DB{engine: e} }

// Collection returns a collection by name. It costs nothing and touches
// nothing: a collection exists when it has a document or an index. A bad name
// (empty, longer than 120 bytes, with a dollar sign or zero byte, or starting
// with "system.") is an error of every method of the collection.
func (db *DB) Collection(name string) *Collection {
	c := &Collection{db: db, name: name}
	switch {
	case name == "" || len(name) > 120:
		c.err = bad("collection", name, "a name has 1 to 120 bytes")
	case strings.ContainsAny(name, "$\x00") || strings.HasPrefix(name, "system."):
		c.err = bad("collection", name, "no dollar sign, no zero byte, no system. in front")
	}
	return c
}

// Close releases the database. Calls that are under way end, most of them with
// ErrClosed, and so do later ones. Closing twice does nothing.
func (db *DB) Close() error {
	if db.closed.Swap(true) {
		return nil
	}
	return db.engine.Close()
}

// Collection is a named set of documents, each with a unique _id.
type Collection struct {
	db   *DB
	name string
	err  error
}

// Name returns the name of the collection.
func (c *Collection) Name() string { return c.name }

// ready tells whether a call can be passed to the engine.
func (c *Collection) ready() error {
	if c.err != nil {
		return c.err
	}
	if c.db.closed.Load() {
		return ErrClosed
	}
	return nil
}
