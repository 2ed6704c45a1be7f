package ampel

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Config is the configuration of a unit as it was written: nil, bool, int64,
// float64, string, []any and map[string]any.
type Config = map[string]any

// ConfigError is a mistake in a configuration.
type ConfigError struct {
	Path    string // such as stage.config.execute[0].unit; empty for the whole
	Problem error
}

func (e *ConfigError) Error() string {
	if e.Path == "" {
		return "ampel: config: " + e.Problem.Error()
	}
	return "ampel: config: " + e.Path + ": " + e.Problem.Error()
}

// Unwrap returns the problem.
func (e *ConfigError) Unwrap() error { return e.Problem }

// PathError puts a part of a path in front of the path of a configuration error.
func PathError(path string, err error) error { return pathError(path, err) }

func pathError(path string, err error) error {
	if err == nil {
		return nil
	}
	e, ok := err.(*ConfigError)
	if !ok {
		return &ConfigError{path, err}
	}
	switch {
	case e.Path == "" || path == "":
		return &ConfigError{path + e.Path, e.Problem}
	case e.Path[0] == '[':
		return &ConfigError{path + e.Path, e.Problem}
	}
	return &ConfigError{path + "." + e.Path, e.Problem}
}

// ConfigDecoder is a type that reads itself from a configuration.
type ConfigDecoder interface{ DecodeConfig(v any) error }

// ConfigEncoder is a type that writes itself as DecodeConfig reads it.
type ConfigEncoder interface{ EncodeConfig() any }

// ConfigChecker is a configuration that can be wrong as a whole. CheckConfig is
// called when all of its keys have been read.
type ConfigChecker interface{ CheckConfig() error }

// Decode reads a configuration into what into points to, and is strict: a key
// that no field has and a value of the wrong type are errors, all of which are
// *ConfigError and name the path. The key of a field is its tag `config:"key"`;
// fields without a tag are not configurable. With `config:"key,required"` the
// key must be there. Other keys may be missing; their fields stay as they are,
// which is how defaults are set.
func Decode(v any, into any) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return &ConfigError{"", fmt.Errorf("cannot decode into %T: needs a pointer", into)}
	}
	return asConfigError(decode(v, target.Elem()))
}

func asConfigError(err error) error {
	var e *ConfigError
	if err == nil || errors.As(err, &e) {
		return err
	}
	return &ConfigError{"", err}
}

func decode(v any, t reflect.Value) error {
	if t.Kind() == reflect.Pointer {
		if v == nil {
			t.SetZero()
			return nil
		}
		fresh := reflect.New(t.Type().Elem())
		if err := decode(v, fresh.Elem()); err != nil {
			return err
		}
		t.Set(fresh)
		return nil
	}
	if d, ok := t.Addr().Interface().(ConfigDecoder); ok {
		if v == nil {
			return nil
		}
		return d.DecodeConfig(v)
	}
	if _, ok := t.Addr().Interface().(encoding.TextUnmarshaler); ok {
		s, isText := v.(string)
		if !isText {
			return wrong("a text", v)
		}
		return t.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
	}
	if t.Type() == reflect.TypeFor[time.Duration]() {
		s, ok := v.(string)
		if !ok {
			return wrong(`a duration such as "1h30m"`, v)
		}
		d, err := time.ParseDuration(s)
		t.SetInt(int64(d))
		return err
	}
	if t.Type() == reflect.TypeFor[Value]() {
		w, err := NewValue(v)
		t.Set(reflect.ValueOf(w))
		return err
	}
	return decodeKind(v, t)
}

func decodeKind(v any, t reflect.Value) error {
	if v == nil { // null is as good as missing
		return nil
	}
	switch t.Kind() {
	case reflect.Interface:
		t.Set(reflect.ValueOf(v))
	case reflect.Bool:
		b, ok := v.(bool)
		if !ok {
			return wrong("true or false", v)
		}
		t.SetBool(b)
	case reflect.String:
		s, ok := v.(string)
		if !ok {
			return wrong("a text", v)
		}
		t.SetString(s)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := v.(int64)
		if f, isFloat := v.(float64); isFloat && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			n, ok = int64(f), true
		}
		if !ok {
			return wrong("a whole number", v)
		}
		if t.OverflowInt(n) {
			return fmt.Errorf("%d is too big", n)
		}
		t.SetInt(n)
	case reflect.Float32, reflect.Float64:
		switch n := v.(type) {
		case float64:
			t.SetFloat(n)
		case int64:
			t.SetFloat(float64(n))
		default:
			return wrong("a number", v)
		}
	case reflect.Slice:
		return decodeList(v, t)
	case reflect.Map:
		return decodeMap(v, t)
	case reflect.Struct:
		return decodeStruct(v, t)
	default:
		return fmt.Errorf("cannot be configured: %v", t.Type())
	}
	return nil
}

func decodeList(v any, t reflect.Value) error {
	list, ok := v.([]any)
	if !ok {
		return wrong("a list", v)
	}
	out := reflect.MakeSlice(t.Type(), len(list), len(list))
	for i, e := range list {
		if err := decode(e, out.Index(i)); err != nil {
			return pathError(fmt.Sprintf("[%d]", i), err)
		}
	}
	t.Set(out)
	return nil
}

func decodeMap(v any, t reflect.Value) error {
	m, ok := v.(map[string]any)
	if !ok {
		return wrong("a map", v)
	}
	out := reflect.MakeMapWithSize(t.Type(), len(m))
	for k, e := range m {
		x := reflect.New(t.Type().Elem()).Elem()
		if err := decode(e, x); err != nil {
			return pathError(k, err)
		}
		out.SetMapIndex(reflect.ValueOf(k).Convert(t.Type().Key()), x)
	}
	t.Set(out)
	return nil
}

func decodeStruct(v any, t reflect.Value) error {
	m, ok := v.(map[string]any)
	if !ok {
		return wrong("a map", v)
	}
	known := map[string]bool{}
	if err := decodeFields(m, t, known); err != nil {
		return err
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if !known[k] {
			names := slices.Sorted(maps.Keys(known))
			if len(names) == 0 {
				names = []string{"none"}
			}
			return pathError(k, fmt.Errorf("unknown key: there are %s", strings.Join(names, ", ")))
		}
	}
	if c, ok := t.Addr().Interface().(ConfigChecker); ok {
		return c.CheckConfig()
	}
	return nil
}

func decodeFields(m map[string]any, t reflect.Value, known map[string]bool) error {
	for i := range t.NumField() {
		f := t.Type().Field(i)
		key, option, _ := strings.Cut(f.Tag.Get("config"), ",")
		if f.Anonymous && key == "" && f.Type.Kind() == reflect.Struct {
			if err := decodeFields(m, t.Field(i), known); err != nil {
				return err
			}
			continue
		}
		if key == "" {
			continue
		}
		known[key] = true
		v, there := m[key]
		if option == "required" && (!there || v == nil) {
			return pathError(key, errors.New("is missing"))
		}
		if !there {
			continue
		}
		if err := decode(v, t.Field(i)); err != nil {
			return pathError(key, err)
		}
	}
	return nil
}

func wrong(want string, v any) error { return fmt.Errorf("needs %s, has %s", want, kindOf(v)) }

// kindOf names what a configuration holds.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprintf("the boolean %v", v)
	case int64, float64:
		return fmt.Sprintf("the number %v", v)
	case string:
		return fmt.Sprintf("the text %q", v)
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	}
	return fmt.Sprintf("a %T", v)
}
