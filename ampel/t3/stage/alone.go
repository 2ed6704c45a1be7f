package stage

import (
	"context"
	"iter"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/pl"
)

// alone runs the only unit of a stager: it draws the buffers itself, so that
// none is loaded that it does not ask for.
func (b *base) alone(ctx context.Context, buffers t3.Buffers, k *block, store *ampel.T3Store) ([]outcome, error) {
	m := k.members[0]
	return pl.Generate(func(ctx context.Context, emit func(outcome) bool) error {
		var failed error
		o := b.run(ctx, m, b.draw(ctx, buffers, k, &failed), store)
		switch {
		case failed != nil && o.err == nil:
			return failed
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		emit(o)
		return failed
	}).Collect(ctx)
}

// draw makes the views of the member of a block when they are asked for. What
// keeps it from doing so is left in failed.
func (b *base) draw(ctx context.Context, buffers t3.Buffers, k *block, failed *error) iter.Seq2[ampel.StockID, any] {
	kind, configs := k.members[0].unit.Kind(), b.env.Configs()
	hand := func(x *ampel.AmpelBuffer, yield func(ampel.StockID, any) bool) bool {
		if ctx.Err() != nil {
			return false
		}
		v, err := kind.Make(x, configs)
		if err != nil {
			*failed = runError("view of stock "+x.ID.String(), err)
			return false
		}
		return yield(x.ID, v)
	}
	return func(yield func(ampel.StockID, any) bool) {
		size := b.opts.ChunkSize
		if k.plain() {
			size = 1 // nothing needs a chunk: take no buffer too early
		}
		err := chunks(buffers, size, func(chunk []*ampel.AmpelBuffer) error {
			chunk, err := k.prepare(ctx, chunk)
			if err != nil {
				return err
			}
			for _, x := range chunk {
				if !hand(x, yield) {
					return errLeft
				}
			}
			return nil
		})
		if err != nil && err != errLeft {
			*failed = err
		}
	}
}
