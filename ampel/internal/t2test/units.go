package t2test

import (
	"context"
	"errors"
	"os"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t2"
)

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
		return &t2.UnitResult{Code: t2.Code(ampel.T2MissingInfo)}, nil, true
	case "more":
		return t2.UnitResult{Body: map[string]any{"n": 1}, Code: t2.Code(12), Tag: ampel.Names("seen"), Journal: &ampel.JournalAttributes{
			Tag: ampel.Names("jt"), Code: 3, Extra: map[string]any{"mood": "good"},
		}}, nil, true
	case "dollar":
		return map[string]any{"$n": 1}, nil, true
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
	t2.Register("CountJournal", func(c countConfig) (t2.StockUnit, error) {
		return t2.Func[*ampel.StockDocument](func(ctx context.Context, s *ampel.StockDocument) (any, error) { return c.count(ctx, len(s.Journal)) }), nil
	})
	t2.Register("CountPoint", func(c countConfig) (t2.PointUnit, error) {
		return t2.Func[*ampel.DataPoint](func(ctx context.Context, p *ampel.DataPoint) (any, error) {
			if p.Body.Get("mag").IsNull() {
				return nil, errors.New("the datapoint has no magnitude")
			}
			return c.count(ctx, 1)
		}), nil
	})
	t2.Register("CountPoints", func(c countConfig) (t2.StateUnit, error) {
		if c.Factor < 0 {
			return nil, errors.New("a factor below zero")
		}
		return t2.Func[*t2.State](func(ctx context.Context, s *t2.State) (any, error) {
			if len(s.Doc.Channel) > 0 {
				return nil, errors.New("the state has channels")
			}
			return c.count(ctx, len(s.Points))
		}), nil
	})
	t2.RegisterTied("TiedStock", func(c countConfig) (t2.TiedStockUnit, error) {
		return t2.TiedFunc[*ampel.StockDocument](func(ctx context.Context, _ *ampel.StockDocument, r []*ampel.T2DocView) (any, error) {
			return c.double(ctx, r)
		}), nil
	}, t2.Dependency{Unit: "CountJournal"})
	t2.RegisterTied("TiedPoint", func(c countConfig) (t2.TiedPointUnit, error) {
		return t2.TiedFunc[*ampel.DataPoint](func(ctx context.Context, _ *ampel.DataPoint, r []*ampel.T2DocView) (any, error) {
			return c.double(ctx, r)
		}), nil
	})
	t2.RegisterTied("TiedState", func(c countConfig) (t2.TiedStateUnit, error) {
		return t2.TiedFunc[*t2.State](func(ctx context.Context, _ *t2.State, r []*ampel.T2DocView) (any, error) {
			return c.double(ctx, r)
		}), nil
	}, t2.Dependency{Unit: "CountPoints"})
	too := t2.TiedFunc[*t2.State](func(context.Context, *t2.State, []*ampel.T2DocView) (any, error) { return 1, nil })
	t2.RegisterTied("TiedStateToo", func(struct{}) (t2.TiedStateUnit, error) { return too, nil },
		t2.Dependency{Unit: "TiedState", Config: ampel.Config{"t2_dependency": []any{map[string]any{"unit": "TiedStateToo"}}}})
}
