package t0

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/ampel"
)

// Generic is the configuration of a GenericShaper.
type Generic struct {
	// ID is the path of the field with the id of a datapoint, a whole number.
	// Default id.
	ID string `config:"id"`
	// Tag is stored with each point.
	Tag ampel.Labels `config:"tag"`
}

// SetDefaults sets the defaults.
func (c *Generic) SetDefaults() { c.ID = "id" }

// CheckConfig finds mistakes.
func (c *Generic) CheckConfig() error {
	if c.ID == "" {
		return ampel.PathError("id", errors.New("is empty: name the field with the id of a datapoint"))
	}
	return nil
}

// NewGeneric builds a GenericShaper, for alerts whose datapoints have an id: the
// body of a point is all that came.
func NewGeneric(_ *ampel.Env, c Generic) (Shaper, error) {
	return ShaperFunc(func(_ context.Context, a *Alert) ([]ampel.DataPoint, error) {
		out := make([]ampel.DataPoint, len(a.Datapoints))
		for i, v := range a.Datapoints {
			id, ok := v.Get(c.ID).Int()
			if !ok {
				return nil, fmt.Errorf("datapoint %d: field %s is no whole number", i, c.ID)
			}
			out[i] = ampel.DataPoint{ID: id, Tag: c.Tag, Body: v}
		}
		return out, nil
	}), nil
}
