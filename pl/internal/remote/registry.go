package remote

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/penstock/penstock/pl/internal/wire"
)

// The registry is filled by package initialization, which is the same in a program
// and in its workers; that is how a worker finds a function by its name.
var registry struct {
	mu        sync.Mutex
	functions map[string]*function
	errors    []wire.Sentinel
	sealed    bool
}

// A function is what a worker can be told to run.
type function struct {
	name  string
	types string
	place string // where it was registered
	serve func(*session) int
}

// add registers a function. It panics if it cannot: during package initialization
// there is nobody to return an error to.
func add(f *function) {
	r := &registry
	r.mu.Lock()
	defer r.mu.Unlock()
	f.place = place()
	if r.sealed {
		panic(fmt.Sprintf("pl: Register(%s) at %s: it comes after process.Init: a worker process would not know the function. Register functions in package variables", f.name, f.place))
	}
	if old, taken := r.functions[f.name]; taken {
		panic(fmt.Sprintf("pl: Register(%s) at %s: the name is taken by the one at %s: give one of them another name with pl.As", f.name, f.place, old.place))
	}
	if r.functions == nil {
		r.functions = map[string]*function{}
	}
	r.functions[f.name] = f
}

// place returns the caller outside of this module's stages.
func place() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if !more || !strings.HasPrefix(f.Function, "github.com/penstock/penstock/pl.") &&
			!strings.HasPrefix(f.Function, "github.com/penstock/penstock/pl/internal/") {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
	}
}

// AddError registers an error that is found again in the parent.
func AddError(key string, err error) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	for _, s := range registry.errors {
		if s.Key == key {
			panic(fmt.Sprintf("pl: RegisterError at %s: an error with the text %q is registered already", place(), key))
		}
	}
	registry.errors = append(registry.errors, wire.Sentinel{Key: key, Err: err})
}

// Sentinels returns the registered errors.
func Sentinels() []wire.Sentinel {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	return slices.Clip(registry.errors)
}

// Seal ends the time of registration.
func Seal() {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	registry.sealed = true
}

// Functions returns what is registered, names with types.
func Functions() []string {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	var all []string
	for _, f := range registry.functions {
		all = append(all, f.name+" "+f.types)
	}
	slices.Sort(all)
	return all
}

func find(name string) *function {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	return registry.functions[name]
}
