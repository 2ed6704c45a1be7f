package databay

import (
	"context"
	"fmt"
	"slices"
)

// A Grouper splits batches into batches. The first grouper of a link gets one batch
// of all records, which may be empty, and each further one the result of the one before.
//
// A grouper must take any list of batches, and must return the same records, each as
// often as before: [CheckGroupers] finds those that do not. The groupers of this
// package also work batch by batch and never join records of different batches, so
// that G(a ++ b) = G(a) ++ G(b).
type Grouper[T any] func(ctx context.Context, batches [][]Record[T]) ([][]Record[T], error)

// ByKey splits each batch by the key of its records, in order of first appearance.
// The records of a key keep their order.
func ByKey[T any, K comparable](key func(r Record[T]) K) Grouper[T] {
	return perBatch(func(b []Record[T]) [][]Record[T] {
		var out [][]Record[T]
		at := map[K]int{}
		for _, r := range b {
			k := key(r)
			i, ok := at[k]
			if !ok {
				i = len(out)
				at[k] = i
				out = append(out, nil)
			}
			out[i] = append(out[i], r)
		}
		return out
	})
}

// ByMetadata splits each batch by the metadata value of key. Values are the same if
// their types and their texts are; records without the key form a batch of their own.
func ByMetadata[T any](key string) Grouper[T] {
	return ByKey(func(r Record[T]) string {
		v, ok := r.Value(key)
		if !ok {
			return ""
		}
		return fmt.Sprintf("%T:%v", v, v)
	})
}

// ByInlet splits each batch by the inlet that produced the records. Two inlets of the
// same name count as one.
func ByInlet[T any]() Grouper[T] {
	return ByKey(func(r Record[T]) string { return r.Inlet() })
}

// Chunk splits each batch into batches of at most n records. With n below 1 the
// grouper fails.
func Chunk[T any](n int) Grouper[T] {
	if n < 1 {
		return func(context.Context, [][]Record[T]) ([][]Record[T], error) {
			return nil, fmt.Errorf("databay: Chunk(%d): the size must be at least 1", n)
		}
	}
	return perBatch(func(b []Record[T]) [][]Record[T] {
		return slices.AppendSeq(make([][]Record[T], 0, len(b)/n+1), slices.Chunk(b, n))
	})
}

// perBatch keeps an empty batch as it is, so that outlets see an empty transfer the
// same way with and without groupers.
func perBatch[T any](split func(b []Record[T]) [][]Record[T]) Grouper[T] {
	return func(_ context.Context, batches [][]Record[T]) ([][]Record[T], error) {
		out := make([][]Record[T], 0, len(batches))
		for _, b := range batches {
			if len(b) == 0 {
				out = append(out, b)
				continue
			}
			out = append(out, split(b)...)
		}
		return out, nil
	}
}

func group[T any](ctx context.Context, g Grouper[T], in [][]Record[T]) (out [][]Record[T], err error) {
	err = protect(func() error {
		out, err = g(ctx, in)
		return err
	})
	return out, err
}
