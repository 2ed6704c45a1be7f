package pl

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"runtime"

	"github.com/penstock/penstock/pl/internal/engine"
	"github.com/penstock/penstock/pl/internal/remote"
	"github.com/penstock/penstock/pl/internal/wire"
)

// A Registered is a function that other processes of the same program know by name.
// It is a [Func], so it runs on every backend.
type Registered[A, B any] struct {
	name  string
	label string // for the names of stages
	work  engine.Work[A, B]
}

// String returns the name that the function is registered under.
func (f *Registered[A, B]) String() string {
	if f == nil {
		return "nil"
	}
	return f.name
}

// Work is for this module only.
func (f *Registered[A, B]) Work() engine.Work[A, B] {
	if f == nil {
		return engine.Work[A, B]{Err: errNilFunc}
	}
	return f.work
}

// Call calls the function in this process. If it has hooks, they run for this call.
func (f *Registered[A, B]) Call(ctx context.Context, v A) (r B, err error) {
	if f.work.Err != nil {
		return r, fmt.Errorf("pl: %s: %w", f.name, f.work.Err)
	}
	who := engine.Worker{Stage: f.name, Backend: "sync", PID: pid}
	i, err := f.work.Open(ctx, who)
	if err != nil {
		return r, err
	}
	if i.Done != nil {
		defer func() {
			err = errors.Join(err, i.Done(context.WithoutCancel(ctx), engine.Status{Worker: who, Err: err}))
		}()
	}
	return i.Call(engine.NewCallContext(ctx, who).Next([]int{0}, 0, noTime), v)
}

// Register registers f under its name in the program, such as "main.slowAdd1". It
// panics if the name is taken, if process.Init has been called, and if gob cannot encode A or B.
//
// Register functions in package variables, so that they are registered in worker
// processes too. After a crash of its worker a function may be called again for items
// that it was called for before.
func Register[A, B any](f func(context.Context, A) (B, error), opts ...RegisterOption) *Registered[A, B] {
	return register(f, Fn(f).Work(), opts)
}

// A RegisterOption configures a registration.
type RegisterOption func(*registration)

type registration struct{ name string }

// As sets the name, for functions that have none of their own: closures, method
// values and instances of generic functions.
func As(name string) RegisterOption {
	return func(r *registration) { r.name = name }
}

// RegisterEach is Register for [Each].
func RegisterEach[A any](f func(context.Context, A) error, opts ...RegisterOption) *Registered[A, None] {
	return register(f, Do(f).Work(), opts)
}

// RegisterWith registers f with hooks, which run in the process of their worker.
func RegisterWith[R, A, B any](h Hooks[R], f func(context.Context, R, A) (B, error), opts ...RegisterOption) *Registered[A, B] {
	return register(f, With(h, f).Work(), opts)
}

// RegisterEachWith is RegisterWith for [Each].
func RegisterEachWith[R, A any](h Hooks[R], f func(context.Context, R, A) error, opts ...RegisterOption) *Registered[A, None] {
	return register(f, DoWith(h, f).Work(), opts)
}

// register adds work to the registry, under the name of the function f.
func register[A, B any](f any, work engine.Work[A, B], opts []RegisterOption) *Registered[A, B] {
	name := registeredName(f, opts)
	checkWork(name, work.Err)
	checkType[A](name)
	checkType[B](name)
	remote.Add(name, func(bool, []byte) engine.Work[A, B] { return work })
	work.Attach = attach[A, B](name, false, nil)
	return &Registered[A, B]{name: name, label: shortName(name, f), work: work}
}

// shortName returns what stages are called after a function that is registered under a
// name: the name that was given to it, or what others of its kind are called.
func shortName(name string, f any) string {
	if runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name() == name {
		return funcName(f)
	}
	return name
}

func (f *Registered[A, B]) short() string { return f.label }

func attach[A, B any](name string, bound bool, argument []byte) func(context.Context, any, engine.Worker) (engine.Remote[A, B], error) {
	return func(ctx context.Context, peer any, who engine.Worker) (engine.Remote[A, B], error) {
		return remote.Attach[A, B](ctx, peer.(*remote.Peer), who, name, bound, argument)
	}
}

// A Template is a registered function with an argument that is set at run time.
type Template[C, A, B any] struct {
	name string
	f    func(ctx context.Context, c C, v A) (B, error)
}

// RegisterTemplate registers f, whose argument c is sent to each worker once:
//
//	var Scale = pl.RegisterTemplate(scale)
//	...
//	stage := process.Map(Scale.Bind(*factor))(src)
func RegisterTemplate[C, A, B any](f func(ctx context.Context, c C, v A) (B, error), opts ...RegisterOption) *Template[C, A, B] {
	name := registeredName(f, opts)
	if f == nil {
		checkWork(name, errNilFunc)
	}
	checkType[C](name)
	checkType[A](name)
	checkType[B](name)
	t := &Template[C, A, B]{name, f}
	remote.Add(name, func(_ bool, argument []byte) engine.Work[A, B] {
		c, err := wire.Unmarshal[C](argument)
		w := t.bound(c)
		if err != nil {
			w.Err = fmt.Errorf("the bound argument cannot be read: %w", err)
		}
		return w
	})
	return t
}

// String returns the name that the function is registered under.
func (t *Template[C, A, B]) String() string { return t.name }

// Bind returns the function with its argument set. An argument that cannot be sent is
// an error of the stages that use the function.
func (t *Template[C, A, B]) Bind(c C) *Registered[A, B] {
	w := t.bound(c)
	argument, err := wire.Marshal(c)
	if err != nil {
		w.Err = fmt.Errorf("the bound argument cannot be sent to a worker process: %w", err)
	}
	w.Attach = attach[A, B](t.name, true, argument)
	return &Registered[A, B]{name: t.name, label: shortName(t.name, t.f), work: w}
}

func (t *Template[C, A, B]) bound(c C) engine.Work[A, B] {
	return Fn(func(ctx context.Context, v A) (B, error) { return t.f(ctx, c, v) }).Work()
}

// unnamed matches the names of functions that stand for many: literals, method values
// and instances of generic functions.
var unnamed = regexp.MustCompile(`\.func\d+|-fm$|\[\.\.\.\]|\.glob\.\.`)

// registeredName returns the name that opts give, or else that of f in the program.
func registeredName(f any, opts []RegisterOption) string {
	var r registration
	for _, o := range opts {
		if o != nil {
			o(&r)
		}
	}
	if r.name != "" {
		return r.name
	}
	v := reflect.ValueOf(f)
	if v.IsNil() {
		return "nil"
	}
	name := runtime.FuncForPC(v.Pointer()).Name()
	if unnamed.MatchString(name) {
		panic(fmt.Sprintf("pl: Register at %s: the function %s has no name of its own: give it one with pl.As", caller(), name))
	}
	return name
}

func checkWork(name string, err error) {
	if err != nil {
		panic(fmt.Sprintf("pl: Register(%s) at %s: %v", name, caller(), err))
	}
}

func checkType[T any](name string) {
	if err := wire.CheckType[T](); err != nil {
		panic(fmt.Sprintf("pl: Register(%s) at %s: values of type %v cannot be sent to a worker process: %v",
			name, caller(), reflect.TypeFor[T](), err))
	}
}
