package ztf

import (
	"errors"
	"fmt"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/penstock/penstock/ampel"
)

// ErrMissing: a field that is needed is missing or null.
var ErrMissing = errors.New("the field is missing or null")

// missing is the error of a field.
func missing(field string) error { return fmt.Errorf("ztf: %s: %w", field, ErrMissing) }

// number returns a field of a point; false if it is missing, null or not a number.
func number(v ampel.Value, field string) (float64, bool) {
	f, ok := v.Get(field).Float()
	return f, ok && !math.IsNaN(f)
}

// needs returns a field that has to be there.
func needs(v ampel.Value, field string) (float64, error) {
	f, ok := number(v, field)
	if !ok {
		return 0, missing(field)
	}
	return f, nil
}

// isDetection reports whether something was seen.
func isDetection(v ampel.Value) bool {
	_, ok := number(v, "magpsf")
	return ok
}

// compact returns a point without the fields that are null or not a number: most
// fields of an upper limit are.
func compact(v ampel.Value) (ampel.Value, error) {
	_, data, err := v.MarshalBSONValue()
	if err != nil || !v.IsMap() {
		return ampel.Value{}, errors.New("ztf: a datapoint is no map of fields")
	}
	at, doc := bsoncore.AppendDocumentStart(make([]byte, 0, len(data)))
	for rest := data[4 : len(data)-1]; len(rest) > 0; {
		e, more, ok := bsoncore.ReadElement(rest)
		if !ok {
			return ampel.Value{}, errors.New("ztf: a datapoint is damaged")
		}
		rest = more
		f, isDouble := 0.0, bsoncore.Type(e[0]) == bsoncore.TypeDouble
		if isDouble {
			f = e.Value().Double()
		}
		if bsoncore.Type(e[0]) != bsoncore.TypeNull && !math.IsNaN(f) {
			doc = append(doc, e...)
		}
	}
	if doc, err = bsoncore.AppendDocumentEnd(doc, at); err != nil {
		return ampel.Value{}, err
	}
	var out ampel.Value
	err = out.UnmarshalBSONValue(byte(bson.TypeEmbeddedDocument), doc)
	return out, err
}
