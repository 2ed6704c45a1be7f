package ampel

import (
	"reflect"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Encode returns a configuration of a struct: the opposite of Decode. Every
// field that has a key is in it, so that defaults are written out.
func Encode(v any) any { return encode(reflect.ValueOf(v)) }

func encode(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	if e, ok := v.Interface().(ConfigEncoder); ok && (v.Kind() != reflect.Pointer || !v.IsNil()) {
		return e.EncodeConfig()
	}
	switch x := v.Interface().(type) {
	case Value:
		return x.Any()
	case Label:
		return x.Value()
	case ID:
		if n, ok := x.Int(); ok {
			return n
		}
		return x.String()
	case bson.D:
		w, _ := NewValue(x)
		return w.Any()
	case time.Duration:
		return x.String()
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return encode(v.Elem())
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = encode(v.Index(i))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			out[it.Key().String()] = encode(it.Value())
		}
		return out
	case reflect.Struct:
		out := map[string]any{}
		encodeFields(v, out)
		return out
	}
	return nil
}

func encodeFields(v reflect.Value, out map[string]any) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("config"), ",")
		switch {
		case f.Anonymous && key == "" && f.Type.Kind() == reflect.Struct:
			encodeFields(v.Field(i), out)
		case key != "":
			out[key] = encode(v.Field(i))
		}
	}
}
