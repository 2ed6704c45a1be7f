package stage

import (
	"context"
	"iter"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/pl"
)

// Sequential is the configuration of T3SequentialStager: one unit after the
// other sees all stocks and, with propagate, the results of those before it.
// All views are in memory for as long as it takes.
type Sequential struct {
	Options
	Execute ampel.UnitsOf[t3.AnyUnit] `config:"execute,required"`
}

// SetDefaults sets the defaults.
func (c *Sequential) SetDefaults() { c.Options = defaults() }

// CheckConfig finds mistakes.
func (c *Sequential) CheckConfig() error {
	if err := c.check(); err != nil {
		return err
	}
	return errNoUnits(c.Execute)
}

// NewSequential builds a T3SequentialStager and its units.
func NewSequential(env *ampel.Env, c Sequential) (t3.Stager, error) {
	s := &sequential{base: newBase(env, c.Options)}
	var err error
	s.members, err = s.buildAll(c.Execute, s.opts.Channel)
	return s, err
}

type sequential struct {
	base
	members []*member
}

func (s *sequential) Stage(ctx context.Context, buffers t3.Buffers, store *ampel.T3Store) iter.Seq2[*ampel.T3Document, error] {
	return func(yield func(*ampel.T3Document, error) bool) {
		goOn := true
		defer func() {
			if err := s.flush(ctx); err != nil && goOn {
				yield(nil, err)
			}
		}()
		all, err := s.load(ctx, buffers)
		if err != nil {
			goOn = yield(nil, err)
			return
		}
		for i, m := range s.members {
			doc, err := s.one(ctx, m, all[s.key(i)], store)
			if err != nil {
				goOn = yield(nil, err)
				return
			}
			if doc == nil {
				continue
			}
			if s.opts.Propagate {
				config, _ := ampel.NewValue(map[string]any(m.config)) // was encoded for the document
				store.AddView(ampel.NewT3DocView(doc, config))
			}
			if goOn = yield(doc, nil); !goOn {
				return
			}
		}
	}
}

// one runs a unit over the views of its kind.
func (s *sequential) one(ctx context.Context, m *member, views batch, store *ampel.T3Store) (*ampel.T3Document, error) {
	outcomes, err := pl.Generate(func(ctx context.Context, emit func(outcome) bool) error {
		o := s.run(ctx, m, func(yield func(ampel.StockID, any) bool) {
			for i, v := range views.views {
				if ctx.Err() != nil || !yield(views.ids[i], v) {
					return
				}
			}
		}, store)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		emit(o)
		return nil
	}).Collect(ctx)
	if err != nil {
		return nil, err
	}
	return s.finish(ctx, outcomes[0])
}

// key tells whose views a member looks at: those of its kind, or its own.
func (s *sequential) key(i int) any {
	if s.opts.ParanoiaLevel > 0 {
		return i
	}
	return s.members[i].unit.Kind()
}

// load makes the views of all buffers, by key.
func (s *sequential) load(ctx context.Context, buffers t3.Buffers) (map[any]batch, error) {
	all := map[any]batch{}
	load := func(_ context.Context, x *ampel.AmpelBuffer) (pl.None, error) {
		made := map[any]bool{}
		for i, m := range s.members {
			key := s.key(i)
			if made[key] {
				continue
			}
			made[key] = true
			v, err := m.unit.Kind().Make(x, s.env.Configs())
			if err != nil {
				return pl.None{}, runError("view of stock "+x.ID.String(), err)
			}
			b := all[key]
			b.ids, b.views = append(b.ids, x.ID), append(b.views, v)
			all[key] = b
		}
		return pl.None{}, nil
	}
	err := pl.Map(pl.Sync, pl.Fn(load), pl.Name("views"))(pl.FromSeq2(buffers)).Run(ctx)
	return all, err
}
