package pl

import (
	"fmt"
	"iter"
	"time"

	"github.com/penstock/penstock/pl/internal/engine"
)

// Merge returns a stage of the values of all stages, as they come (pypeln's concat).
// Followed by [Ordered], it yields the first value of every stage, then the second,
// and so on.
func Merge[T any](stages ...Stage[T]) Stage[T] {
	n := &node[T]{label: label{text: "Merge"}}
	for _, s := range stages {
		n.ups = append(n.ups, s.n)
	}
	n.connect = func(r *engine.Run, in *engine.Inlet[T]) {
		for _, s := range stages {
			s.n.flow(r, in)
		}
	}
	return Stage[T]{n}
}

// Concat returns a stage of the values of the first stage, then those of the second,
// and so on, as slices.Concat does. All run at once, within the bounds of their
// queues. Stages that have a stage in common with an earlier one are the exception:
// since they could not wait without holding up that one, their values are kept in
// memory, without a bound, until it is their turn.
func Concat[T any](stages ...Stage[T]) Stage[T] {
	l := label{text: "Concat"}
	shared := make([]bool, len(stages))
	before := map[*label]bool{}
	for i, s := range stages {
		l.ups = append(l.ups, s.n)
		mine := map[*label]bool{}
		walk(s.n, mine, func(*label) {})
		for up := range mine {
			shared[i] = shared[i] || before[up]
		}
		for up := range mine {
			before[up] = true
		}
	}
	return newStage(l, func(r *engine.Run) *engine.Port[T] {
		var connects []func(*engine.Inlet[T])
		for _, s := range stages {
			connects = append(connects, s.n.into(r))
		}
		return engine.AddConcat(r, "Concat", connects, shared)
	})
}

// Join returns a stage that runs all of stages and yields nothing. The stages share
// one run: what two of them have in common runs once.
func Join(stages ...AnyStage) Stage[None] {
	n := &node[None]{label: label{text: "Join"}}
	for i, s := range stages {
		if s == nil {
			n.errs = append(n.errs, fmt.Errorf("pl: Join: stage %d is nil", i))
			continue
		}
		n.ups = append(n.ups, s.stage())
	}
	n.connect = func(r *engine.Run, _ *engine.Inlet[None]) {
		for _, up := range n.ups {
			up.sink(r)
		}
	}
	return Stage[None]{n}
}

// Ordered restores the order of the source, whatever stages lie between. It is an
// Op by itself:
//
//	pl.Pipe2(src, thread.Map(f, pl.Workers(8)), pl.Ordered)
//
// It emits a value as soon as all earlier ones are done, and holds those that are
// ahead, without a bound. To bound what is held, give the concurrent stages
// [InOrder] instead. Values that a FlatMap made of one value keep their order; of
// merged stages, values with the same index follow each other in the order of the
// stages. [Batch], [Through], [Work] and [Concat] number their values anew.
func Ordered[T any](s Stage[T]) Stage[T] {
	return newStage(label{text: "Ordered", ups: []upstream{s.n}}, func(r *engine.Run) *engine.Port[T] {
		return engine.AddOrdered(r, "Ordered", s.n.into(r))
	})
}

// Batch groups values into slices of size n; the last may be shorter. With wait > 0
// a slice is also emitted when its first value has waited that long.
func Batch[T any](n int, wait time.Duration) Op[T, []T] {
	name := fmt.Sprintf("Batch(%d, %v)", n, wait)
	var errs []error
	if n < 1 {
		errs = append(errs, fmt.Errorf("pl: %s: the size must be at least 1", name))
	}
	if wait < 0 {
		errs = append(errs, fmt.Errorf("pl: %s: the wait must not be negative", name))
	}
	return func(s Stage[T]) Stage[[]T] {
		return newStage(label{text: name, errs: errs, ups: []upstream{s.n}}, func(r *engine.Run) *engine.Port[[]T] {
			return engine.AddBatch(r, name, n, wait, s.n.into(r))
		})
	}
}

// Unbatch is the inverse of Batch, and like Ordered an Op by itself.
func Unbatch[T any](s Stage[[]T]) Stage[T] {
	return newStage(label{text: "Unbatch", ups: []upstream{s.n}}, func(r *engine.Run) *engine.Port[T] {
		return engine.AddUnbatch(r, "Unbatch", s.n.into(r))
	})
}

// Buffer puts a queue of n values between two stages, or between the last stage and
// a slow loop. Zero means no limit. If the next stage has a MaxSize of its own, the
// two add up.
func Buffer[T any](n int) Op[T, T] {
	text := fmt.Sprintf("Buffer(%d)", n)
	var errs []error
	if n < 0 {
		errs = append(errs, fmt.Errorf("pl: %s: must be at least 1, or 0 for no limit", text))
	}
	size := n
	if n == 0 {
		size = engine.Unlimited
	}
	return func(s Stage[T]) Stage[T] {
		b := &node[T]{label: label{text: text, errs: errs, ups: []upstream{s.n}}}
		b.connect = func(r *engine.Run, in *engine.Inlet[T]) {
			in.Buffer(size)
			s.n.flow(r, in)
		}
		return Stage[T]{b}
	}
}

// Take passes the first n values on and then ends the stages before it, unless
// other stages need them. It must not be negative.
func Take[T any](n int) Op[T, T] {
	name := fmt.Sprintf("Take(%d)", n)
	var errs []error
	if n < 0 {
		errs = append(errs, fmt.Errorf("pl: %s: must not be negative", name))
	}
	return func(s Stage[T]) Stage[T] {
		return newStage(label{text: name, errs: errs, ups: []upstream{s.n}}, func(r *engine.Run) *engine.Port[T] {
			return engine.AddTake(r, name, n, s.n.into(r))
		})
	}
}

// Tap calls f for every value that passes, one at a time.
func Tap[T any](f func(T)) Op[T, T] {
	name := "Tap(" + funcName(f) + ")"
	var errs []error
	if f == nil {
		errs = append(errs, fmt.Errorf("pl: Tap: %w", errNilFunc))
	}
	return func(s Stage[T]) Stage[T] {
		return newStage(label{text: name, errs: errs, ups: []upstream{s.n}}, func(r *engine.Run) *engine.Port[T] {
			return engine.AddTap(r, name, f, s.n.into(r))
		})
	}
}

// Through makes an Op of ordinary iterator code, which runs in one goroutine:
//
//	pl.Through(func(in iter.Seq[int]) iter.Seq[int] {
//		return func(yield func(int) bool) { ... }
//	})
//
// When the code stops before in is exhausted, the stages before it end as with [Take].
func Through[A, B any](f func(iter.Seq[A]) iter.Seq[B]) Op[A, B] {
	name := "Through(" + funcName(f) + ")"
	var errs []error
	if f == nil {
		errs = append(errs, fmt.Errorf("pl: Through: %w", errNilFunc))
	}
	return func(s Stage[A]) Stage[B] {
		return newStage(label{text: name, errs: errs, ups: []upstream{s.n}}, func(r *engine.Run) *engine.Port[B] {
			return engine.AddThrough(r, name, f, s.n.into(r))
		})
	}
}
