package peer

import (
	"context"
	"errors"

	"github.com/deliveryhero/pipeline/v2"

	"github.com/penstock/penstock/bench/workload"
)

// deliveryHero chains concurrent processors. The library has no filter: a processor
// that returns an error drops its item and hands it to a function.
func deliveryHero() Contender {
	return Contender{
		Name: "deliveryhero", Kind: Concurrent, Module: "github.com/deliveryhero/pipeline/v2",
		Single: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			return chanDigest(heroMap(ctx, j, j.First, pipeline.Emit(j.In...))), nil
		},
		Triple: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			keep := pipeline.NewProcessor(func(ctx context.Context, x int) (int, error) {
				ok, err := j.Keep.Ctx(ctx, x)
				if err == nil && !ok {
					err = errDropped
				}
				return x, err
			}, func(int, error) {})
			out := heroMap(ctx, j, j.First, pipeline.Emit(j.In...))
			out = pipeline.ProcessConcurrently(ctx, j.Workers, keep, out)
			return chanDigest(heroMap(ctx, j, j.Last, out)), nil
		},
		InOrder: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			p := pipeline.NewProcessor(j.First.Ctx, func(int, error) {})
			return chanDigest(pipeline.Process(ctx, p, pipeline.Emit(j.In...))), nil
		},
		TripleNote: "filter by error", OneByOneInOrder: true, InOrderNote: "Process",
	}
}

var errDropped = errors.New("peer: dropped")

func heroMap(ctx context.Context, j *workload.Job, s workload.Step, in <-chan int) <-chan int {
	return pipeline.ProcessConcurrently(ctx, j.Workers, pipeline.NewProcessor(s.Ctx, func(int, error) {}), in)
}
