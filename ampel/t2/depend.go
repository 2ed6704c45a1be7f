package t2

import (
	"errors"
	"fmt"

	"github.com/penstock/penstock/ampel"
)

// Dependency is a unit whose results a tied unit needs.
//
// Which documents these are follows from what both units are about. For a tied
// unit about a state, a stock unit's is that of the stock, a state unit's that of
// the same state, and a point unit's are those of all datapoints of the state,
// narrowed by LinkOverride. For one about a datapoint they are those of the same
// datapoint and of the stock, for one about a stock those of the stock.
type Dependency struct {
	Unit   string       `config:"unit,required"`
	Config ampel.Config `config:"config"`
	// LinkOverride narrows the datapoints of a state. Default: all of them.
	LinkOverride *LinkOverride `config:"link_override"`
}

// dependencyKey is the key of the configuration of a tied unit that is not its own.
const dependencyKey = "t2_dependency"

// needs returns the configuration of a unit without its dependencies, and these.
func needs(name string, conf ampel.Config) (ampel.Config, []Dependency, error) {
	v, _ := traits.Load(name)
	t, _ := v.(trait)
	if !t.tied {
		return conf, nil, nil
	}
	deps := t.deps
	if v, given := conf[dependencyKey]; given {
		rest := ampel.Config{}
		for k, e := range conf {
			if k != dependencyKey {
				rest[k] = e
			}
		}
		conf = rest
		if m, one := v.(map[string]any); one {
			v = []any{m}
		}
		deps = nil
		if err := ampel.Decode(v, &deps); err != nil {
			return nil, nil, ampel.PathError(dependencyKey, err)
		}
	}
	if len(deps) == 0 {
		return nil, nil, ampel.PathError(dependencyKey, errors.New("is missing: name the units that this one builds on"))
	}
	for i, d := range deps {
		if err := d.fits(t.kind); err != nil {
			return nil, nil, ampel.PathError(fmt.Sprintf("%s[%d]", dependencyKey, i), err)
		}
	}
	return conf, deps, nil
}

// fits finds dependencies that make no sense for a unit about kind.
func (d Dependency) fits(kind ampel.T2Type) error {
	k, ok := KindOf(d.Unit)
	switch {
	case !ok:
		return ampel.PathError("unit", fmt.Errorf("%w %q: there are %v", ampel.ErrUnknownUnit, d.Unit, Names()))
	case kind == ampel.T2Stock && k != ampel.T2Stock, kind == ampel.T2Point && k == ampel.T2State:
		return ampel.PathError("unit", fmt.Errorf("a unit for tickets of %s cannot build on %s, which is for tickets of %s", place(kind), d.Unit, place(k)))
	case d.LinkOverride != nil && (kind != ampel.T2State || k != ampel.T2Point):
		return ampel.PathError("link_override", errors.New("is for the datapoints of a state only"))
	}
	return nil
}
