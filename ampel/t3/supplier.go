package t3

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/penstock/penstock/ampel"
)

// DefaultSupplier is the configuration of T3DefaultBufferSupplier: it selects
// stocks, and loads and complements them chunk by chunk. All ids are known
// before the first chunk is loaded. An error in a chunk is trouble, and the next
// chunk comes, unless errors are to be raised.
type DefaultSupplier struct {
	Select     ampel.UnitOf[Selector]      `config:"select,required"`
	Load       ampel.UnitOf[Loader]        `config:"load,required"`
	Complement ampel.UnitsOf[Complementer] `config:"complement"`
	// ChunkSize is how many stocks are loaded at once. Default 1000; 0: all.
	ChunkSize int `config:"chunk_size"`
}

// SetDefaults sets the defaults.
func (c *DefaultSupplier) SetDefaults() { c.ChunkSize = 1000 }

// CheckConfig finds mistakes.
func (c *DefaultSupplier) CheckConfig() error {
	if c.ChunkSize < 0 {
		return ampel.PathError("chunk_size", fmt.Errorf("%d is negative: 0 means all at once", c.ChunkSize))
	}
	return nil
}

// NewSupplier builds a T3DefaultBufferSupplier and its parts.
func NewSupplier(env *ampel.Env, c DefaultSupplier) (Supplier, error) {
	s := &supplier{env: env, chunk: c.ChunkSize}
	var err error
	if s.selector, _, err = c.Select.Build(env); err != nil {
		return nil, ampel.PathError("select", err)
	}
	if s.loader, _, err = c.Load.Build(env); err != nil {
		return nil, ampel.PathError("load", err)
	}
	for i, m := range c.Complement {
		u, _, err := m.Build(env)
		if err != nil {
			return nil, ampel.PathError(fmt.Sprintf("complement[%d]", i), err)
		}
		s.complement = append(s.complement, named{m.Unit, u})
	}
	return s, nil
}

type supplier struct {
	env        *ampel.Env
	chunk      int
	selector   Selector
	loader     Loader
	complement []named
}

type named struct {
	name string
	Complementer
}

func (s *supplier) Supply(ctx context.Context, store *ampel.T3Store) Buffers {
	return func(yield func(*ampel.AmpelBuffer, error) bool) {
		ids, err := s.choose(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		if len(ids) == 0 {
			s.env.Logger().Info("no stock was selected")
			return
		}
		progress := s.env.Progress
		if progress == nil {
			progress = &ampel.Progress{}
		}
		progress.Done.Store(0)
		progress.Total.Store(int64(len(ids)))
		size := s.chunk
		if size == 0 {
			size = len(ids)
		}
		for chunk := range slices.Chunk(ids, size) {
			buffers, err := s.load(ctx, chunk, store)
			if err = s.handle(ctx, err); err != nil {
				yield(nil, err)
				return
			}
			for _, b := range buffers {
				if !yield(b, nil) {
					return
				}
				progress.Done.Add(1)
			}
		}
	}
}

func (s *supplier) choose(ctx context.Context) (ids []ampel.StockID, err error) {
	defer guard("the selector", ampel.T3SelectError, "", &err)
	return s.selector.Select(ctx)
}

func (s *supplier) load(ctx context.Context, ids []ampel.StockID, store *ampel.T3Store) ([]*ampel.AmpelBuffer, error) {
	buffers, err := s.fetch(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range s.complement {
		if err := c.apply(ctx, buffers, store); err != nil {
			return nil, err
		}
	}
	return buffers, nil
}

func (s *supplier) fetch(ctx context.Context, ids []ampel.StockID) (buffers []*ampel.AmpelBuffer, err error) {
	defer guard("the loader", ampel.T3LoadError, "", &err)
	return s.loader.Load(ctx, ids)
}

func (c named) apply(ctx context.Context, buffers []*ampel.AmpelBuffer, store *ampel.T3Store) (err error) {
	defer guard("the complementer", ampel.T3ComplementError, c.name, &err)
	return c.Complement(ctx, buffers, store)
}

// handle takes note of the error of a chunk. What it returns ends the run.
func (s *supplier) handle(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil || s.env.Event == nil:
		return err
	}
	s.env.Logger().Error("a chunk could not be loaded", "error", err)
	return s.env.Event.HandleError(ctx, err, TroubleOf(err))
}

// guard turns a panic into an error, and says in which step an error happened.
func guard(who string, code ampel.DocumentCode, unit string, err *error) {
	if v := recover(); v != nil {
		*err = ampel.NewPanicError(who, v)
	}
	var step *StepError
	if *err != nil && !errors.As(*err, &step) {
		*err = &StepError{Code: code, Unit: unit, Err: *err}
	}
}

// TroubleOf returns what a trouble document says about the step of an error.
func TroubleOf(err error) ampel.Trouble {
	var step *StepError
	if errors.As(err, &step) {
		return ampel.Trouble{Code: step.Code, Unit: step.Unit}
	}
	return ampel.Trouble{}
}
