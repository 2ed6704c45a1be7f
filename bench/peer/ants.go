package peer

import (
	"context"
	"sync"

	"github.com/panjf2000/ants/v2"

	"github.com/penstock/penstock/bench/workload"
)

// antsPool uses the pool with a function, the example that ants gives for many items
// of the same work: it allocates nothing per item.
func antsPool() Contender {
	return Contender{
		Name: "ants", Kind: Concurrent, Module: "github.com/panjf2000/ants/v2",
		Single: antsRun, Triple: antsRun, InOrder: antsRun,
		AtTheEnd: true, Note: slottedNote, TripleNote: fusedNote,
	}
}

func antsRun(_ context.Context, j *workload.Job) (workload.Digest, error) {
	f := fused(j)
	out := make([]int, len(j.In))
	var wg sync.WaitGroup
	wg.Add(len(j.In))
	p, err := ants.NewPoolWithFuncGeneric(j.Workers, func(i int) {
		defer wg.Done()
		out[i] = f(j.In[i])
	})
	if err != nil {
		return workload.Digest{}, err
	}
	defer p.Release()
	for i := range j.In {
		if err := p.Invoke(i); err != nil {
			return workload.Digest{}, err
		}
	}
	wg.Wait()
	return digest(out), nil
}
