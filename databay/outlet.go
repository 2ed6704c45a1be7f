package databay

import (
	"context"
	"fmt"
)

// An Outlet consumes records. A link calls Push once per batch, also with an empty
// batch unless the link skips those. The outlets of a link run concurrently, each
// with its own copy of the batch unless the link shares records.
//
// If Push returns nil, the records are delivered; buffers let go of them then. After
// an error, or after a crash before it returned, the same records may come again, with
// the same [Record.ID] if they went through a durable buffer.
//
// An outlet must be a pointer, as an [Inlet], and may be a [Starter], [Shutdowner] and
// [fmt.Stringer]. It must work without metadata.
type Outlet[T any] interface {
	Push(ctx context.Context, records []Record[T], u Update) error
}

// Push returns an outlet of a function.
func Push[T any](f func(ctx context.Context, records []Record[T], u Update) error) Outlet[T] {
	return &funcOutlet[T]{f}
}

type funcOutlet[T any] struct {
	f func(context.Context, []Record[T], Update) error
}

func (o *funcOutlet[T]) Push(ctx context.Context, rs []Record[T], u Update) error {
	return o.f(ctx, rs, u)
}
func (o *funcOutlet[T]) String() string { return "Push" }

// Before returns out with processors of its own, which run in order on every batch
// before it is pushed. A buffer among them withholds records from this outlet only,
// and lets go of them when the outlet's Push has succeeded.
func Before[T any](out Outlet[T], processors ...Processor[T]) Outlet[T] {
	return &processed[T]{out: out, processors: processors}
}

type processed[T any] struct {
	out        Outlet[T]
	processors []Processor[T]
}

func (o *processed[T]) OnStart(ctx context.Context) error    { return acquire(ctx, o.out, o) }
func (o *processed[T]) OnShutdown(ctx context.Context) error { return release(ctx, o.out, o) }
func (o *processed[T]) String() string                       { return nameOf(o.out) }

func (o *processed[T]) Push(ctx context.Context, rs []Record[T], u Update) error {
	ctx, leases := WithLeases(ctx)
	err := o.push(ctx, rs, u)
	return leases.settle(ctx, err)
}

func (o *processed[T]) push(ctx context.Context, rs []Record[T], u Update) error {
	for i, p := range o.processors {
		next, err := process(ctx, p, rs)
		if err != nil {
			return fmt.Errorf("processor %d, %s, of outlet %s: %w", i, nameOf(p), nameOf(o.out), err)
		}
		rs = next
	}
	return push(ctx, o.out, rs, u)
}

func push[T any](ctx context.Context, out Outlet[T], rs []Record[T], u Update) error {
	return protect(func() error { return out.Push(ctx, rs, u) })
}
