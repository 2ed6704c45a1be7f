package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/penstock/penstock/ampel/docdb"
)

// catalog says which collections and indexes there are. It is never changed,
// only replaced; user_version of the file counts its changes, so that one
// process sees what another one made.
type catalog struct {
	version     int64
	collections map[string]*collection
}

// collection is a table of documents: n numbers them in the order of their
// insertion, k is the key of _id, d the document.
type collection struct {
	id      int64
	name    string
	table   string
	indexes []*index
}

// index is a table of keys: one row for each key of a document.
type index struct {
	docdb.Index
	id    int64
	table string
	paths [][]string
	// leading is how many keys of the index may be used together. Keys that
	// begin alike may run through the same list, where the index has pairs of
	// one element only but a filter may match two.
	leading int
}

// The tables of the catalog itself. k sorts as MongoDB compares.
var schema = []string{
	`CREATE TABLE docdb_format (version INTEGER NOT NULL)`,
	`CREATE TABLE docdb_collections (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)`,
	`CREATE TABLE docdb_indexes (id INTEGER PRIMARY KEY, collection INTEGER NOT NULL, name TEXT NOT NULL,
		keys TEXT NOT NULL, uniq INTEGER NOT NULL, sparse INTEGER NOT NULL, UNIQUE (collection, name))`,
}

const (
	formatVersion = 1
	applicationID = 0x70646231 // "pdb1", marks our files
)

func loadCatalog(c *conn) (*catalog, error) {
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return nil, err
	}
	cat := &catalog{version: version, collections: map[string]*collection{}}
	byID := map[int64]*collection{}
	err = c.query("SELECT id, name FROM docdb_collections", func(row []driver.Value) (bool, error) {
		col := &collection{id: row[0].(int64), name: row[1].(string)}
		col.table = fmt.Sprintf("docdb_c%d", col.id)
		cat.collections[col.name], byID[col.id] = col, col
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	err = c.query("SELECT id, collection, name, keys, uniq, sparse FROM docdb_indexes ORDER BY id", func(row []driver.Value) (bool, error) {
		x := &index{id: row[0].(int64)}
		x.Name, x.Unique, x.Sparse = row[2].(string), row[4].(int64) != 0, row[5].(int64) != 0
		if err := json.Unmarshal([]byte(row[3].(string)), &x.Keys); err != nil {
			return false, err
		}
		x.prepare()
		if col := byID[row[1].(int64)]; col != nil {
			col.indexes = append(col.indexes, x)
		}
		return true, nil
	})
	return cat, err
}

func (x *index) prepare() {
	x.table = fmt.Sprintf("docdb_x%d", x.id)
	begun := map[string]bool{}
	for i, k := range x.Keys {
		path := strings.Split(k, ".")
		x.paths = append(x.paths, path)
		if !begun[path[0]] && x.leading == i {
			x.leading++
		}
		begun[path[0]] = true
	}
}

// addCollection makes a table for documents.
func addCollection(c *conn, cat *catalog, name string) (*catalog, error) {
	r, err := c.execResult("INSERT INTO docdb_collections (name) VALUES (?)", name)
	if err != nil {
		return nil, err
	}
	id, err := r.LastInsertId()
	if err != nil {
		return nil, err
	}
	if err := c.exec(fmt.Sprintf("CREATE TABLE docdb_c%d (n INTEGER PRIMARY KEY, k BLOB NOT NULL UNIQUE, d BLOB NOT NULL)", id)); err != nil {
		return nil, err
	}
	return bump(c, cat)
}

// addIndex makes the table of an index, empty.
func addIndex(c *conn, cat *catalog, col *collection, x docdb.Index) (*catalog, error) {
	keys, err := json.Marshal(x.Keys)
	if err != nil {
		return nil, err
	}
	r, err := c.execResult("INSERT INTO docdb_indexes (collection, name, keys, uniq, sparse) VALUES (?, ?, ?, ?, ?)",
		col.id, x.Name, string(keys), x.Unique, x.Sparse)
	if err != nil {
		return nil, err
	}
	id, err := r.LastInsertId()
	if err != nil {
		return nil, err
	}
	if err := c.exec(fmt.Sprintf("CREATE TABLE docdb_x%d (k BLOB NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (k, n)) WITHOUT ROWID", id)); err != nil {
		return nil, err
	}
	return bump(c, cat)
}

// bump counts a change of the catalog and reads it again.
func bump(c *conn, cat *catalog) (*catalog, error) {
	if err := c.exec(fmt.Sprintf("PRAGMA user_version = %d", cat.version+1)); err != nil {
		return nil, err
	}
	return loadCatalog(c)
}
