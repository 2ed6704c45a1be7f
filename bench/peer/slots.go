package peer

import (
	"math"

	"github.com/penstock/penstock/bench/workload"
)

// Pools have no results, only effects: their users let each task write to a place of
// its own in a slice, which needs no lock.

// dropped is the result of an item that the filter did not let pass. No workload has
// it as a result.
const dropped = math.MinInt

// fused returns what one task does to one item.
func fused(j *workload.Job) func(x int) int {
	if j.Shape == workload.Single {
		return j.First.Plain
	}
	first, keep, last := j.First.Plain, j.Keep.Plain, j.Last.Plain
	return func(x int) int {
		v := first(x)
		if !keep(v) {
			return dropped
		}
		return last(v)
	}
}

// digest sums up the results in slots.
func digest(slots []int) workload.Digest {
	var d workload.Digest
	for _, v := range slots {
		if v != dropped {
			d.Add(v)
		}
	}
	return d
}

const (
	fusedNote   = "one task does all three"
	slottedNote = "no result before the end"
)
