package peer

import (
	"context"

	"github.com/alitto/pond/v2"

	"github.com/penstock/penstock/bench/workload"
)

// pondPool submits tasks that nobody waits for one by one, and stops the pool at the
// end: the first example of pond's README, with Go, which is the cheapest way to
// submit. Its queue has no bound by default.
func pondPool() Contender {
	return Contender{
		Name: "pond", Kind: Concurrent, Module: "github.com/alitto/pond/v2",
		Single: pondRun, Triple: pondRun, InOrder: pondRun,
		AtTheEnd: true, Note: "unbounded queue; " + slottedNote, TripleNote: fusedNote,
	}
}

func pondRun(_ context.Context, j *workload.Job) (workload.Digest, error) {
	f := fused(j)
	out := make([]int, len(j.In))
	p := pond.NewPool(j.Workers)
	for i, x := range j.In {
		if err := p.Go(func() { out[i] = f(x) }); err != nil {
			p.StopAndWait()
			return workload.Digest{}, err
		}
	}
	p.StopAndWait()
	return digest(out), nil
}
