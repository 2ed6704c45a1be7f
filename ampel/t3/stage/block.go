package stage

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// block is a set of members that see the same part of every chunk.
type block struct {
	filter  t3.Filter    // nil: all buffers
	project t3.Projector // nil: as they are
	members []*member

	mu     sync.Mutex
	passed []ampel.StockID // the filter, if ids are saved
}

// Run is one block of the configuration of a T3ProjectingStager.
type Run struct {
	Filter  *ampel.UnitOf[t3.Filter]    `config:"filter"`
	Project *ampel.UnitOf[t3.Projector] `config:"project"`
	Execute ampel.UnitsOf[t3.AnyUnit]   `config:"execute,required"`
}

// CheckConfig refuses a block without units.
func (r *Run) CheckConfig() error { return errNoUnits(r.Execute) }

// alters tells whether the projector of the block is to change buffers in place.
func (r Run) alters() bool {
	if r.Project == nil {
		return false
	}
	model, _ := r.Project.EncodeConfig().(map[string]any)
	config, _ := model["config"].(ampel.Config)
	unalterable, set := config["unalterable"].(bool)
	return set && !unalterable
}

// newBlock builds the units of a block.
func (b *base) newBlock(r Run, channel ampel.Labels) (*block, error) {
	k := &block{}
	var err error
	if r.Filter != nil {
		if k.filter, _, err = r.Filter.Build(b.env); err != nil {
			return nil, ampel.PathError("filter", err)
		}
	}
	if r.Project != nil {
		if k.project, _, err = r.Project.Build(b.env); err != nil {
			return nil, ampel.PathError("project", err)
		}
	}
	if k.members, err = b.buildAll(r.Execute, channel); err != nil {
		return nil, err
	}
	if k.filter != nil && b.opts.SaveStockIDs {
		for _, m := range k.members {
			m.given = k.ids
		}
	}
	return k, nil
}

func (k *block) ids() []ampel.StockID {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.passed
}

// plain reports whether buffers reach the members as they are.
func (k *block) plain() bool { return k.filter == nil && k.project == nil }

// prepare filters and projects a chunk.
func (k *block) prepare(_ context.Context, buffers []*ampel.AmpelBuffer) (out []*ampel.AmpelBuffer, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = runError("filter or projector", ampel.NewPanicError("it", v))
		}
	}()
	out = buffers
	if k.filter != nil {
		if out, err = k.filter.Filter(out); err != nil {
			return nil, runError("filter", err)
		}
		if len(k.members) > 0 && k.members[0].given != nil {
			k.mu.Lock()
			for _, x := range out {
				k.passed = append(k.passed, x.ID)
			}
			k.mu.Unlock()
		}
	}
	if k.project != nil {
		if out, err = k.project.Project(out); err != nil {
			return nil, runError("project", err)
		}
	}
	return out, nil
}

// batch is a chunk as views of one kind.
type batch struct {
	ids   []ampel.StockID
	views []any
}

// views makes views of a chunk.
func (b *base) views(kind *t3.ViewKind) func(context.Context, []*ampel.AmpelBuffer) (batch, error) {
	configs := b.env.Configs()
	return func(_ context.Context, chunk []*ampel.AmpelBuffer) (batch, error) {
		out := batch{make([]ampel.StockID, len(chunk)), make([]any, len(chunk))}
		for i, x := range chunk {
			v, err := kind.Make(x, configs)
			if err != nil {
				return out, runError(fmt.Sprintf("view of stock %v", x.ID), err)
			}
			out.ids[i], out.views[i] = x.ID, v
		}
		return out, nil
	}
}

// chunks groups buffers: n at a time, or all at once if n is 0. A group that an
// error cuts short is dropped.
func chunks(buffers t3.Buffers, n int, yield func([]*ampel.AmpelBuffer) error) error {
	var chunk []*ampel.AmpelBuffer
	for x, err := range buffers {
		if err != nil {
			return err
		}
		if x == nil {
			return errors.New("ampel: t3: a supplier yielded no buffer and no error")
		}
		if chunk == nil {
			chunk = make([]*ampel.AmpelBuffer, 0, min(max(n, 16), 4096))
		}
		if chunk = append(chunk, x); len(chunk) == n {
			if err := yield(chunk); err != nil {
				return err
			}
			chunk = nil
		}
	}
	if len(chunk) == 0 {
		return nil
	}
	return yield(chunk)
}

// runError says that the run step failed outside of a unit.
func runError(where string, err error) error {
	var step *t3.StepError
	if errors.As(err, &step) {
		return err
	}
	return &t3.StepError{Code: ampel.T3RunError, Err: fmt.Errorf("%s: %w", where, err)}
}
