package peer

import (
	"context"
	"strconv"

	"github.com/penstock/penstock/pl"

	"github.com/penstock/penstock/bench/workload"
)

// Sized returns a contender for each size: one stage on a backend of this process, with
// that MaxSize.
func Sized(b pl.Backend, sizes []int) []Contender {
	var all []Contender
	for _, size := range sizes {
		all = append(all, Contender{
			Name: "MaxSize " + strconv.Itoa(size), Kind: Penstock,
			Single: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
				return stageDigest(ctx, pl.Map(b, pl.Fn(j.First.Ctx), pl.Workers(j.Workers), pl.MaxSize(size))(pl.From(j.In)))
			},
		})
	}
	return all
}
