package databay

import (
	"context"
	"fmt"
)

// A Processor changes the list of records on its way through a link: it may drop,
// alter, reorder, multiply or, as a [Buffer] does, withhold them. It should return a
// new list if it drops or reorders, and must not change the old one before it fails.
type Processor[T any] interface {
	Process(ctx context.Context, records []Record[T]) ([]Record[T], error)
}

// A ProcessorFunc is a function as a [Processor].
type ProcessorFunc[T any] func(ctx context.Context, records []Record[T]) ([]Record[T], error)

// Process calls f.
func (f ProcessorFunc[T]) Process(ctx context.Context, records []Record[T]) ([]Record[T], error) {
	return f(ctx, records)
}

// String returns "ProcessorFunc".
func (f ProcessorFunc[T]) String() string { return "ProcessorFunc" }

// Map returns a processor that replaces every payload by the result of f.
func Map[T any](f func(ctx context.Context, v T) (T, error)) Processor[T] {
	return ProcessorFunc[T](func(ctx context.Context, rs []Record[T]) ([]Record[T], error) {
		out := make([]Record[T], len(rs))
		for i, r := range rs {
			v, err := f(ctx, r.Payload)
			if err != nil {
				return nil, fmt.Errorf("record %d: %w", i, err)
			}
			r.Payload = v
			out[i] = r
		}
		return out, nil
	})
}

// Filter returns a processor that keeps the records for which f is true.
func Filter[T any](f func(ctx context.Context, r Record[T]) (bool, error)) Processor[T] {
	return ProcessorFunc[T](func(ctx context.Context, rs []Record[T]) ([]Record[T], error) {
		out := make([]Record[T], 0, len(rs))
		for i, r := range rs {
			keep, err := f(ctx, r)
			if err != nil {
				return nil, fmt.Errorf("record %d: %w", i, err)
			}
			if keep {
				out = append(out, r)
			}
		}
		return out, nil
	})
}

func process[T any](ctx context.Context, p Processor[T], in []Record[T]) (out []Record[T], err error) {
	err = protect(func() error {
		out, err = p.Process(ctx, in)
		return err
	})
	return out, err
}
