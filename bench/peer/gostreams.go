package peer

import (
	"context"

	streams "github.com/reugn/go-streams"
	"github.com/reugn/go-streams/extension"
	"github.com/reugn/go-streams/flow"

	"github.com/penstock/penstock/bench/workload"
)

// goStreams connects a channel source, flows with a parallelism, and a channel sink.
// Its documentation says to set the parallelism to 1 if order matters.
func goStreams() Contender {
	return Contender{
		Name: "go-streams", Kind: Concurrent, Module: "github.com/reugn/go-streams",
		Single: func(_ context.Context, j *workload.Job) (workload.Digest, error) {
			return goStreamsRun(j, flow.NewMap(j.First.Plain, j.Workers)), nil
		},
		Triple: func(_ context.Context, j *workload.Job) (workload.Digest, error) {
			return goStreamsRun(j,
				flow.NewMap(j.First.Plain, j.Workers),
				flow.NewFilter(j.Keep.Plain, j.Workers),
				flow.NewMap(j.Last.Plain, j.Workers)), nil
		},
		InOrder: func(_ context.Context, j *workload.Job) (workload.Digest, error) {
			return goStreamsRun(j, flow.NewMap(j.First.Plain, 1)), nil
		},
		OneByOneInOrder: true, InOrderNote: "parallelism 1",
	}
}

func goStreamsRun(j *workload.Job, flows ...streams.Flow) workload.Digest {
	in := make(chan any)
	go func() {
		defer close(in)
		for _, x := range j.In {
			in <- x
		}
	}()
	sink := extension.NewChanSink(make(chan any))
	var f streams.Flow = extension.NewChanSource(in).Via(flows[0])
	for _, next := range flows[1:] {
		f = f.Via(next)
	}
	go f.To(sink)
	var d workload.Digest
	for v := range sink.Out {
		d.Add(v.(int))
	}
	return d
}
