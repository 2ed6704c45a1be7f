package inlets

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/penstock/penstock/databay"
)

// Null has never anything.
type Null[T any] struct{ _ byte }

// NewNull returns an inlet that produces nothing.
func NewNull[T any]() *Null[T] { return &Null[T]{} }

// Pull returns no records.
func (*Null[T]) Pull(context.Context, databay.Update) ([]databay.Record[T], error) { return nil, nil }

// String returns "Null".
func (*Null[T]) String() string { return "Null" }

// RandomInt has one random number per pull.
type RandomInt struct{ min, max int }

// NewRandomInt returns an inlet of numbers from lowest to highest, both included and all
// equally likely. They may be given in any order.
func NewRandomInt(lowest, highest int) *RandomInt {
	return &RandomInt{min(lowest, highest), max(lowest, highest)}
}

// Pull returns a number.
func (r *RandomInt) Pull(context.Context, databay.Update) ([]databay.Record[int], error) {
	span := uint64(r.max) - uint64(r.min) // right even where the difference of ints overflows
	if span == 1<<64-1 {
		return databay.Records(int(rand.Uint64())), nil
	}
	return databay.Records(int(uint64(r.min) + rand.Uint64N(span+1))), nil
}

// String describes the inlet.
func (r *RandomInt) String() string { return fmt.Sprintf("RandomInt(%d, %d)", r.min, r.max) }
