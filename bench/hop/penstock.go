package hop

import (
	"context"
	"slices"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// wide is a MaxSize for small items.
const wide = 8192

func (k *kind[T]) penstock(opts ...pl.Option) func(context.Context, int, int) (timing, error) {
	return func(ctx context.Context, n, workers int) (timing, error) {
		return k.overStage(ctx, n, append(slices.Clip(opts), pl.Workers(workers)))
	}
}

func (k *kind[T]) overStage(ctx context.Context, n int, opts []pl.Option) (timing, error) {
	items := func(yield func(T) bool) {
		for i := range n {
			if !yield(k.item(i)) {
				return
			}
		}
	}
	var t timing
	for v, err := range process.Map(k.f, opts...)(pl.FromSeq(items)).All(ctx) {
		if err != nil {
			return t, err
		}
		t.add(k.key(v))
	}
	return t, k.check(t.digest, n)
}
