package filter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock/penstock/ampel"
)

// Criterion is a condition on elements of a list.
type Criterion struct {
	// Attribute is the key of an element that is a map. Elements without it do
	// not pass.
	Attribute string `config:"attribute"`
	// Operator is one of > < >= <= == != contains is "is not".
	Operator string `config:"operator,required"`
	Value    any    `config:"value"`
	// Type is what the attribute must be for the element to pass: Sequence,
	// Mapping, str, int, float, bool. Default: anything.
	Type string `config:"type"`
}

// Criteria are one criterion, any_of some, or all_of some.
type Criteria struct {
	all  bool
	list []Criterion
}

// DecodeConfig reads one of the three forms.
func (c *Criteria) DecodeConfig(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return errors.New("needs a criterion, or a map with any_of or all_of")
	}
	for _, op := range []string{"any_of", "all_of"} {
		list, ok := m[op]
		if !ok {
			continue
		}
		if len(m) > 1 {
			return fmt.Errorf("has %s and other keys: write one of them", op)
		}
		c.all = op == "all_of"
		if err := ampel.Decode(list, &c.list); err != nil {
			return ampel.PathError(op, err)
		}
		if len(c.list) == 0 {
			return ampel.PathError(op, errors.New("is empty"))
		}
		return nil
	}
	c.list = make([]Criterion, 1)
	return ampel.Decode(v, &c.list[0])
}

// EncodeConfig returns the criteria as DecodeConfig reads them.
func (c Criteria) EncodeConfig() any {
	if len(c.list) == 1 && !c.all {
		return ampel.Encode(c.list[0])
	}
	if c.all {
		return map[string]any{"all_of": ampel.Encode(c.list)}
	}
	return map[string]any{"any_of": ampel.Encode(c.list)}
}

// CheckConfig finds mistakes.
func (c *Criterion) CheckConfig() error {
	if !slices.Contains(operators, c.Operator) {
		return ampel.PathError("operator", fmt.Errorf("%q: there are %s", c.Operator, strings.Join(operators, " ")))
	}
	if c.Type != "" && types[c.Type] == nil {
		return ampel.PathError("type", fmt.Errorf("%q: there are %v", c.Type, slices.Sorted(maps.Keys(types))))
	}
	return nil
}

// pick returns the elements that fulfil the criteria: of all_of those that
// fulfil all, in their order; of any_of those of the first criterion, then those
// of the second that are new, and so on. of gives what a criterion looks at.
func (c Criteria) pick(list []ampel.Value, of func(ampel.Value, Criterion) (ampel.Value, bool)) ([]ampel.Value, error) {
	taken := make([]bool, len(list))
	var out []ampel.Value
	left := make([]int, len(list))
	for i := range left {
		left[i] = i
	}
	for _, x := range c.list {
		var passed []int
		for _, i := range left {
			v, ok := of(list[i], x)
			if !ok || x.Type != "" && !types[x.Type](v) {
				continue
			}
			ok, err := compare(v, x.Operator, x.Value)
			if err != nil {
				return nil, fmt.Errorf("element %d: %s: %w", i, x.Attribute, err)
			}
			if ok {
				passed = append(passed, i)
			}
		}
		if c.all {
			left = passed
			continue
		}
		for _, i := range passed {
			if !taken[i] {
				taken[i] = true
				out = append(out, list[i])
			}
		}
	}
	if c.all {
		for _, i := range left {
			out = append(out, list[i])
		}
	}
	return out, nil
}

// simple looks at keys of maps.
type simple struct{ Criteria }

// NewSimpleDictArrayFilter picks maps by their keys.
func NewSimpleDictArrayFilter(c Criteria) (Array, error) { return simple{c}, c.attributes(true) }

func (f simple) Pick(list []ampel.Value) ([]ampel.Value, error) {
	return f.pick(list, func(v ampel.Value, c Criterion) (ampel.Value, bool) {
		for k, e := range v.Fields() {
			if v.IsMap() && k == c.Attribute {
				return e, true
			}
		}
		return ampel.Value{}, false
	})
}

// flat looks at dotted paths.
type flat struct{ Criteria }

// NewFlatDictArrayFilter picks maps by dotted paths into them.
func NewFlatDictArrayFilter(c Criteria) (Array, error) { return flat{c}, c.attributes(true) }

func (f flat) Pick(list []ampel.Value) ([]ampel.Value, error) {
	return f.pick(list, func(v ampel.Value, c Criterion) (ampel.Value, bool) {
		return v.Get(c.Attribute), v.Has(c.Attribute)
	})
}

// primitive looks at the elements themselves.
type primitive struct{ Criteria }

// NewPrimitiveTypeArrayFilter picks scalars.
func NewPrimitiveTypeArrayFilter(c Criteria) (Array, error) {
	return primitive{c}, c.attributes(false)
}

func (f primitive) Pick(list []ampel.Value) ([]ampel.Value, error) {
	return f.pick(list, func(v ampel.Value, _ Criterion) (ampel.Value, bool) { return v, true })
}

// attributes checks that all criteria name an attribute, or none does.
func (c Criteria) attributes(wanted bool) error {
	if len(c.list) == 0 {
		return errors.New("needs a criterion")
	}
	for _, x := range c.list {
		switch {
		case wanted && x.Attribute == "":
			return ampel.PathError("attribute", errors.New("is missing"))
		case !wanted && x.Attribute != "":
			return ampel.PathError("attribute", errors.New("scalars have none: leave it out"))
		}
	}
	return nil
}
