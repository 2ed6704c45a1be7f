package docdb

import (
	"fmt"
	"slices"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// elementsOf lists the elements of the array at a path; none if it is missing.
func elementsOf(old raw.Value) ([]raw.Value, error) {
	switch old.T {
	case raw.Missing:
		return nil, nil
	case raw.Array:
		return raw.Elements(old), nil
	}
	return nil, fmt.Errorf("the field is no list but %s", typeName(old))
}

// pushAction appends, then sorts, then cuts.
type pushAction struct {
	values []raw.Value
	sort   func(a, b raw.Value) int
	slice  *int64
}

func parsePush(path string, v raw.Value) (action, error) {
	if !operators(v) {
		return pushAction{values: []raw.Value{v}}, stored(path, v)
	}
	a := pushAction{}
	each := raw.Field(v.Body(), "$each")
	if each.T != raw.Array {
		return nil, bad("update", path, "$push with operators needs $each with a list")
	}
	for body := v.Body(); len(body) > 0; {
		name, o, rest, ok := raw.Next(body)
		if !ok {
			return nil, bad("update", path, "damaged BSON")
		}
		body = rest
		switch string(name) {
		case "$each":
		case "$slice":
			n, ok := o.Integer()
			if !ok {
				return nil, bad("update", path, "$slice needs a whole number: the first n, or the last -n")
			}
			a.slice = &n
		case "$sort":
			less, err := parseElementSort(path, o)
			if err != nil {
				return nil, err
			}
			a.sort = less
		default:
			return nil, bad("update", path, "$push: %q is not in the dialect; beside $each there are $sort and $slice", name)
		}
	}
	a.values = raw.Elements(each)
	return a, stored(path, each)
}

func (a pushAction) apply(old raw.Value) (raw.Value, error) {
	vs, err := elementsOf(old)
	if err != nil {
		return old, err
	}
	vs = append(vs, a.values...)
	if a.sort != nil {
		slices.SortStableFunc(vs, a.sort)
	}
	if a.slice != nil {
		if n := *a.slice; n >= 0 {
			vs = vs[:min(n, int64(len(vs)))]
		} else {
			vs = vs[max(0, int64(len(vs))+n):]
		}
	}
	return raw.ArrayOf(vs), nil
}

// parseElementSort parses $sort of $push: 1 or -1 for the elements themselves,
// or fields of elements that are documents.
func parseElementSort(path string, v raw.Value) (func(a, b raw.Value) int, error) {
	if n, ok := v.Integer(); ok && (n == 1 || n == -1) {
		return func(a, b raw.Value) int { return int(n) * raw.Compare(a, b) }, nil
	}
	if v.T != raw.Object || len(v.D) == 5 {
		return nil, bad("update", path, "$sort needs 1, -1 or a document of fields with 1 or -1")
	}
	s, err := parseSort("update", v.D)
	if err != nil {
		return nil, err
	}
	return func(a, b raw.Value) int { return s.compareElements(a, b) }, nil
}

// addToSetAction appends what is not there yet; 1 and 1.0 are the same.
type addToSetAction struct{ values []raw.Value }

func parseAddToSet(path string, v raw.Value) (action, error) {
	if !operators(v) {
		return addToSetAction{[]raw.Value{v}}, stored(path, v)
	}
	each := raw.Field(v.Body(), "$each")
	if each.T != raw.Array || raw.Len(v.Body()) != 1 {
		return nil, bad("update", path, "$addToSet with operators needs $each with a list and nothing else")
	}
	return addToSetAction{raw.Elements(each)}, stored(path, each)
}

func (a addToSetAction) apply(old raw.Value) (raw.Value, error) {
	vs, err := elementsOf(old)
	if err != nil {
		return old, err
	}
	n := len(vs)
	for _, v := range a.values {
		if !slices.ContainsFunc(vs, func(x raw.Value) bool { return raw.Equal(x, v) }) {
			vs = append(vs, v)
		}
	}
	if old.Is() && len(vs) == n {
		return old, nil
	}
	return raw.ArrayOf(vs), nil
}

// pullAction removes elements: those equal to a value, those that fulfil
// operators, or those that are documents and match a filter.
type pullAction struct {
	matches func(e raw.Value) bool
	regex   bool // the filter has a pattern
}

func parsePull(path string, v raw.Value) (action, error) {
	p := filterParser{}
	switch {
	case operators(v) && !logical(v):
		f := fieldParser{filterParser: &p, name: path, path: []string{path}}
		c, err := f.ops(v)
		if err != nil {
			return nil, inUpdate(err)
		}
		// An element that is a list counts by its elements too, as a field does.
		return pullAction{func(e raw.Value) bool { return c.onPath(wrap(e), elementPath) }, p.regex}, nil
	case v.T == raw.Object:
		n, err := p.document(v.Body(), 1, &facts{})
		if err != nil {
			return nil, inUpdate(err)
		}
		return pullAction{func(e raw.Value) bool { return e.T == raw.Object && n.onDoc(e.Body()) }, p.regex}, nil
	case v.T == raw.Regex:
		return nil, bad("update", path, "$pull of a pattern: write {$regex: ...}")
	}
	return pullAction{matches: func(e raw.Value) bool { return raw.Equal(e, v) }}, stored(path, v)
}

var elementPath = []string{"e"}

// wrap makes an element a field, so that conditions on fields can be asked.
func wrap(e raw.Value) []byte { return raw.AppendElement(nil, "e", e) }

func inUpdate(err error) error {
	if d, ok := err.(*DialectError); ok { //nolint:errorlint // the parser returns it bare
		d.Where = "update"
	}
	return err
}

func (a pullAction) apply(old raw.Value) (raw.Value, error) {
	vs, err := elementsOf(old)
	if err != nil {
		return old, err
	}
	n := len(vs)
	vs = slices.DeleteFunc(vs, a.matches)
	if len(vs) == n {
		return old, nil
	}
	return raw.ArrayOf(vs), nil
}
