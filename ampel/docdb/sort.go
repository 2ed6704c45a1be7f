package docdb

import (
	"bytes"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// Sort is a parsed sort order. The zero Sort keeps the order that the engine
// finds documents in.
type Sort struct {
	doc   bson.Raw
	paths [][]string
	signs []int
}

// ParseSort checks a sort order: fields with 1 (rising) or -1 (falling).
// Values of different types sort in MongoDB's order, a missing field counts as
// null, and a list counts by its least element (rising) or greatest (falling).
// Errors are ErrDialect.
func ParseSort(order bson.D) (Sort, error) {
	if len(order) == 0 {
		return Sort{}, nil
	}
	doc, err := bson.Marshal(order)
	if err != nil {
		return Sort{}, bad("sort", "", "%v", err)
	}
	return parseSort("sort", doc)
}

func parseSort(where string, doc []byte) (Sort, error) {
	s := Sort{doc: doc}
	var taken pathSet
	for body := raw.Body(doc); len(body) > 0; {
		name, v, rest, ok := raw.Next(body)
		if !ok {
			return Sort{}, bad(where, "", "damaged BSON")
		}
		body = rest
		path, err := splitPath(where, string(name))
		if err != nil {
			return Sort{}, err
		}
		n, ok := v.Integer()
		if !ok || n != 1 && n != -1 {
			return Sort{}, bad(where, string(name), "the order of a field is 1 or -1")
		}
		if !taken.add(path) {
			return Sort{}, bad(where, string(name), "sorted by twice, or by a part of it")
		}
		if hasPosition(string(name)) {
			return Sort{}, bad(where, string(name), "sorting by a position in a list is not in the dialect")
		}
		s.paths, s.signs = append(s.paths, path), append(s.signs, int(n))
	}
	return s, nil
}

// BSON returns the order as BSON, nil for the zero Sort.
func (s Sort) BSON() bson.Raw { return s.doc }

// Empty tells whether no order was asked for.
func (s Sort) Empty() bool { return len(s.paths) == 0 }

// OnlyID tells whether the order is that of _id alone, and its direction. An
// engine that keeps _id sorted need not collect documents then.
func (s Sort) OnlyID() (sign int, ok bool) {
	if len(s.paths) != 1 || len(s.paths[0]) != 1 || s.paths[0][0] != "_id" {
		return 0, false
	}
	return s.signs[0], true
}

// Key returns bytes for a document that compare as the documents sort. The
// error is ErrParallelArrays: two fields of the order hold lists, so that no
// one element of both decides.
func (s Sort) Key(doc bson.Raw) ([]byte, error) {
	keys, err := raw.SortKeys(doc, s.paths, s.signs)
	if err != nil {
		return nil, parallel("sort " + s.doc.String())
	}
	return slices.MinFunc(keys, bytes.Compare), nil
}

func parallel(where string) error {
	return fmt.Errorf("docdb: %s: %w: use one of the two", where, ErrParallelArrays)
}

// compareElements compares two elements of an array by the fields of the
// order; lists have no special meaning there.
func (s Sort) compareElements(a, b raw.Value) int {
	for i, path := range s.paths {
		if c := raw.Compare(plainField(a, path), plainField(b, path)); c != 0 {
			return c * s.signs[i]
		}
	}
	return 0
}

// plainField follows a path through documents only; null if it breaks off.
func plainField(v raw.Value, path []string) raw.Value {
	for _, p := range path {
		if v.T != raw.Object {
			return raw.NullValue()
		}
		v = raw.Field(v.Body(), p)
	}
	if !v.Is() {
		return raw.NullValue()
	}
	return v
}
