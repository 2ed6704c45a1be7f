package filter

import (
	"fmt"
	"slices"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// Config is the configuration of T3AmpelBufferFilter. A buffer passes if its
// stock fulfils Channel and if every filter lets it pass.
type Config struct {
	Channel ampel.Logic `config:"channel"` // of the stock, which must be loaded
	Filters Parts       `config:"filters"` // one or a list
}

// Parts is one Part or a list.
type Parts []Part

// DecodeConfig reads one part or a list.
func (p *Parts) DecodeConfig(v any) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make(Parts, len(list))
	for i, e := range list {
		if err := ampel.Decode(e, &out[i]); err != nil {
			return ampel.PathError(fmt.Sprintf("[%d]", i), err)
		}
	}
	*p = out
	return nil
}

// Part looks at one list of a buffer.
type Part struct {
	// Data is the list: t0, t1, t2, logs or journal; or id, stock, origin or extra,
	// which are lists of one element.
	Data string `config:"data,required"`
	// Filter picks elements of the list.
	Filter ampel.UnitOf[Array] `config:"filter,required"`
	// OnMatch is "include" (default): buffers pass that have an element that was
	// picked; or "exclude": those that have none.
	OnMatch string `config:"on_match"`
}

// CheckConfig finds mistakes.
func (p *Part) CheckConfig() error {
	if !slices.Contains(parts, p.Data) {
		return ampel.PathError("data", errNoPart(p.Data))
	}
	switch p.OnMatch {
	case "", "include", "exclude":
		return nil
	}
	return ampel.PathError("on_match", fmt.Errorf("%q is neither include nor exclude", p.OnMatch))
}

// Array picks elements of a list.
type Array interface {
	Pick(list []ampel.Value) ([]ampel.Value, error)
}

// New returns a filter of stocks by their channels.
func New(channel ampel.Logic) t3.Filter { return &filter{channel: channel} }

// FromConfig builds a T3AmpelBufferFilter.
func FromConfig(env *ampel.Env, c Config) (t3.Filter, error) {
	f := &filter{channel: c.Channel}
	for i, p := range c.Filters {
		a, _, err := p.Filter.Build(env)
		if err != nil {
			return nil, ampel.PathError(fmt.Sprintf("filters[%d].filter", i), err)
		}
		f.parts = append(f.parts, part{p.Data, a, p.OnMatch == "exclude"})
	}
	return f, nil
}

type filter struct {
	channel ampel.Logic
	parts   []part
}

type part struct {
	data    string
	array   Array
	exclude bool
}

// Filter keeps the buffers that pass, in their order.
func (f *filter) Filter(buffers []*ampel.AmpelBuffer) ([]*ampel.AmpelBuffer, error) {
	out := make([]*ampel.AmpelBuffer, 0, len(buffers))
	for _, b := range buffers {
		ok, err := f.passes(b)
		if err != nil {
			return nil, fmt.Errorf("stock %v: %w", b.ID, err)
		}
		if ok {
			out = append(out, b)
		}
	}
	return out, nil
}

func (f *filter) passes(b *ampel.AmpelBuffer) (bool, error) {
	if !f.channel.IsZero() {
		if b.Stock == nil || !f.channel.Match(b.Stock.Channel) {
			return false, nil
		}
	}
	for _, p := range f.parts {
		list, err := elements(b, p.data)
		if err != nil {
			return false, err
		}
		picked, err := p.array.Pick(list)
		if err != nil {
			return false, fmt.Errorf("%s: %w", p.data, err)
		}
		if (len(picked) > 0) == p.exclude {
			return false, nil
		}
	}
	return true, nil
}

// elements returns a list of a buffer as content.
func elements(b *ampel.AmpelBuffer, data string) ([]ampel.Value, error) {
	switch data {
	case "id":
		return values([]ampel.StockID{b.ID})
	case "origin":
		return values([]int64{b.Origin})
	case "stock":
		if b.Stock == nil {
			return nil, notLoaded(data)
		}
		return values([]*ampel.StockDocument{b.Stock})
	case "journal":
		if b.Stock == nil {
			return nil, notLoaded(data)
		}
		return values(b.Stock.Journal)
	case "t0":
		return loaded(data, b.T0)
	case "t1":
		return loaded(data, b.T1)
	case "t2":
		return loaded(data, b.T2)
	case "logs":
		return loaded(data, b.Logs)
	case "extra":
		return values([]map[string]any{b.Extra})
	}
	return nil, errNoPart(data)
}

var parts = []string{"id", "stock", "origin", "t0", "t1", "t2", "logs", "extra", "journal"}

func errNoPart(data string) error {
	return fmt.Errorf("%q is no part of a buffer: there are %v", data, parts)
}

func loaded[T any](data string, list []T) ([]ampel.Value, error) {
	if list == nil {
		return nil, notLoaded(data)
	}
	return values(list)
}

func notLoaded(data string) error {
	return fmt.Errorf("%s is not loaded: name it in the directives of the loader", data)
}

func values[T any](list []T) ([]ampel.Value, error) {
	out := make([]ampel.Value, len(list))
	for i, e := range list {
		v, err := ampel.NewValue(e)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}
