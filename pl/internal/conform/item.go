package conform

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/penstock/penstock/pl"
)

// An Item tells the functions of the suite what to do with it.
type Item struct {
	N   int
	Do  Deed
	For time.Duration // how long it takes, for all deeds
	Try int           // do it on the first Try attempts only; 0 means on all
}

// A Deed is what the function does in the end.
type Deed int

// What a function can do.
const (
	Pass       Deed = iota // give the result
	Fail                   // return ErrBoom
	FailFinal              // return ErrBoom, marked as permanent
	Panic                  // panic with a string
	PanicError             // panic with ErrBoom
	Goexit                 // call runtime.Goexit
	Wait                   // wait until the context ends, and return its cause
)

// ErrBoom is what functions and hooks of the suite fail with. Backends whose
// functions run elsewhere have to make errors.Is find it.
var ErrBoom = errors.New("conform: boom")

// obey does what the item says.
func obey(ctx context.Context, it Item) error {
	info, ok := pl.FromContext(ctx)
	if !ok {
		return errors.New("conform: the context of a call has no Info")
	}
	note("call %d %d %d", it.N, info.Attempt, info.Worker.Index)
	if it.Try > 0 && info.Attempt >= it.Try {
		return nil
	}
	if it.For > 0 {
		time.Sleep(it.For)
	}
	switch it.Do {
	case Fail:
		return fmt.Errorf("item %d: %w", it.N, ErrBoom)
	case FailFinal:
		return pl.Permanent(fmt.Errorf("item %d: %w", it.N, ErrBoom))
	case Panic:
		panic(fmt.Sprintf("panic at %d", it.N))
	case PanicError:
		panic(ErrBoom)
	case Goexit:
		runtime.Goexit()
	case Wait:
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return nil
}

// items returns the items 0 to n-1, changed by edit, which may be nil.
func items(n int, edit func(*Item)) []Item {
	list := make([]Item, n)
	for i := range list {
		list[i].N = i
		if edit != nil {
			edit(&list[i])
		}
	}
	return list
}

// numbers returns 0 to n-1 without those in without.
func numbers(n int, without ...int) []int {
	var list []int
next:
	for i := range n {
		for _, w := range without {
			if i == w {
				continue next
			}
		}
		list = append(list, i)
	}
	return list
}
