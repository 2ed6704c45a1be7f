package engine

import (
	"context"
	"iter"
)

// sourceBlock is how many elements of a slice are pushed at a time.
const sourceBlock = 64

// AddSlice adds a source of the elements at(0), ..., at(n-1), fed in blocks.
func AddSlice[T any](r *Run, name string, count int, at func(from int, dst []Elem[T])) *Port[T] {
	n := newSource[T](r, name)
	n.does(func() error {
		room := roomFor[Elem[T]](nil, min(sourceBlock, count))
		block := room
		for i := 0; i < count; i += len(block) {
			block = block[:min(len(block), count-i)]
			at(i, block)
			if !n.emitAll(block) {
				break
			}
		}
		clear(room)
		giveBack(room)
		n.out.ended(int64(count))
		return nil
	})
	return n.out
}

// AddSeq adds a source of the values of seq, until it yields an error.
func AddSeq[T any](r *Run, name string, seq iter.Seq2[T, error]) *Port[T] {
	n := newSource[T](r, name)
	n.does(func() (err error) {
		for v, e := range seq {
			if e != nil {
				err = e
				break
			}
			if !n.emitNew(v) {
				break
			}
		}
		n.out.ended(n.count)
		return err
	})
	return n.out
}

// AddChan adds a source of what is received from c.
func AddChan[T any](r *Run, name string, c <-chan T) *Port[T] {
	n := newSource[T](r, name)
	ctx := n.context()
	n.does(func() error {
		defer func() { n.out.ended(n.count) }()
		for {
			select {
			case v, ok := <-c:
				if !ok || !n.emitNew(v) {
					return nil
				}
			case <-ctx.Done():
				return nil
			}
		}
	})
	return n.out
}

// AddGenerator adds a source of what f emits.
func AddGenerator[T any](r *Run, name string, f func(ctx context.Context, emit func(T) bool) error) *Port[T] {
	n := newSource[T](r, name)
	ctx := n.context()
	n.does(func() error {
		err := f(ctx, n.emitNew)
		n.out.ended(n.count)
		return err
	})
	return n.out
}

func newSource[T any](r *Run, name string) *node[T] {
	n := newNode[T](r, name, DefaultSize)
	n.stats = r.addStats(&Stats{Name: name})
	return n
}
