package databay

import (
	"fmt"
	"reflect"
	"slices"
)

// clone copies a batch deeply. Payloads without pointers cost no more than the slice.
func (t *transfer[T]) clone(batch []Record[T]) (out []Record[T], err error) {
	out = slices.Clone(batch)
	var payload T
	_, own := any(payload).(interface{ Clone() T })
	switch {
	case t.cfg.Clone != nil:
		err = protect(func() error {
			for i := range out {
				out[i].Payload = t.cfg.Clone(out[i].Payload)
			}
			return nil
		})
	case own:
		err = protect(func() error {
			for i := range out {
				if v := reflect.ValueOf(out[i].Payload); v.Kind() == reflect.Pointer && v.IsNil() {
					continue
				}
				out[i].Payload = any(out[i].Payload).(interface{ Clone() T }).Clone()
			}
			return nil
		})
	case flat(reflect.TypeFor[T]()):
	default:
		err = protect(func() error {
			for i := range out {
				c := copier{}
				v := reflect.ValueOf(&out[i].Payload).Elem()
				v.Set(c.copy(v))
			}
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("copy: %w", err)
	}
	return out, nil
}

// flat reports whether assignment copies a value of type t completely.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return false
	case reflect.Array:
		return flat(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if f.IsExported() && !flat(f.Type) {
				return false
			}
		}
	}
	return true
}

// A copier copies what one value reaches. It maps old pointers to new ones, so that
// what was one thing before is one thing after, cycles included.
type copier map[copyKey]reflect.Value

type copyKey struct {
	at uintptr
	t  reflect.Type
}

func (c copier) copy(v reflect.Value) reflect.Value {
	if flat(v.Type()) {
		return v
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type()).Elem()
		out.Set(c.copy(v.Elem()))
		return out
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		key := copyKey{v.Pointer(), v.Type()}
		if done, ok := c[key]; ok {
			return done
		}
		out := reflect.New(v.Type().Elem())
		c[key] = out.Convert(v.Type())
		out.Elem().Set(c.copy(v.Elem()))
		return c[key]
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(out, v)
		for i := range v.Len() {
			out.Index(i).Set(c.copy(v.Index(i)))
		}
		return out
	case reflect.Array:
		out := reflect.New(v.Type()).Elem()
		for i := range v.Len() {
			out.Index(i).Set(c.copy(v.Index(i)))
		}
		return out
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		key := copyKey{v.Pointer(), v.Type()}
		if done, ok := c[key]; ok {
			return done
		}
		out := reflect.MakeMapWithSize(v.Type(), v.Len())
		c[key] = out
		for it := v.MapRange(); it.Next(); {
			out.SetMapIndex(it.Key(), c.copy(it.Value()))
		}
		return out
	}
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() {
			out.Field(i).Set(c.copy(v.Field(i)))
		}
	}
	return out
}
