package stage

import (
	"context"
	"iter"
	"slices"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// Simple is the configuration of T3SimpleStager: all units see all stocks. One
// unit draws the stocks itself; several run at the same time, in step.
type Simple struct {
	Options
	Execute ampel.UnitsOf[t3.AnyUnit] `config:"execute,required"`
}

// SetDefaults sets the defaults.
func (c *Simple) SetDefaults() { c.Options = defaults() }

// CheckConfig finds mistakes.
func (c *Simple) CheckConfig() error {
	if err := c.check(); err != nil {
		return err
	}
	return errNoUnits(c.Execute)
}

// NewSimple builds a T3SimpleStager and its units.
func NewSimple(env *ampel.Env, c Simple) (t3.Stager, error) {
	s := &blocks{base: newBase(env, c.Options)}
	k, err := s.newBlock(Run{Execute: c.Execute}, s.opts.Channel)
	s.blocks = []*block{k}
	return s, err
}

// blocks is a stager of blocks that are known beforehand.
type blocks struct {
	base
	blocks []*block
}

func (s *blocks) Stage(ctx context.Context, buffers t3.Buffers, store *ampel.T3Store) iter.Seq2[*ampel.T3Document, error] {
	return func(yield func(*ampel.T3Document, error) bool) {
		var outcomes []outcome
		var err error
		if len(s.blocks) == 1 && len(s.blocks[0].members) == 1 {
			outcomes, err = s.alone(ctx, buffers, s.blocks[0], store)
		} else {
			outcomes, err = s.together(ctx, buffers, s.blocks, store)
		}
		slices.SortFunc(outcomes, func(a, b outcome) int { return a.order - b.order })
		s.finishAll(ctx, outcomes, err, yield)
	}
}
