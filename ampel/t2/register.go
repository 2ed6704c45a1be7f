package t2

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

// units are those of the program: worker processes, which only package
// initialization can prepare, have the same.
var (
	units  = ampel.NewRegistry()
	traits sync.Map // name to trait
)

// trait is what is known about a unit before it is built.
type trait struct {
	kind ampel.T2Type
	tied bool
	deps []Dependency // unless the configuration says otherwise
}

// unit is one of any kind.
type unit interface {
	run(ctx context.Context, in [][]byte, results []*ampel.T2DocView) (any, error)
}

// Register makes a unit known to the program: call it in package initialization,
// or before process.Init. Its configuration is a struct C, read strictly, as
// ampel.Decode does; SetDefaults and CheckConfig of *C are called if there are any.
// Register panics if the name is empty or taken.
//
// build is called once by each worker for each configuration.
func Register[I Input, C any](name string, build func(conf C) (Unit[I], error)) {
	ampel.Register(units, name, func(_ *ampel.Env, conf C) (unit, error) {
		u, err := build(conf)
		return erased[I]{func(ctx context.Context, in I, _ []*ampel.T2DocView) (any, error) {
			return u.Process(ctx, in)
		}}, orNil(err, u == nil)
	})
	traits.Store(name, trait{kind: kindOf[I]()})
}

// RegisterTied is Register for a unit that builds on the results of others. needs
// are its dependencies unless its configuration has the key t2_dependency, a list
// of them.
func RegisterTied[I Input, C any](name string, build func(conf C) (TiedUnit[I], error), needs ...Dependency) {
	ampel.Register(units, name, func(_ *ampel.Env, conf C) (unit, error) {
		u, err := build(conf)
		return erased[I]{func(ctx context.Context, in I, results []*ampel.T2DocView) (any, error) {
			return u.Process(ctx, in, results)
		}}, orNil(err, u == nil)
	})
	traits.Store(name, trait{kind: kindOf[I](), tied: true, deps: needs})
}

// Names returns the names of all units, sorted.
func Names() []string { return units.Names() }

// KindOf says what the tickets of a unit are bound to; false if no unit has the
// name.
func KindOf(name string) (ampel.T2Type, bool) {
	t, ok := traits.Load(name)
	if !ok {
		return ampel.T2Unknown, false
	}
	return t.(trait).kind, true
}

// Check finds mistakes in what a ticket will ask for: an unknown unit, one whose
// tickets are bound to something else, a bad configuration or dependency.
func Check(m ampel.UnitModel, kind ampel.T2Type) error {
	t, ok := traits.Load(m.Unit)
	if !ok {
		return ampel.PathError("unit", fmt.Errorf("%w %q: there are %v", ampel.ErrUnknownUnit, m.Unit, Names()))
	}
	if k := t.(trait).kind; k != kind {
		return ampel.PathError("unit", fmt.Errorf("%s is a unit for tickets of %s, not of %s", m.Unit, place(k), place(kind)))
	}
	conf, _, err := needs(m.Unit, m.Full())
	if err != nil {
		return ampel.PathError("config", err)
	}
	return ampel.UnitOf[unit]{UnitModel: ampel.UnitModel{Unit: m.Unit, Config: conf}}.Check(units)
}

// place names a kind as a job file does.
func place(k ampel.T2Type) string {
	switch k {
	case ampel.T2Stock:
		return "stocks"
	case ampel.T2Point:
		return "points"
	case ampel.T2State:
		return "states"
	}
	return "nothing"
}

func kindOf[I Input]() ampel.T2Type {
	var in I
	switch any(in).(type) {
	case *ampel.StockDocument:
		return ampel.T2Stock
	case *ampel.DataPoint:
		return ampel.T2Point
	}
	return ampel.T2State
}

var errNoUnit = errors.New("the constructor returned neither a unit nor an error")

func orNil(err error, none bool) error {
	if err == nil && none {
		return errNoUnit
	}
	return err
}

// erased is a unit of any kind, which takes its input as it is stored.
type erased[I Input] struct {
	process func(context.Context, I, []*ampel.T2DocView) (any, error)
}

func (e erased[I]) run(ctx context.Context, docs [][]byte, results []*ampel.T2DocView) (any, error) {
	in, err := read[I](docs)
	if err != nil {
		return nil, err
	}
	return e.process(ctx, in, results)
}

// read decodes the input: one document, or for a state that and its datapoints.
func read[I Input](docs [][]byte) (in I, err error) {
	if len(docs) == 0 {
		return in, errors.New("the ticket came without its input")
	}
	switch p := any(&in).(type) {
	case **ampel.StockDocument:
		*p = new(ampel.StockDocument)
		err = bson.Unmarshal(docs[0], *p)
	case **ampel.DataPoint:
		*p = new(ampel.DataPoint)
		err = bson.Unmarshal(docs[0], *p)
	case **State:
		s := &State{Points: make([]ampel.DataPoint, len(docs)-1)}
		*p = s
		err = bson.Unmarshal(docs[0], &s.Doc)
		s.Doc.Channel = nil
		for i := range s.Points {
			if err == nil {
				err = bson.Unmarshal(docs[i+1], &s.Points[i])
			}
		}
	}
	if err != nil {
		return in, fmt.Errorf("the input cannot be read: %w", err)
	}
	return in, nil
}
