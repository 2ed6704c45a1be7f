package stage

import (
	"errors"
	"fmt"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// Projecting is the configuration of T3ProjectingStager: blocks of units, each
// of which may see a part of the stocks, and a part of each stock. Every block
// starts from what was loaded.
type Projecting struct {
	Options
	Directives []Run `config:"directives,required"`
}

// SetDefaults sets the defaults.
func (c *Projecting) SetDefaults() { c.Options = defaults() }

// CheckConfig finds mistakes.
func (c *Projecting) CheckConfig() error {
	if err := c.check(); err != nil {
		return err
	}
	switch {
	case len(c.Directives) == 0:
		return ampel.PathError("directives", errors.New("is empty: name one block at least"))
	case len(c.Directives) == 1:
		return nil
	case c.ChunkSize == 0:
		return ampel.PathError("chunk_size", fmt.Errorf("chunking is required with %d blocks: set it above 0", len(c.Directives)))
	}
	for i, r := range c.Directives {
		if r.alters() {
			err := errors.New("can be false with one block only: several would change the same buffers")
			return ampel.PathError(fmt.Sprintf("directives[%d].project.config.unalterable", i), err)
		}
	}
	return nil
}

// NewProjecting builds a T3ProjectingStager and its units.
func NewProjecting(env *ampel.Env, c Projecting) (t3.Stager, error) {
	s := &blocks{base: newBase(env, c.Options)}
	for i, r := range c.Directives {
		k, err := s.newBlock(r, s.opts.Channel)
		if err != nil {
			return nil, ampel.PathError(fmt.Sprintf("directives[%d]", i), err)
		}
		s.blocks = append(s.blocks, k)
	}
	return s, nil
}
