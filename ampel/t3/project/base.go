package project

import (
	"fmt"
	"slices"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// Base is the configuration of T3BaseProjector, and part of that of others.
type Base struct {
	// RemoveEmpty drops buffers whose stock document is loaded and has no channel
	// (left). Default true.
	RemoveEmpty bool `config:"remove_empty"`
	// FieldProjectors change parts of buffers, in this order.
	FieldProjectors []Field `config:"field_projectors"`
}

// Field is what happens to one part of a buffer: it is passed through a
// FieldProjector, or discarded.
type Field struct {
	Key     string                        `config:"key"`
	Model   *ampel.UnitOf[FieldProjector] `config:"model"`
	Discard string                        `config:"discard"`
}

// FieldProjector changes a part of a buffer that is a copy. Key is one of
// stock, t0, t1, t2, logs and extra.
type FieldProjector interface {
	ProjectField(b *ampel.AmpelBuffer, key string) error
}

var keys = []string{"stock", "t0", "t1", "t2", "logs", "extra"}

// SetDefaults sets the defaults.
func (c *Base) SetDefaults() { c.RemoveEmpty = true }

// CheckConfig finds mistakes.
func (c *Base) CheckConfig() error {
	for i, f := range c.FieldProjectors {
		at := fmt.Sprintf("field_projectors[%d]", i)
		switch {
		case f.Discard != "" && (f.Key != "" || f.Model != nil):
			return ampel.PathError(at, fmt.Errorf("has discard and key: write two entries"))
		case f.Discard == "" && (f.Key == "" || f.Model == nil):
			return ampel.PathError(at, fmt.Errorf("needs key and model, or discard"))
		case !slices.Contains(keys, f.Discard+f.Key):
			return ampel.PathError(at, fmt.Errorf("%q is no part of a buffer: there are %v", f.Discard+f.Key, keys))
		}
	}
	return nil
}

// BaseFromConfig builds a T3BaseProjector.
func BaseFromConfig(env *ampel.Env, c Base) (t3.Projector, error) {
	return newBase(env, c)
}

type projector struct {
	conf   Base
	fields []FieldProjector // nil: discard
}

func newBase(env *ampel.Env, c Base) (*projector, error) {
	p := &projector{conf: c}
	for i, f := range c.FieldProjectors {
		if f.Discard != "" {
			p.fields = append(p.fields, nil)
			continue
		}
		u, _, err := f.Model.Build(env)
		if err != nil {
			return nil, ampel.PathError(fmt.Sprintf("field_projectors[%d].model", i), err)
		}
		p.fields = append(p.fields, u)
	}
	return p, nil
}

// Project returns new buffers. Parts without a projector are shared with the
// old ones.
func (p *projector) Project(buffers []*ampel.AmpelBuffer) ([]*ampel.AmpelBuffer, error) {
	out := make([]*ampel.AmpelBuffer, 0, len(buffers))
	for _, b := range buffers {
		if len(p.fields) > 0 {
			b = b.Clone()
			for i, f := range p.conf.FieldProjectors {
				if p.fields[i] == nil {
					discard(b, f.Discard)
				} else if err := p.fields[i].ProjectField(b, f.Key); err != nil {
					return nil, fmt.Errorf("%s of stock %v: %w", f.Key, b.ID, err)
				}
			}
		}
		if p.conf.RemoveEmpty && b.Stock != nil && len(b.Stock.Channel) == 0 {
			continue
		}
		out = append(out, b)
	}
	return out, nil
}

func discard(b *ampel.AmpelBuffer, key string) {
	switch key {
	case "stock":
		b.Stock = nil
	case "t0":
		b.T0 = nil
	case "t1":
		b.T1 = nil
	case "t2":
		b.T2 = nil
	case "logs":
		b.Logs = nil
	case "extra":
		b.Extra = nil
	}
}
