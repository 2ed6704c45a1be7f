package t2

import (
	"errors"
	"fmt"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// recipe is what the configuration of a ticket comes to.
type recipe struct {
	config  []byte // a document, nil for none
	deps    []Dependency
	depIDs  []int64 // the numbers of the configurations of deps
	verdict ampel.DocumentCode
	problem error // with verdict
}

// recipes finds each recipe once.
type recipes struct {
	db    *ampel.Database
	mu    sync.Mutex
	known map[string]*recipe
}

// of returns the recipe of a ticket.
func (s *recipes) of(t *ticket) (*recipe, error) {
	kind, raw, _ := t.Config.MarshalBSONValue()
	key := t.Unit + "\x00" + string(rune(kind)) + string(raw) + "\x00" + t.Col
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.known[key]; r != nil {
		return r, nil
	}
	r, err := s.make(t)
	if err == nil {
		s.known[key] = r
	}
	return r, err
}

func (s *recipes) make(t *ticket) (*recipe, error) {
	bad := func(err error) (*recipe, error) {
		return &recipe{verdict: ampel.CodeException, problem: fmt.Errorf("%s %s: %w", couldNot, t.Unit, err)}, nil
	}
	value := t.Config
	if id, ok := value.Int(); ok {
		var err error
		value, err = s.db.Config(id)
		if errors.Is(err, docdb.ErrNotFound) {
			return &recipe{verdict: ampel.T2NoConfig, problem: fmt.Errorf("the configuration of unit %s is not known: %w", t.Unit, err)}, nil
		}
		if err != nil {
			return nil, err
		}
	}
	conf, _ := value.Any().(map[string]any)
	if err := Check(ampel.UnitModel{Unit: t.Unit, Config: conf}, t.kind()); err != nil {
		return bad(err)
	}
	own, deps, err := needs(t.Unit, conf)
	if err != nil {
		return bad(err)
	}
	r := &recipe{deps: deps, depIDs: make([]int64, len(deps))}
	if len(own) > 0 {
		if r.config, err = bson.Marshal(own); err != nil {
			return bad(err)
		}
	}
	for i, d := range deps {
		if r.depIDs[i], err = ampel.ConfigID(d.Config); err != nil {
			return bad(err)
		}
	}
	return r, nil
}

// couldNot is how the trouble about a unit that cannot be built begins.
const couldNot = "Could not instantiate unit"

// names tells whether a configuration, as tickets have it, is the one with a number.
// None and an empty one are the same.
func names(config ampel.Value, id int64) bool {
	if n, ok := config.Int(); ok {
		return n == id
	}
	conf, _ := config.Any().(map[string]any)
	n, err := ampel.ConfigID(conf)
	return err == nil && n == id
}
