package ztf

import (
	"fmt"
	"math"
	"strings"
)

// number returns a number of a decoded record; false if it is missing or null.
func number(m map[string]any, name string) (float64, bool, error) {
	switch v := m[name].(type) {
	case nil:
		return math.NaN(), false, nil
	case float32:
		return float64(v), true, nil
	case float64:
		return v, true, nil
	case int32:
		return float64(v), true, nil
	case int64:
		return float64(v), true, nil
	default:
		return 0, false, fieldError(name, fmt.Errorf("%w: it has to be a number, and is a %T", ErrField, v))
	}
}

// whole returns a whole number of a decoded record; false if it is missing or null.
func whole(m map[string]any, name string) (int64, bool, error) {
	switch v := m[name].(type) {
	case nil:
		return 0, false, nil
	case int32:
		return int64(v), true, nil
	case int64:
		return v, true, nil
	default:
		return 0, false, fieldError(name, fmt.Errorf("%w: it has to be a whole number, and is a %T", ErrField, v))
	}
}

// text returns a text of a decoded record; false if it is missing or null.
func text(m map[string]any, name string) (string, bool, error) {
	switch v := m[name].(type) {
	case nil:
		return "", false, nil
	case string:
		return v, true, nil
	default:
		return "", false, fieldError(name, fmt.Errorf("%w: it has to be a text, and is a %T", ErrField, v))
	}
}

// need reads a field that has to be there.
func need[T any](read func(map[string]any, string) (T, bool, error), m map[string]any, name string) (T, error) {
	v, ok, err := read(m, name)
	if err == nil && !ok {
		err = fieldError(name, ErrMissing)
	}
	return v, err
}

// prefix puts a path before the field of an error.
func prefix(path string, err error) error {
	p := asPacketError(err, "", 0)
	if path[0] == '[' {
		p.Field = "prv_candidates" + path + strings.TrimPrefix(p.Field, "prv_candidates")
	} else {
		p.Field = path + p.Field
	}
	return p
}
