package peer

import (
	"context"
	"sync"

	"github.com/penstock/penstock/bench/workload"
)

// limit cuts the slice into one part per worker. Nothing is passed on, so no library
// can be faster as long as all items cost the same.
func limit() Contender {
	return Contender{
		Name: "limit", Kind: Baseline,
		Single: limitOne, Triple: limitThree, InOrder: limitInOrder,
		Note: "slice cut into one part per worker",
	}
}

func limitOne(_ context.Context, j *workload.Job) (workload.Digest, error) {
	return inParts(j, func(in []int) workload.Digest { return loopOver(in, j.First.Plain) }), nil
}

func limitThree(_ context.Context, j *workload.Job) (workload.Digest, error) {
	return inParts(j, func(in []int) workload.Digest { return loopThreeOver(j, in) }), nil
}

func limitInOrder(_ context.Context, j *workload.Job) (workload.Digest, error) {
	out := make([]int, len(j.In))
	var wg sync.WaitGroup
	for from, to := range partsOf(j) {
		wg.Go(func() {
			for i := from; i < to; i++ {
				out[i] = j.First.Plain(j.In[i])
			}
		})
	}
	wg.Wait()
	return digest(out), nil
}

func inParts(j *workload.Job, f func(in []int) workload.Digest) workload.Digest {
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		sum workload.Digest
	)
	for from, to := range partsOf(j) {
		wg.Go(func() {
			d := f(j.In[from:to])
			mu.Lock()
			defer mu.Unlock()
			sum.Merge(d)
		})
	}
	wg.Wait()
	return sum
}

// partsOf yields the bounds of one part per worker, as equal as can be.
func partsOf(j *workload.Job) func(yield func(from, to int) bool) {
	return func(yield func(from, to int) bool) {
		n := len(j.In)
		for w := range j.Workers {
			from, to := n*w/j.Workers, n*(w+1)/j.Workers
			if from < to && !yield(from, to) {
				return
			}
		}
	}
}
