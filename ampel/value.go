package ampel

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Value is content of a document: null, a scalar, a list or a map of values. It
// cannot be changed, so it is shared freely; reading parts of it costs a walk
// over the encoded bytes and no decoding. The zero Value is null.
type Value struct {
	typ bson.Type
	raw []byte
}

// NewValue encodes v, which is whatever the bson package encodes: scalars,
// slices, maps with text keys, structs with bson tags, Values.
func NewValue(v any) (Value, error) {
	if w, ok := v.(Value); ok {
		return w, nil
	}
	if v == nil {
		return Value{}, nil
	}
	t, data, err := bson.MarshalValue(v)
	if err != nil {
		return Value{}, fmt.Errorf("ampel: value: %T cannot be stored: %w", v, err)
	}
	return Value{typ: t, raw: data}, nil
}

// MustValue is NewValue for values that are known to be fine. It panics with
// the error of NewValue.
func MustValue(v any) Value {
	w, err := NewValue(v)
	if err != nil {
		panic(err)
	}
	return w
}

// MarshalBSONValue writes the value.
func (v Value) MarshalBSONValue() (byte, []byte, error) {
	if v.IsNull() {
		return byte(bson.TypeNull), nil, nil
	}
	return byte(v.typ), v.raw, nil
}

// UnmarshalBSONValue reads any value. The bytes are copied.
func (v *Value) UnmarshalBSONValue(typ byte, data []byte) error {
	*v = Value{typ: bson.Type(typ), raw: append([]byte(nil), data...)}
	return nil
}

func (v Value) bson() bson.RawValue { return bson.RawValue{Type: v.typ, Value: v.raw} }

// Type returns the BSON type; bson.TypeNull for the zero Value.
func (v Value) Type() bson.Type {
	if v.typ == 0 {
		return bson.TypeNull
	}
	return v.typ
}

// IsNull reports whether there is nothing.
func (v Value) IsNull() bool { return v.typ == 0 || v.typ == bson.TypeNull }

// IsZero makes omitempty leave out null.
func (v Value) IsZero() bool { return v.IsNull() }

// IsMap reports whether the value is a map.
func (v Value) IsMap() bool { return v.typ == bson.TypeEmbeddedDocument }

// IsList reports whether the value is a list.
func (v Value) IsList() bool { return v.typ == bson.TypeArray }

// IsEmpty reports whether the value is null, false, zero, or an empty text,
// list or map.
func (v Value) IsEmpty() bool {
	switch v.typ {
	case 0, bson.TypeNull:
		return true
	case bson.TypeBoolean:
		return !v.bson().Boolean()
	case bson.TypeString:
		return v.bson().StringValue() == ""
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return v.Len() == 0
	case bson.TypeBinary:
		_, b := v.bson().Binary()
		return len(b) == 0
	}
	f, ok := v.Float()
	return ok && f == 0
}

// Bool returns a boolean.
func (v Value) Bool() (b, ok bool) {
	if v.typ != bson.TypeBoolean {
		return false, false
	}
	return v.bson().Boolean(), true
}

// Int returns a number that has no fraction.
func (v Value) Int() (int64, bool) { return wholeNumber(v.bson()) }

// Float returns a number.
func (v Value) Float() (float64, bool) {
	switch v.typ {
	case bson.TypeDouble:
		return v.bson().Double(), true
	case bson.TypeInt32:
		return float64(v.bson().Int32()), true
	case bson.TypeInt64:
		return float64(v.bson().Int64()), true
	}
	return 0, false
}

// Text returns a text.
func (v Value) Text() (string, bool) {
	if v.typ != bson.TypeString {
		return "", false
	}
	return v.bson().StringValue(), true
}

// Bytes returns a copy of bytes.
func (v Value) Bytes() ([]byte, bool) {
	if v.typ != bson.TypeBinary {
		return nil, false
	}
	_, b := v.bson().Binary()
	return append([]byte(nil), b...), true
}

// Time returns a time.
func (v Value) Time() (time.Time, bool) {
	if v.typ != bson.TypeDateTime {
		return time.Time{}, false
	}
	return v.bson().Time().UTC(), true
}

// Get returns what a dotted path such as "fit.c" leads to, through maps and, by
// position, lists; null if there is nothing. Has tells missing from null.
func (v Value) Get(path string) Value {
	w, _ := v.find(path)
	return w
}

// Has reports whether a dotted path leads to something, be it null.
func (v Value) Has(path string) bool {
	_, ok := v.find(path)
	return ok
}

func (v Value) find(path string) (Value, bool) {
	for more := true; more; {
		var key string
		key, path, more = strings.Cut(path, ".")
		if !v.IsMap() && !v.IsList() {
			return Value{}, false
		}
		w, err := bson.Raw(v.raw).LookupErr(key)
		if err != nil {
			return Value{}, false
		}
		v = Value{typ: w.Type, raw: w.Value}
	}
	return v, true
}

// Fields returns the entries of a map, or those of a list with their positions
// as keys; none for anything else.
func (v Value) Fields() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if !v.IsMap() && !v.IsList() {
			return
		}
		elements, err := bson.Raw(v.raw).Elements()
		if err != nil {
			return
		}
		for _, e := range elements {
			w := e.Value()
			if !yield(e.Key(), Value{typ: w.Type, raw: w.Value}) {
				return
			}
		}
	}
}

// List returns the elements of a list.
func (v Value) List() ([]Value, bool) {
	if !v.IsList() {
		return nil, false
	}
	out := []Value{}
	for _, e := range v.Fields() {
		out = append(out, e)
	}
	return out, true
}

// Len returns the number of entries of a map or list, else 0.
func (v Value) Len() int {
	n := 0
	for range v.Fields() {
		n++
	}
	return n
}

// Any returns a copy made of nil, bool, int64, float64, string, []byte,
// time.Time, []any and map[string]any; other BSON types stay as they are.
func (v Value) Any() any {
	switch v.typ {
	case 0, bson.TypeNull, bson.TypeUndefined:
		return nil
	case bson.TypeEmbeddedDocument:
		m := map[string]any{}
		for k, e := range v.Fields() {
			m[k] = e.Any()
		}
		return m
	case bson.TypeArray:
		list := []any{}
		for _, e := range v.Fields() {
			list = append(list, e.Any())
		}
		return list
	case bson.TypeInt32:
		return int64(v.bson().Int32())
	case bson.TypeBinary:
		b, _ := v.Bytes()
		return b
	case bson.TypeDateTime:
		t, _ := v.Time()
		return t
	}
	var out any
	if err := v.bson().Unmarshal(&out); err != nil {
		return nil
	}
	return out
}

// Decode fills what into points to, by its bson tags.
func (v Value) Decode(into any) error {
	if err := v.bson().Unmarshal(into); err != nil {
		return fmt.Errorf("ampel: value: %w", err)
	}
	return nil
}

// String returns the value in extended JSON.
func (v Value) String() string {
	if v.IsNull() {
		return "null"
	}
	return v.bson().String()
}
