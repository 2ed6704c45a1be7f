package wire

import (
	"encoding"
	"encoding/gob"
	"fmt"
	"reflect"
)

// A codec encodes the values of one direction of a connection, and decodes those of the
// other side's. It has a method for a whole chunk, so that nothing of it is paid per item.
// The two sides of a connection choose the same codec because they have the same type.
type codec[T any] interface {
	// encode appends vals to p. If a value cannot be encoded it returns an ItemError, and
	// p is to be thrown away.
	encode(p *packet, vals []T) error

	// decode appends the n values in f.Payload[from:] to out, which has no elements. It
	// may keep the payload; then it sets f.Payload to nil. Values that cannot be decoded
	// are zero and listed in bad; err means that all are lost.
	decode(f *Frame, from int, out []T, n int) (vals []T, bad []ItemError, err error)

	// restart is called when a packet was thrown away: type information in it must be
	// sent again.
	restart()
}

// newCodec chooses by type. Everything goes through gob but the types for which another
// encoding was measured to pay off (see the benchmarks), and those that gob does not take:
// T = struct{}, the result of a function that has none.
func newCodec[T any]() codec[T] {
	var c any
	switch any((*T)(nil)).(type) {
	case *[]byte:
		c = new(bytesCodec)
	case *string:
		c = new(stringCodec)
	case *bool:
		c = new(boolCodec)
	case *int:
		c = new(intCodec[int])
	case *int64:
		c = new(intCodec[int64])
	case *uint64:
		c = new(intCodec[uint64])
	case *int32:
		c = new(intCodec[int32])
	case *uint32:
		c = new(intCodec[uint32])
	case *float64:
		c = new(floatCodec)
	case *struct{}:
		c = new(noneCodec)
	default:
		return newGobCodec[T]()
	}
	return c.(codec[T])
}

// CheckType returns an error if values of type T cannot be sent at all, such as functions,
// channels and structs without exported fields. Values can still fail one by one: nil
// pointers, or interfaces that hold a type not registered with gob.Register.
func CheckType[T any]() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("wire: type %v: %v", reflect.TypeFor[T](), r)
		}
	}()
	var v T
	if t := reflect.TypeFor[T](); t.Kind() == reflect.Pointer {
		v = filled(t).Interface().(T)
	}
	var p packet
	p.reset(KindItems)
	if err := newCodec[T]().encode(&p, []T{v}); err != nil {
		if bad, ok := err.(*ItemError); ok {
			err = bad.Err
		}
		return fmt.Errorf("wire: type %v: %w", reflect.TypeFor[T](), err)
	}
	return nil
}

// filled returns a pointer of type t to a zero value, through as many pointers as t has.
func filled(t reflect.Type) reflect.Value {
	v := reflect.New(t.Elem())
	if t.Elem().Kind() == reflect.Pointer {
		v.Elem().Set(filled(t.Elem()))
	}
	return v
}

// traits says what a type contains.
type traits struct {
	fragile bool // code of its own, or interfaces: single values can fail to be decoded
	maps    bool
}

var selfCoders = []reflect.Type{
	reflect.TypeFor[gob.GobEncoder](), reflect.TypeFor[gob.GobDecoder](),
	reflect.TypeFor[encoding.BinaryMarshaler](), reflect.TypeFor[encoding.BinaryUnmarshaler](),
}

// traitsOf looks at all that gob would send of a value of type t.
func traitsOf(t reflect.Type) traits {
	var tr traits
	seen := map[reflect.Type]bool{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		if seen[t] {
			return
		}
		seen[t] = true
		for _, i := range selfCoders {
			if t.Implements(i) || reflect.PointerTo(t).Implements(i) {
				tr.fragile = true
				return
			}
		}
		switch t.Kind() {
		case reflect.Interface:
			tr.fragile = true
		case reflect.Map:
			tr.maps = true
			visit(t.Key())
			visit(t.Elem())
		case reflect.Pointer, reflect.Slice, reflect.Array:
			visit(t.Elem())
		case reflect.Struct:
			for f := range t.Fields() {
				if f.IsExported() {
					visit(f.Type)
				}
			}
		}
	}
	visit(t)
	return tr
}
