package ampel

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// ErrUnknownUnit: no unit is registered under that name.
var ErrUnknownUnit = errors.New("unknown unit")

// UnitModel names a unit and configures it.
type UnitModel struct {
	Unit     string `config:"unit,required"`
	Config   Config `config:"config"`
	Override Config `config:"override"` // replaces keys of Config
}

// Full returns Config with the keys of Override replaced.
func (m UnitModel) Full() Config { return m.full() }

func (m UnitModel) full() Config {
	if len(m.Override) == 0 {
		return m.Config
	}
	return mergeConfig(m.Config, m.Override)
}

func mergeConfig(base, over Config) Config {
	out := maps.Clone(base)
	if out == nil {
		out = Config{}
	}
	for k, v := range over {
		inner, isMap := v.(map[string]any)
		old, wasMap := out[k].(map[string]any)
		if isMap && wasMap {
			v = mergeConfig(old, inner)
		}
		out[k] = v
	}
	return out
}

// UnitOf is a UnitModel of a unit that must be a T.
type UnitOf[T any] struct{ UnitModel }

// DecodeConfig reads a map with unit, config and override, or only the name.
func (u *UnitOf[T]) DecodeConfig(v any) error {
	if name, ok := v.(string); ok {
		u.Unit = name
		return nil
	}
	return decodeStruct(v, reflect.ValueOf(&u.UnitModel).Elem())
}

// EncodeConfig returns the model as DecodeConfig reads it.
func (u UnitOf[T]) EncodeConfig() any {
	m := map[string]any{"unit": u.Unit}
	if c := u.full(); len(c) > 0 {
		m["config"] = c
	}
	return m
}

// Check finds mistakes without building anything: an unknown unit, one that is
// no T, a bad configuration, also in the units inside of the configuration.
func (u UnitOf[T]) Check(r *Registry) error {
	e, err := r.find(u.Unit)
	if err != nil {
		return err
	}
	if want := reflect.TypeFor[T](); !e.makes.AssignableTo(want) {
		return pathError("unit", fmt.Errorf("%s is a %s, not a %s", u.Unit, kindName(e.makes), kindName(want)))
	}
	return pathError("config", e.check(r, u.full()))
}

// Build builds the unit and returns its configuration with all defaults. A
// panic of the constructor is an error.
func (u UnitOf[T]) Build(env *Env) (T, Config, error) {
	var none T
	if env.Units == nil {
		return none, nil, errors.New("ampel: build: the Env has no registry")
	}
	e, err := env.Units.find(u.Unit)
	if err != nil {
		return none, nil, err
	}
	v, full, err := e.build(env, u.full())
	if err != nil {
		var c *ConfigError
		if errors.As(err, &c) {
			return none, nil, pathError("config", err)
		}
		return none, nil, fmt.Errorf("ampel: could not build unit %s: %w", u.Unit, err)
	}
	t, ok := v.(T)
	if !ok {
		return none, nil, pathError("unit", fmt.Errorf("%s is a %s, not a %s", u.Unit, kindName(e.makes), kindName(reflect.TypeFor[T]())))
	}
	return t, full, nil
}

// UnitsOf is one unit or a list of units.
type UnitsOf[T any] []UnitOf[T]

// DecodeConfig reads one unit or a list.
func (u *UnitsOf[T]) DecodeConfig(v any) error {
	list, ok := v.([]any)
	if !ok {
		var one UnitOf[T]
		if err := one.DecodeConfig(v); err != nil {
			return err
		}
		*u = UnitsOf[T]{one}
		return nil
	}
	out := make(UnitsOf[T], len(list))
	for i, e := range list {
		if err := out[i].DecodeConfig(e); err != nil {
			return pathError(fmt.Sprintf("[%d]", i), err)
		}
	}
	*u = out
	return nil
}

type checker interface{ Check(*Registry) error }

// checkNested checks the unit models inside of a configuration.
func checkNested(r *Registry, v reflect.Value) error {
	if v.CanInterface() {
		if c, ok := v.Interface().(checker); ok && (v.Kind() != reflect.Pointer || !v.IsNil()) {
			return c.Check(r)
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return checkNested(r, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := checkNested(r, v.Index(i)); err != nil {
				return pathError(fmt.Sprintf("[%d]", i), err)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			key, _, _ := strings.Cut(f.Tag.Get("config"), ",")
			if !f.IsExported() || key == "" && !f.Anonymous {
				continue
			}
			if err := checkNested(r, v.Field(i)); err != nil {
				return pathError(key, err)
			}
		}
	}
	return nil
}

// kindName names a type for humans: the part behind the package.
func kindName(t reflect.Type) string {
	s := t.String()
	return s[strings.LastIndexByte(s, '.')+1:]
}
