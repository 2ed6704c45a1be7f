package peer

import (
	"context"

	"github.com/destel/rill"

	"github.com/penstock/penstock/bench/workload"
)

// rillMap chains rill's functions over a stream of the slice and consumes the last
// stream, as in the guide of its package documentation. Results in order come from
// the Ordered twins of the functions.
func rillMap() Contender {
	return Contender{
		Name: "rill", Kind: Concurrent, Module: "github.com/destel/rill",
		Single: func(_ context.Context, j *workload.Job) (workload.Digest, error) {
			return rillDigest(rill.Map(rill.FromSlice(j.In, nil), j.Workers, j.First.Err))
		},
		Triple: func(_ context.Context, j *workload.Job) (workload.Digest, error) {
			s := rill.Map(rill.FromSlice(j.In, nil), j.Workers, j.First.Err)
			s = rill.Filter(s, j.Workers, j.Keep.Err)
			return rillDigest(rill.Map(s, j.Workers, j.Last.Err))
		},
		InOrder: func(_ context.Context, j *workload.Job) (workload.Digest, error) {
			return rillDigest(rill.OrderedMap(rill.FromSlice(j.In, nil), j.Workers, j.First.Err))
		},
		InOrderNote: "OrderedMap",
	}
}

func rillDigest(s <-chan rill.Try[int]) (workload.Digest, error) {
	defer rill.Discard(s)
	var d workload.Digest
	for v := range s {
		if v.Error != nil {
			return d, v.Error
		}
		d.Add(v.Value)
	}
	return d, nil
}
