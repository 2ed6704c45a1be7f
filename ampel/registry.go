package ampel

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
)

// Registry knows how to build units by name. It may be used by many goroutines.
type Registry struct {
	mu    sync.RWMutex
	units map[string]entry
}

type entry struct {
	makes reflect.Type
	check func(*Registry, Config) error
	build func(*Env, Config) (any, Config, error)
}

// NewRegistry returns a registry without units.
func NewRegistry() *Registry { return &Registry{units: map[string]entry{}} }

// Defaulter is a configuration with defaults other than zero. SetDefaults is
// called before keys are read.
type Defaulter interface{ SetDefaults() }

// Register makes a unit known. Its configuration is a struct C, read as Decode
// does; SetDefaults and CheckConfig of *C are called if there are any. Register
// panics if the name is empty or taken, which is a mistake of the program.
func Register[C, T any](r *Registry, name string, build func(env *Env, conf C) (T, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, taken := r.units[name]; taken || name == "" {
		panic(fmt.Sprintf("ampel: register: unit %q: the name is empty or taken", name))
	}
	read := func(raw Config) (C, error) {
		var c C
		if d, ok := any(&c).(Defaulter); ok {
			d.SetDefaults()
		}
		if raw == nil {
			raw = Config{}
		}
		return c, asConfigError(decode(map[string]any(raw), reflect.ValueOf(&c).Elem()))
	}
	r.units[name] = entry{
		makes: reflect.TypeFor[T](),
		check: func(r *Registry, raw Config) error {
			c, err := read(raw)
			if err != nil {
				return err
			}
			return checkNested(r, reflect.ValueOf(&c).Elem())
		},
		build: func(env *Env, raw Config) (_ any, _ Config, err error) {
			c, err := read(raw)
			if err != nil {
				return nil, nil, err
			}
			defer func() {
				if v := recover(); v != nil {
					err = fmt.Errorf("the constructor panicked: %v", v)
				}
			}()
			full, _ := Encode(c).(map[string]any)
			t, err := build(env, c)
			return t, full, err
		},
	}
}

// Names returns the names of all units, sorted.
func (r *Registry) Names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.units))
}

func (r *Registry) find(name string) (entry, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e, ok := r.units[name]
	if !ok {
		return entry{}, pathError("unit", fmt.Errorf("%w %q: register it before the job is read", ErrUnknownUnit, name))
	}
	return e, nil
}
