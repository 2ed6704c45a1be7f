package peer

import (
	"context"

	"github.com/sourcegraph/conc/iter"
	"github.com/sourcegraph/conc/pool"
	"github.com/sourcegraph/conc/stream"

	"github.com/penstock/penstock/bench/workload"
)

const concModule = "github.com/sourcegraph/conc"

// concPool submits one task per item, as in "process each element of a stream in a
// static pool of goroutines" of conc's README.
func concPool() Contender {
	return Contender{
		Name: "conc pool", Kind: Concurrent, Module: concModule,
		Single: concPoolRun, Triple: concPoolRun, InOrder: concPoolRun,
		AtTheEnd: true, Note: slottedNote, TripleNote: fusedNote,
	}
}

func concPoolRun(_ context.Context, j *workload.Job) (workload.Digest, error) {
	f := fused(j)
	out := make([]int, len(j.In))
	p := pool.New().WithMaxGoroutines(j.Workers)
	for i, x := range j.In {
		p.Go(func() { out[i] = f(x) })
	}
	p.Wait()
	return digest(out), nil
}

// concStream is conc's way to keep order: each task returns a callback, and the
// callbacks run one after the other in the order of the tasks.
func concStream() Contender {
	return Contender{
		Name: "conc stream", Kind: Concurrent, Module: concModule,
		Single: concStreamRun, Triple: concStreamRun, InOrder: concStreamRun,
		Note: "always in order", TripleNote: fusedNote,
	}
}

func concStreamRun(_ context.Context, j *workload.Job) (workload.Digest, error) {
	f := fused(j)
	var d workload.Digest
	s := stream.New().WithMaxGoroutines(j.Workers)
	for _, x := range j.In {
		s.Go(func() stream.Callback {
			v := f(x)
			return func() {
				if v != dropped {
					d.Add(v)
				}
			}
		})
	}
	s.Wait()
	return d, nil
}

// concIter is what conc recommends for a slice. Its goroutines take the next index
// from one counter, so that nothing is passed on and nothing can come in later.
func concIter() Contender {
	run := func(_ context.Context, j *workload.Job) (workload.Digest, error) {
		f := fused(j)
		m := iter.Mapper[int, int]{MaxGoroutines: j.Workers}
		return digest(m.Map(j.In, func(x *int) int { return f(*x) })), nil
	}
	return Contender{
		Name: "conc iter", Kind: Slice, Module: concModule,
		Single: run, Triple: run, InOrder: run,
		AtTheEnd: true, Note: "slices only; " + slottedNote, TripleNote: fusedNote,
	}
}
