package docdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// parsers has a parser for each operator of the dialect; it checks the operand
// and returns what is to be done.
var parsers = map[string]func(path string, v raw.Value) (action, error){
	"$set":         parseSet,
	"$setOnInsert": parseSet,
	"$unset":       func(string, raw.Value) (action, error) { return nil, nil },
	"$inc":         parseInc,
	"$min":         parseMin,
	"$max":         parseMax,
	"$push":        parsePush,
	"$addToSet":    parseAddToSet,
	"$pull":        parsePull,
}

func (s step) fail(format string, args ...any) error {
	return &UpdateError{Path: s.text, Op: s.op, Problem: fmt.Sprintf(format, args...)}
}

func typeName(v raw.Value) string {
	if !v.Is() {
		return "missing"
	}
	return "of type " + bson.Type(v.T).String()
}

// stored checks a value that an update puts into a document.
func stored(path string, v raw.Value) error {
	if err := raw.CheckValue(v, path); err != nil {
		return bad("update", path, "%v", err)
	}
	return nil
}

type setAction struct{ v raw.Value }

func parseSet(path string, v raw.Value) (action, error) {
	return setAction{v}, stored(path, v)
}

func (a setAction) apply(raw.Value) (raw.Value, error) { return a.v, nil }

type incAction struct{ by raw.Value }

func parseInc(path string, v raw.Value) (action, error) {
	if !v.IsNumber() {
		return nil, bad("update", path, "$inc needs a number")
	}
	return incAction{v}, nil
}

func (a incAction) apply(old raw.Value) (raw.Value, error) {
	switch {
	case !old.Is():
		return a.by, nil
	case !old.IsNumber():
		return old, fmt.Errorf("the field is no number but %s", typeName(old))
	}
	x, xInt := old.Int64()
	y, yInt := a.by.Int64()
	if !xInt || !yInt {
		return float64Value(toFloat(old) + toFloat(a.by)), nil
	}
	sum := x + y
	if (sum > x) != (y > 0) && y != 0 {
		return old, errors.New("the sum does not fit a 64 bit integer")
	}
	if old.T == raw.Int32 && a.by.T == raw.Int32 && sum == int64(int32(sum)) {
		return raw.Value{T: raw.Int32, D: binary.LittleEndian.AppendUint32(nil, uint32(sum))}, nil
	}
	return raw.Value{T: raw.Int64, D: binary.LittleEndian.AppendUint64(nil, uint64(sum))}, nil
}

func toFloat(v raw.Value) float64 {
	if n, ok := v.Int64(); ok {
		return float64(n)
	}
	f, _ := v.Float64()
	return f
}

func float64Value(f float64) raw.Value {
	return raw.Value{T: raw.Double, D: binary.LittleEndian.AppendUint64(nil, math.Float64bits(f))}
}

// boundAction is $max with sign 1 and $min with sign -1.
type boundAction struct {
	v    raw.Value
	sign int
}

func parseMax(path string, v raw.Value) (action, error) {
	return boundAction{v, 1}, stored(path, v)
}

func parseMin(path string, v raw.Value) (action, error) {
	return boundAction{v, -1}, stored(path, v)
}

func (a boundAction) apply(old raw.Value) (raw.Value, error) {
	if !old.Is() || raw.Compare(a.v, old)*a.sign > 0 {
		return a.v, nil
	}
	return old, nil
}
