package peer

import (
	"context"

	"github.com/samber/ro"

	"github.com/penstock/penstock/bench/workload"
)

// roPipe composes operators with the type-safe Pipe functions and subscribes an
// observer. Everything runs in the goroutine that subscribes, one item at a time.
func roPipe() Contender {
	return Contender{
		Name: "ro", Kind: Serial, OneByOne: true, Module: "github.com/samber/ro",
		Single: roOne, Triple: roThree, InOrder: roOne,
		Note: "no concurrency",
	}
}

func roOne(ctx context.Context, j *workload.Job) (workload.Digest, error) {
	return roDigest(ctx, ro.Pipe1(ro.FromSlice(j.In), ro.Map(j.First.Plain)))
}

func roThree(ctx context.Context, j *workload.Job) (workload.Digest, error) {
	return roDigest(ctx, ro.Pipe3(ro.FromSlice(j.In),
		ro.Map(j.First.Plain), ro.Filter(j.Keep.Plain), ro.Map(j.Last.Plain)))
}

func roDigest(ctx context.Context, o ro.Observable[int]) (workload.Digest, error) {
	var (
		d   workload.Digest
		err error
	)
	o.SubscribeWithContext(ctx, ro.NewObserver(d.Add, func(e error) { err = e }, func() {})).Wait()
	return d, err
}
