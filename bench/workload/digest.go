package workload

import (
	"errors"
	"fmt"
)

// ErrResult is the error of a run whose results are not those of a plain loop.
var ErrResult = errors.New("workload: wrong result")

// A Digest sums up the results of a run, so that runs can be compared without
// keeping their results. The zero Digest is that of no results. Add takes about a
// nanosecond and does not allocate; it is not safe for concurrent use.
type Digest struct {
	Count   uint64 // how many results
	Sum     uint64 // of the results
	Squares uint64 // sum of the squares: a lost item cannot hide behind a doubled one
	Chain   uint64 // depends on the order
}

// Add counts one result.
func (d *Digest) Add(v int) {
	u := uint64(v)
	d.Count++
	d.Sum += u
	d.Squares += u * u
	d.Chain = d.Chain*0x9E3779B97F4A7C15 + u
}

// Merge counts the results of e, whose order among those of d is unknown. Chain
// means nothing afterwards.
func (d *Digest) Merge(e Digest) {
	d.Count += e.Count
	d.Sum += e.Sum
	d.Squares += e.Squares
	d.Chain = 0
}

// Check returns an error that matches [ErrResult] unless d is want. The order of
// the results counts only if inOrder is set.
func (d Digest) Check(want Digest, inOrder bool) error {
	switch {
	case d.Count != want.Count:
		return fmt.Errorf("%w: %d results instead of %d", ErrResult, d.Count, want.Count)
	case d.Sum != want.Sum || d.Squares != want.Squares:
		return fmt.Errorf("%w: the number of results is right, their values are not", ErrResult)
	case inOrder && d.Chain != want.Chain:
		return fmt.Errorf("%w: the results are right, their order is not", ErrResult)
	}
	return nil
}
