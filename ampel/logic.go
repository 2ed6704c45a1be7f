package ampel

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Logic is a condition on a set of channels or tags. Selectors, loaders,
// filters and projectors all mean the same by it:
//
//	BLUE                                   the set has BLUE
//	any_of: [BLUE, RED]                    it has one of them or both
//	all_of: [BLUE, RED]                    it has both
//	one_of: [BLUE, RED]                    it has exactly one element, BLUE or RED
//	any_of: [all_of: [BLUE, RED], GREEN]   it has both, or it has GREEN
//
// The zero Logic is no condition: every set fulfils it.
type Logic struct {
	op    string
	terms [][]Label // each fulfilled if all of its labels are there
}

// AnyOf is fulfilled by sets that have one of labels.
func AnyOf(labels ...Label) Logic {
	l := Logic{op: "any_of"}
	for _, x := range labels {
		l.terms = append(l.terms, []Label{x})
	}
	return l
}

// AllOf is fulfilled by sets that have all labels.
func AllOf(labels ...Label) Logic {
	return Logic{op: "all_of", terms: [][]Label{slices.Clone(labels)}}
}

// OneOf is fulfilled by sets of exactly one element, which is one of labels.
func OneOf(labels ...Label) Logic {
	l := AnyOf(labels...)
	l.op = "one_of"
	return l
}

// Only is fulfilled by sets that have label.
func Only(label Label) Logic { return AnyOf(label) }

// Or is fulfilled by sets that fulfil l or m, neither of which may be a OneOf.
func (l Logic) Or(m Logic) Logic {
	return Logic{op: "any_of", terms: append(slices.Clone(l.terms), m.terms...)}
}

// IsZero reports whether there is no condition.
func (l Logic) IsZero() bool { return l.op == "" }

// Single returns the label of a condition that is about one label only.
func (l Logic) Single() (Label, bool) {
	if len(l.terms) == 1 && len(l.terms[0]) == 1 && l.op != "one_of" {
		return l.terms[0][0], true
	}
	return Label{}, false
}

// Labels returns all labels that the condition mentions, each once, in order.
func (l Logic) Labels() []Label {
	var out []Label
	for _, t := range l.terms {
		out = MergeLabels(out, t)
	}
	return out
}

// Match reports whether a set fulfils the condition.
func (l Logic) Match(set []Label) bool {
	if l.IsZero() {
		return true
	}
	if l.op == "one_of" && len(set) != 1 {
		return false
	}
	return slices.ContainsFunc(l.terms, func(t []Label) bool {
		for _, x := range t {
			if !slices.Contains(set, x) {
				return false
			}
		}
		return true
	})
}

// Filter returns the condition on a field that holds a list, for a database.
func (l Logic) Filter(field string) bson.D {
	if l.IsZero() {
		return bson.D{}
	}
	if one, ok := l.Single(); ok {
		return bson.D{{Key: field, Value: one.Value()}}
	}
	var plain bson.A
	var alternatives bson.A
	for _, t := range l.terms {
		if len(t) == 1 {
			plain = append(plain, t[0].Value())
			continue
		}
		all := make(bson.A, len(t))
		for i, x := range t {
			all[i] = x.Value()
		}
		alternatives = append(alternatives, bson.D{{Key: field, Value: bson.D{{Key: "$all", Value: all}}}})
	}
	if len(plain) > 0 {
		in := bson.D{{Key: "$in", Value: plain}}
		if l.op == "one_of" {
			in = append(in, bson.E{Key: "$size", Value: 1})
		}
		alternatives = append(alternatives, bson.D{{Key: field, Value: in}})
	}
	if len(alternatives) == 1 {
		return alternatives[0].(bson.D)
	}
	return bson.D{{Key: "$or", Value: alternatives}}
}

// Without returns the opposite of Filter: documents whose field does not fulfil
// the condition, which are all documents that lack the field.
func (l Logic) Without(field string) bson.D {
	if l.IsZero() {
		return bson.D{}
	}
	if one, ok := l.Single(); ok {
		return bson.D{{Key: field, Value: bson.D{{Key: "$ne", Value: one.Value()}}}}
	}
	return bson.D{{Key: "$nor", Value: bson.A{l.Filter(field)}}}
}

// DecodeConfig reads a scalar or a map of one of the three forms.
func (l *Logic) DecodeConfig(v any) error {
	switch v := v.(type) {
	case []any:
		return errors.New("a list says neither any_of nor all_of: write any_of: [...] or all_of: [...]")
	case map[string]any:
		return l.decodeMap(v, true)
	default:
		var one Label
		if err := one.DecodeConfig(v); err != nil {
			return fmt.Errorf("needs a label or a map with any_of, all_of or one_of, has %s", kindOf(v))
		}
		*l = Only(one)
		return nil
	}
}

func (l *Logic) decodeMap(m map[string]any, top bool) error {
	if len(m) != 1 {
		return fmt.Errorf("needs exactly one of any_of, all_of, one_of; has %d keys", len(m))
	}
	for op, v := range m {
		if op != "any_of" && op != "all_of" && op != "one_of" {
			return pathError(op, errors.New("unknown: there are any_of, all_of and one_of"))
		}
		if !top && op != "all_of" {
			return pathError(op, errors.New("only all_of may stand inside of any_of"))
		}
		list, ok := v.([]any)
		if !ok {
			return pathError(op, fmt.Errorf("needs a list, has %s", kindOf(v)))
		}
		if len(list) == 0 {
			return pathError(op, errors.New("is empty: nothing would fulfil it"))
		}
		out := Logic{op: op}
		nested := false
		for i, e := range list {
			at := fmt.Sprintf("%s[%d]", op, i)
			if inner, ok := e.(map[string]any); ok {
				if op != "any_of" {
					return pathError(at, errors.New("nothing can be nested here, only under any_of"))
				}
				var all Logic
				if err := all.decodeMap(inner, false); err != nil {
					return pathError(at, err)
				}
				out.terms = append(out.terms, all.terms...)
				nested = true
				continue
			}
			var x Label
			if err := x.DecodeConfig(e); err != nil {
				return pathError(at, err)
			}
			if op == "all_of" {
				if len(out.terms) == 0 {
					out.terms = [][]Label{nil}
				}
				out.terms[0] = MergeLabels(out.terms[0], Labels{x})
				continue
			}
			out.terms = append(out.terms, []Label{x})
		}
		if op == "all_of" && len(out.terms[0]) < 2 {
			return pathError(op, errors.New("needs two different labels or more; for one write it alone"))
		}
		if nested && len(list) < 2 {
			return pathError(op, errors.New("holds only a nested all_of: write that alone"))
		}
		*l = out
	}
	return nil
}

// EncodeConfig returns the condition as DecodeConfig reads it.
func (l Logic) EncodeConfig() any {
	if l.IsZero() {
		return nil
	}
	if one, ok := l.Single(); ok {
		return one.Value()
	}
	list := []any{}
	for _, t := range l.terms {
		if len(t) == 1 {
			list = append(list, t[0].Value())
			continue
		}
		all := []any{}
		for _, x := range t {
			all = append(all, x.Value())
		}
		if l.op == "all_of" {
			return map[string]any{"all_of": all}
		}
		list = append(list, map[string]any{"all_of": all})
	}
	return map[string]any{l.op: list}
}

// String returns the condition for humans: "A or (B and C)".
func (l Logic) String() string {
	var parts []string
	for _, t := range l.terms {
		var names []string
		for _, x := range t {
			names = append(names, x.String())
		}
		s := strings.Join(names, " and ")
		if len(t) > 1 && len(l.terms) > 1 {
			s = "(" + s + ")"
		}
		parts = append(parts, s)
	}
	s := strings.Join(parts, " or ")
	if l.op == "one_of" {
		s = "only " + s
	}
	return s
}
