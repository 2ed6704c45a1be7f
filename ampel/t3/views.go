package t3

import (
	"errors"
	"iter"
	"sync"

	"github.com/penstock/penstock/ampel"
)

// Errors of sending to the journal.
var (
	// ErrNoView: Send was called before a view was taken.
	ErrNoView = errors.New("ampel: t3: no view was taken yet: range over All first, or name the stock with SendTo")
	// ErrEnded: the unit has returned.
	ErrEnded = errors.New("ampel: t3: the unit has returned: send before that")
)

// Views are the views of one unit in one run, and its way to the journals of
// their stocks. What is sent is written once, after all units have ended, also
// if some of them failed.
type Views[V any] struct{ feed *feed }

// feed is the part of Views that does not know their type.
type feed struct {
	items   iter.Seq2[ampel.StockID, any]
	journal *Journal

	mu    sync.Mutex
	begun bool
	ended bool
	given Given
	all   []ampel.Attributes
}

// All returns the views. They can be ranged over once: a second range, also
// after an early break, yields nothing.
func (v *Views[V]) All() iter.Seq[V] {
	return func(yield func(V) bool) {
		if !v.feed.begin() {
			return
		}
		for id, x := range v.feed.items {
			v.feed.take(id)
			if !yield(x.(V)) {
				return
			}
		}
	}
}

// Stocks returns the ids of the stocks whose views were taken so far, in order.
func (v *Views[V]) Stocks() []ampel.StockID {
	v.feed.mu.Lock()
	defer v.feed.mu.Unlock()
	return v.feed.given.IDs()
}

// Send notes a for the stock of the last view taken.
func (v *Views[V]) Send(a ampel.Attributes) error {
	f := v.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.ended:
		return ErrEnded
	case f.given.Len() == 0:
		return ErrNoView
	}
	return f.journal.Add([]ampel.StockID{f.given.last()}, a, 0)
}

// SendTo notes a for a stock, whether its view was taken or not.
func (v *Views[V]) SendTo(id ampel.StockID, a ampel.Attributes) error {
	f := v.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return ErrEnded
	}
	return f.journal.Add([]ampel.StockID{id}, a, 0)
}

// SendAll notes a for all stocks whose views the unit takes, those before this
// call and those after it.
func (v *Views[V]) SendAll(a ampel.Attributes) error {
	f := v.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return ErrEnded
	}
	if err := a.Check(); err != nil {
		return err
	}
	f.all = append(f.all, a)
	return nil
}

func (f *feed) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := !f.begun && !f.ended
	f.begun = true
	return first
}

func (f *feed) take(id ampel.StockID) {
	f.mu.Lock()
	f.given.add(id)
	f.mu.Unlock()
}

// close ends sending, writes down what was sent to all, and returns the stocks.
func (f *feed) close() *Given {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	for _, a := range f.all {
		_ = f.journal.Add(f.given.IDs(), a, 0) // was checked when it was sent
	}
	return &f.given
}
