package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// keys returns the keys of a document in the index, sorted and each once.
func (x *index) keys(col *collection, doc []byte) ([][]byte, error) {
	keys, found, err := raw.Keys(doc, x.paths)
	if err != nil {
		return nil, fmt.Errorf("docdb/sqlite: %s: index %s: %w: MongoDB does not index that either", col.name, x.Name, docdb.ErrParallelArrays)
	}
	if x.Sparse && !found {
		return nil, nil
	}
	if len(keys) > 1 {
		slices.SortFunc(keys, bytes.Compare)
		keys = slices.CompactFunc(keys, bytes.Equal)
	}
	return keys, nil
}

// refused returns an error if another document than n has one of the keys.
func (x *index) refused(t *tx, col *collection, keys [][]byte, n int64, doc []byte) error {
	if !x.Unique {
		return nil
	}
	for _, k := range keys {
		other, err := t.one("SELECT n FROM "+x.table+" WHERE k = ? AND n <> ? LIMIT 1", k, n)
		if err != nil {
			return err
		}
		if other != nil {
			return &docdb.DuplicateKeyError{Collection: col.name, Index: x.Name, Key: x.describe(doc)}
		}
	}
	return nil
}

// describe shows what a document has at the keys of an index.
func (x *index) describe(doc []byte) string {
	parts := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		parts[i] = k + ": null"
		if v, err := bson.Raw(doc).LookupErr(x.paths[i]...); err == nil {
			parts[i] = k + ": " + v.String()
		}
	}
	return strings.Join(parts, ", ")
}

// insert stores a new document and its keys. Everything that can be refused is
// looked at before anything is written.
func (col *collection) insert(t *tx, doc []byte) error {
	all := make([][][]byte, len(col.indexes))
	for i, x := range col.indexes {
		keys, err := x.keys(col, doc)
		if err != nil {
			return err
		}
		if err := x.refused(t, col, keys, -1, doc); err != nil {
			return err
		}
		all[i] = keys
	}
	id := raw.Field(raw.Body(doc), "_id")
	r, err := t.execResult("INSERT INTO "+col.table+" (k, d) VALUES (?, ?)", raw.AppendKey(nil, id), doc)
	if code(err) == codeConstraint {
		return &docdb.DuplicateKeyError{Collection: col.name, Index: "_id", Key: "_id: " + id.BSON().String()}
	}
	if err != nil {
		return err
	}
	n, err := r.LastInsertId()
	if err != nil {
		return err
	}
	for i, x := range col.indexes {
		if err := x.write(t, nil, all[i], n); err != nil {
			return err
		}
	}
	return nil
}

// change puts another document in the place of old. changed is false if they
// are the same.
func (col *collection) change(t *tx, old row, doc []byte) (changed bool, err error) {
	if bytes.Equal(old.doc, doc) {
		return false, nil
	}
	type keys struct{ before, after [][]byte }
	all := make([]keys, len(col.indexes))
	for i, x := range col.indexes {
		if x.untouched(old.doc, doc) {
			continue
		}
		var k keys
		if k.before, err = x.keys(col, old.doc); err != nil {
			return false, err
		}
		if k.after, err = x.keys(col, doc); err != nil {
			return false, err
		}
		if slices.EqualFunc(k.before, k.after, bytes.Equal) {
			continue
		}
		if err := x.refused(t, col, k.after, old.n, doc); err != nil {
			return false, err
		}
		all[i] = k
	}
	if err := t.exec("UPDATE "+col.table+" SET d = ? WHERE n = ?", doc, old.n); err != nil {
		return false, err
	}
	for i, x := range col.indexes {
		if err := x.write(t, all[i].before, all[i].after, old.n); err != nil {
			return false, err
		}
	}
	return true, nil
}

// untouched tells whether two versions of a document have the same in all fields
// that the index looks at, without making its keys.
func (x *index) untouched(before, after []byte) bool {
	a, b := raw.Body(before), raw.Body(after)
	for _, path := range x.paths {
		v, w := raw.Field(a, path[0]), raw.Field(b, path[0])
		if v.T != w.T || !bytes.Equal(v.D, w.D) {
			return false
		}
	}
	return true
}

func (col *collection) remove(t *tx, old row) error {
	for _, x := range col.indexes {
		keys, err := x.keys(col, old.doc)
		if err != nil {
			return err
		}
		if err := x.write(t, keys, nil, old.n); err != nil {
			return err
		}
	}
	return t.exec("DELETE FROM "+col.table+" WHERE n = ?", old.n)
}

// write makes the keys of document n in the index what they are now. Both
// lists are sorted: only the difference is written.
func (x *index) write(t *tx, before, after [][]byte, n int64) error {
	var errs []error
	for len(before) > 0 || len(after) > 0 {
		c := 0
		switch {
		case len(before) == 0:
			c = 1
		case len(after) == 0:
			c = -1
		default:
			c = bytes.Compare(before[0], after[0])
		}
		switch {
		case c < 0:
			errs = append(errs, t.exec("DELETE FROM "+x.table+" WHERE k = ? AND n = ?", before[0], n))
			before = before[1:]
		case c > 0:
			errs = append(errs, t.exec("INSERT INTO "+x.table+" (k, n) VALUES (?, ?)", after[0], n))
			after = after[1:]
		default:
			before, after = before[1:], after[1:]
		}
	}
	return errors.Join(errs...)
}
