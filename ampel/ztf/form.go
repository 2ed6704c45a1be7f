package ztf

import (
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/avro"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/penstock/penstock/ampel"
)

// form is what documents need to know of a schema: the order of the fields, which
// decoded records do not have. It has the shape of the schema, and loops where
// that refers to itself.
type form struct {
	order  []string         // of the fields of a record
	fields map[string]*form // of a record
	item   *form            // of an array or a map
}

func formOf(root *avro.SchemaNode) *form { return makeForm(root, map[string]*form{}) }

// makeForm returns nil for what needs no form.
func makeForm(n *avro.SchemaNode, named map[string]*form) *form {
	switch n.Type {
	case "record", "error":
		f := &form{fields: map[string]*form{}}
		named[n.Name], named[n.Namespace+"."+n.Name] = f, f
		for i := range n.Fields {
			name := n.Fields[i].Name
			f.order = append(f.order, name)
			f.fields[name] = makeForm(&n.Fields[i].Type, named)
		}
		return f
	case "array":
		return &form{item: makeForm(n.Items, named)}
	case "map":
		return &form{item: makeForm(n.Values, named)}
	case "union":
		for i := range n.Branches { // packets have unions with null only
			if f := makeForm(&n.Branches[i], named); f != nil {
				return f
			}
		}
		return nil
	}
	return named[n.Type]
}

// document encodes a decoded record without the fields that leave says.
func (f *form) document(m map[string]any, leave func(string) bool) (ampel.Value, error) {
	at, doc := bsoncore.AppendDocumentStart(make([]byte, 0, 16+16*len(m)))
	doc, err := f.appendFields(doc, m, leave)
	if err != nil {
		return ampel.Value{}, err
	}
	if doc, err = bsoncore.AppendDocumentEnd(doc, at); err != nil {
		return ampel.Value{}, err
	}
	var v ampel.Value
	err = v.UnmarshalBSONValue(byte(bson.TypeEmbeddedDocument), doc)
	return v, err
}

func (f *form) appendFields(doc []byte, m map[string]any, leave func(string) bool) ([]byte, error) {
	order := f.keys(m)
	for _, name := range order {
		v, ok := m[name]
		if !ok || leave != nil && leave(name) {
			continue
		}
		var err error
		if doc, err = f.field(name).append(doc, name, v); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// keys returns the fields of a record, and those of a map sorted.
func (f *form) keys(m map[string]any) []string {
	if f != nil && f.order != nil {
		return f.order
	}
	return slices.Sorted(maps.Keys(m))
}

func (f *form) field(name string) *form {
	switch {
	case f == nil:
		return nil
	case f.fields != nil:
		return f.fields[name]
	}
	return f.item
}

// append adds one field. Numbers are widened, which loses nothing.
func (f *form) append(doc []byte, name string, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return bsoncore.AppendNullElement(doc, name), nil
	case bool:
		return bsoncore.AppendBooleanElement(doc, name, v), nil
	case int32:
		return bsoncore.AppendInt64Element(doc, name, int64(v)), nil
	case int64:
		return bsoncore.AppendInt64Element(doc, name, v), nil
	case float32:
		return bsoncore.AppendDoubleElement(doc, name, float64(v)), nil
	case float64:
		return bsoncore.AppendDoubleElement(doc, name, v), nil
	case string:
		return bsoncore.AppendStringElement(doc, name, v), nil
	case []byte:
		return bsoncore.AppendBinaryElement(doc, name, bson.TypeBinaryGeneric, v), nil
	case []any:
		at, doc := bsoncore.AppendArrayElementStart(doc, name)
		for i, e := range v {
			var err error
			if doc, err = f.field("").append(doc, itoa(int64(i)), e); err != nil {
				return nil, err
			}
		}
		return bsoncore.AppendArrayEnd(doc, at)
	case map[string]any:
		at, doc := bsoncore.AppendDocumentElementStart(doc, name)
		doc, err := f.appendFields(doc, v, nil)
		if err != nil {
			return nil, err
		}
		return bsoncore.AppendDocumentEnd(doc, at)
	}
	return nil, fieldError(name, fmt.Errorf("%w: a document cannot hold a %T", ErrField, v))
}
