package filter

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/penstock/penstock/ampel"
)

var operators = []string{">", "<", ">=", "<=", "==", "!=", "contains", "is", "is not"}

// types are names of what an attribute may have to be.
var types = map[string]func(ampel.Value) bool{
	"Sequence": ampel.Value.IsList,
	"list":     ampel.Value.IsList,
	"Mapping":  ampel.Value.IsMap,
	"dict":     ampel.Value.IsMap,
	"str":      func(v ampel.Value) bool { _, ok := v.Text(); return ok },
	"int":      func(v ampel.Value) bool { _, ok := v.Int(); return ok },
	"float":    func(v ampel.Value) bool { _, ok := v.Float(); return ok },
	"bool":     func(v ampel.Value) bool { _, ok := v.Bool(); return ok },
}

// compare applies an operator. Numbers compare with numbers and texts with
// texts; an order of anything else is an error.
func compare(v ampel.Value, op string, with any) (bool, error) {
	w, err := ampel.NewValue(with)
	if err != nil {
		return false, err
	}
	switch op {
	case "==", "is":
		return equal(v, w), nil
	case "!=", "is not":
		return !equal(v, w), nil
	case "contains":
		return contains(v, w)
	}
	var order int
	a, aok := v.Float()
	b, bok := w.Float()
	s, sok := v.Text()
	t, tok := w.Text()
	switch {
	case aok && bok:
		order = cmp.Compare(a, b)
	case sok && tok:
		order = strings.Compare(s, t)
	default:
		return false, fmt.Errorf("%v %s %v: only numbers, or texts, have an order", v, op, w)
	}
	switch op {
	case ">":
		return order > 0, nil
	case "<":
		return order < 0, nil
	case ">=":
		return order >= 0, nil
	}
	return order <= 0, nil
}

func contains(v, w ampel.Value) (bool, error) {
	if list, ok := v.List(); ok {
		for _, e := range list {
			if equal(e, w) {
				return true, nil
			}
		}
		return false, nil
	}
	if key, ok := w.Text(); ok && v.IsMap() {
		for k := range v.Fields() {
			if k == key {
				return true, nil
			}
		}
		return false, nil
	}
	s, sok := v.Text()
	t, tok := w.Text()
	if sok && tok {
		return strings.Contains(s, t), nil
	}
	return false, fmt.Errorf("%v can contain nothing: contains needs a list, a map or a text", v)
}

// equal compares content: numbers by their value, maps without regard to order.
func equal(v, w ampel.Value) bool {
	a, aok := v.Float()
	b, bok := w.Float()
	if aok && bok {
		return a == b
	}
	if v.IsNull() && w.IsNull() {
		return true
	}
	if v.Type() != w.Type() || v.Len() != w.Len() {
		return false
	}
	if v.IsMap() || v.IsList() {
		for k, e := range v.Fields() {
			if !hasKey(w, k) || !equal(e, field(w, k)) {
				return false
			}
		}
		return true
	}
	return v.String() == w.String()
}

func hasKey(v ampel.Value, key string) bool {
	for k := range v.Fields() {
		if k == key {
			return true
		}
	}
	return false
}

func field(v ampel.Value, key string) ampel.Value {
	for k, e := range v.Fields() {
		if k == key {
			return e
		}
	}
	return ampel.Value{}
}
