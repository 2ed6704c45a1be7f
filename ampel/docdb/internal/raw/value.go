// Package raw reads BSON where it lies: values are windows into the bytes of a
// document, and nothing is decoded before somebody asks for it. The matcher,
// the update code and the index code of docdb are built on it.
//
// Every function is safe on damaged bytes: it may see less of the document,
// it never panics and never reads outside of it. Check is the place where
// damage becomes an error.
package raw

import (
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The BSON types that docdb stores. Missing is no type of BSON: it is what a
// path that leads nowhere yields.
const (
	Missing  = byte(0)
	Double   = byte(bson.TypeDouble)
	String   = byte(bson.TypeString)
	Object   = byte(bson.TypeEmbeddedDocument)
	Array    = byte(bson.TypeArray)
	Binary   = byte(bson.TypeBinary)
	ObjectID = byte(bson.TypeObjectID)
	Bool     = byte(bson.TypeBoolean)
	Date     = byte(bson.TypeDateTime)
	Null     = byte(bson.TypeNull)
	Regex    = byte(bson.TypeRegex)
	Int32    = byte(bson.TypeInt32)
	Int64    = byte(bson.TypeInt64)
)

// Value is one value of a document: its type and its bytes, which belong to
// the document. The zero Value is a missing one.
type Value struct {
	T byte
	D []byte
}

// Of turns a value of the bson package into a Value over the same bytes.
func Of(v bson.RawValue) Value { return Value{byte(v.Type), v.Value} }

// BSON turns v into a value of the bson package over the same bytes.
func (v Value) BSON() bson.RawValue { return bson.RawValue{Type: bson.Type(v.T), Value: v.D} }

// DocValue wraps a whole document as a Value.
func DocValue(doc []byte) Value { return Value{Object, doc} }

// NullValue is BSON's null.
func NullValue() Value { return Value{T: Null} }

// Is tells whether v is there at all.
func (v Value) Is() bool { return v.T != Missing }

// IsNumber tells whether v is a double or an integer.
func (v Value) IsNumber() bool { return v.T == Int32 || v.T == Int64 || v.T == Double }

// Body returns the elements of an object or array without their frame, nil if
// the frame does not fit the bytes.
func (v Value) Body() []byte { return Body(v.D) }

// Body returns the elements of a document without length and terminator, nil
// if the length does not fit the bytes.
func Body(doc []byte) []byte {
	if len(doc) < 5 || int(binary.LittleEndian.Uint32(doc)) != len(doc) || doc[len(doc)-1] != 0 {
		return nil
	}
	return doc[4 : len(doc)-1]
}

// Int64 returns an integer as it is; ok is false for other types.
func (v Value) Int64() (n int64, ok bool) {
	switch {
	case v.T == Int32 && len(v.D) >= 4:
		return int64(int32(binary.LittleEndian.Uint32(v.D))), true
	case v.T == Int64 && len(v.D) >= 8:
		return int64(binary.LittleEndian.Uint64(v.D)), true
	}
	return 0, false
}

// Float64 returns a double as it is; ok is false for other types.
func (v Value) Float64() (f float64, ok bool) {
	if v.T != Double || len(v.D) < 8 {
		return 0, false
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(v.D)), true
}

// Integer returns a number that has no fraction and fits an int64, whatever
// its type: 5, int64(5) and 5.0 are the same to a query.
func (v Value) Integer() (n int64, ok bool) {
	if n, ok = v.Int64(); ok {
		return n, true
	}
	f, ok := v.Float64()
	if !ok || f != math.Trunc(f) || f < -(1<<63) || f >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

// Str returns the text of a string, without a copy; nil for other types.
func (v Value) Str() []byte {
	if v.T != String || len(v.D) < 5 {
		return nil
	}
	return v.D[4 : len(v.D)-1]
}

// True tells whether v is the boolean true.
func (v Value) True() bool { return v.T == Bool && len(v.D) == 1 && v.D[0] == 1 }
