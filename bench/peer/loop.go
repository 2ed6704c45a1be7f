package peer

import (
	"context"

	"github.com/penstock/penstock/bench/workload"
)

// loop is what everybody writes first.
func loop() Contender {
	return Contender{
		Name: "plain loop", Kind: Baseline, OneByOne: true,
		Single: loopOne, Triple: loopThree, InOrder: loopOne,
	}
}

func loopOne(_ context.Context, j *workload.Job) (workload.Digest, error) {
	return loopOver(j.In, j.First.Plain), nil
}

func loopThree(_ context.Context, j *workload.Job) (workload.Digest, error) {
	return loopThreeOver(j, j.In), nil
}

func loopOver(in []int, f func(int) int) workload.Digest {
	var d workload.Digest
	for _, x := range in {
		d.Add(f(x))
	}
	return d
}

func loopThreeOver(j *workload.Job, in []int) workload.Digest {
	first, keep, last := j.First.Plain, j.Keep.Plain, j.Last.Plain
	var d workload.Digest
	for _, x := range in {
		if v := first(x); keep(v) {
			d.Add(last(v))
		}
	}
	return d
}
