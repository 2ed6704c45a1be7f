package t2

import (
	"context"
	"errors"
	"os"

	"github.com/penstock/penstock/ampel"
)

// The units of the tests. What they do is said by their configuration.

type countConfig struct {
	Factor int64  `config:"factor"`
	Do     string `config:"do"` // something else than to count
}

func (c *countConfig) SetDefaults() { c.Factor = 1 }

// misbehave does what the configuration asks for; ok is false if it is nothing.
func (c countConfig) misbehave(ctx context.Context) (result any, err error, ok bool) {
	switch c.Do {
	case "fail":
		return nil, errors.New("no more ink"), true
	case "panic":
		panic("no more paper")
	case "exit":
		os.Exit(7)
	case "nothing":
		return nil, nil, true
	case "hang":
		<-ctx.Done()
		return nil, ctx.Err(), true
	case "missing":
		return &UnitResult{Code: Code(ampel.T2MissingInfo)}, nil, true
	case "more":
		return UnitResult{Body: map[string]any{"n": 1}, Code: Code(12), Tag: ampel.Names("seen"), Journal: &ampel.JournalAttributes{
			Tag: ampel.Names("jt"), Code: 3, Extra: map[string]any{"mood": "good"},
		}}, nil, true
	case "channel":
		return make(chan int), nil, true
	}
	return nil, nil, false
}

func (c countConfig) count(ctx context.Context, n int) (any, error) {
	if r, err, ok := c.misbehave(ctx); ok {
		return r, err
	}
	return map[string]any{"n": int64(n) * c.Factor}, nil
}

// double is what a tied unit does.
func (c countConfig) double(ctx context.Context, results []*ampel.T2DocView) (any, error) {
	if r, err, ok := c.misbehave(ctx); ok {
		return r, err
	}
	sum, from := int64(0), []string{}
	for _, v := range results {
		n, _ := v.Value("n").Int()
		sum += n
		from = append(from, v.Unit()+"/"+v.Link().String())
	}
	return map[string]any{"n": 2 * sum, "from": from}, nil
}

func init() {
	Register("CountJournal", func(c countConfig) (StockUnit, error) {
		return Func[*ampel.StockDocument](func(ctx context.Context, s *ampel.StockDocument) (any, error) { return c.count(ctx, len(s.Journal)) }), nil
	})
	Register("CountPoint", func(c countConfig) (PointUnit, error) {
		return Func[*ampel.DataPoint](func(ctx context.Context, p *ampel.DataPoint) (any, error) {
			if p.Body.Get("mag").IsNull() {
				return nil, errors.New("the datapoint has no magnitude")
			}
			return c.count(ctx, 1)
		}), nil
	})
	Register("CountPoints", func(c countConfig) (StateUnit, error) {
		if c.Factor < 0 {
			return nil, errors.New("a factor below zero")
		}
		return Func[*State](func(ctx context.Context, s *State) (any, error) {
			if len(s.Doc.Channel) > 0 {
				return nil, errors.New("the state has channels")
			}
			return c.count(ctx, len(s.Points))
		}), nil
	})
	RegisterTied("TiedStock", func(c countConfig) (TiedStockUnit, error) {
		return TiedFunc[*ampel.StockDocument](func(ctx context.Context, _ *ampel.StockDocument, r []*ampel.T2DocView) (any, error) {
			return c.double(ctx, r)
		}), nil
	}, Dependency{Unit: "CountJournal"})
	RegisterTied("TiedPoint", func(c countConfig) (TiedPointUnit, error) {
		return TiedFunc[*ampel.DataPoint](func(ctx context.Context, _ *ampel.DataPoint, r []*ampel.T2DocView) (any, error) {
			return c.double(ctx, r)
		}), nil
	})
	RegisterTied("TiedState", func(c countConfig) (TiedStateUnit, error) {
		return TiedFunc[*State](func(ctx context.Context, _ *State, r []*ampel.T2DocView) (any, error) {
			return c.double(ctx, r)
		}), nil
	}, Dependency{Unit: "CountPoints"})
}
