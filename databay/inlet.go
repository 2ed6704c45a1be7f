package databay

import (
	"context"
	"fmt"
	"maps"
	"reflect"
)

// An Inlet produces records. A link calls Pull once per transfer, from one goroutine
// at a time unless the link allows overlap; an inlet in two links must expect both.
//
// An inlet returns the records that are there now, and none if there are none; it
// should not wait longer than ctx. It must be a pointer, because links tell nodes
// apart by identity, and may also be a [Starter], [Shutdowner], [Committer] and
// [fmt.Stringer].
//
// An inlet has nothing to do with metadata, except where it wants some of its own on
// a record: what belongs to all records is added by the link, see [WithMetadata].
type Inlet[T any] interface {
	Pull(ctx context.Context, u Update) ([]Record[T], error)
}

// A Committer is an inlet that can produce records again, such as one that reads a
// file. After every transfer in which it was pulled, exactly one of the two methods is called.
type Committer interface {
	// Commit says that what the last Pull returned has reached all outlets, or a buffer.
	Commit(ctx context.Context, u Update) error
	// Rollback says that it has not: the next Pull must return the same records again.
	Rollback(ctx context.Context, u Update) error
}

// Pull returns an inlet of a function that returns payloads.
func Pull[T any](f func(ctx context.Context, u Update) ([]T, error)) Inlet[T] {
	return &funcInlet[T]{f: func(ctx context.Context, u Update) ([]Record[T], error) {
		ps, err := f(ctx, u)
		if err != nil || len(ps) == 0 {
			return nil, err
		}
		return Records(ps...), nil
	}}
}

// PullAny returns an inlet of a function that returns anything, as [Normalize] reads it.
func PullAny(f func(ctx context.Context, u Update) (any, error)) Inlet[any] {
	return &funcInlet[any]{f: func(ctx context.Context, u Update) ([]Record[any], error) {
		v, err := f(ctx, u)
		if err != nil {
			return nil, err
		}
		return Normalize(v), nil
	}}
}

type funcInlet[T any] struct {
	f func(context.Context, Update) ([]Record[T], error)
}

func (in *funcInlet[T]) Pull(ctx context.Context, u Update) ([]Record[T], error) { return in.f(ctx, u) }
func (in *funcInlet[T]) String() string                                          { return "Pull" }

// Normalize makes records of a value of any shape: a slice is a list of payloads or
// records, in any mixture, and everything else is one payload, including nil, strings,
// byte slices, maps and arrays.
func Normalize(v any) []Record[any] {
	switch v := v.(type) {
	case Record[any]:
		return []Record[any]{v}
	case []Record[any]:
		return v
	case []byte:
		return Records[any](v)
	}
	list := reflect.ValueOf(v)
	if list.Kind() != reflect.Slice {
		return Records(v)
	}
	rs := make([]Record[any], list.Len())
	for i := range rs {
		e := list.Index(i).Interface()
		if r, ok := e.(Record[any]); ok {
			rs[i] = r
		} else {
			rs[i].Payload = e
		}
	}
	return rs
}

// WithMetadata returns in with metadata that all its records get. What a record has
// of its own wins. The map is copied.
func WithMetadata[T any](in Inlet[T], metadata Metadata) Inlet[T] {
	return &metaInlet[T]{Inlet: in, metadata: maps.Clone(metadata)}
}

type metaInlet[T any] struct {
	Inlet[T]
	metadata Metadata
}

func (in *metaInlet[T]) OnStart(ctx context.Context) error    { return acquire(ctx, in.Inlet, in) }
func (in *metaInlet[T]) OnShutdown(ctx context.Context) error { return release(ctx, in.Inlet, in) }

func (in *metaInlet[T]) Commit(ctx context.Context, u Update) error {
	if c, ok := in.Inlet.(Committer); ok {
		return c.Commit(ctx, u)
	}
	return nil
}

func (in *metaInlet[T]) Rollback(ctx context.Context, u Update) error {
	if c, ok := in.Inlet.(Committer); ok {
		return c.Rollback(ctx, u)
	}
	return nil
}

func (in *metaInlet[T]) Metadata() Metadata { return in.metadata }

func (in *metaInlet[T]) String() string {
	return fmt.Sprintf("%s(metadata=%v)", nameOf(in.Inlet), map[string]any(in.metadata))
}

// originOf returns what the records of in have in common.
func originOf[T any](in Inlet[T]) *origin {
	o := &origin{name: nameOf(in)}
	if m, ok := in.(interface{ Metadata() Metadata }); ok {
		o.global = maps.Clone(m.Metadata())
	}
	return o
}

// PullRecords pulls once and adds the inlet's metadata, as a link does. A panic of the
// inlet is an error. It is meant for tests of inlets.
func PullRecords[T any](ctx context.Context, in Inlet[T], u Update) ([]Record[T], error) {
	return pull(ctx, in, originOf(in), u)
}

func pull[T any](ctx context.Context, in Inlet[T], o *origin, u Update) (rs []Record[T], err error) {
	err = protect(func() error {
		rs, err = in.Pull(ctx, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range rs {
		rs[i].origin = o
	}
	return rs, nil
}

// nameOf returns the String of a node, processor or grouper, or else its type.
func nameOf(v any) string {
	if s, ok := v.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T", v)
}
