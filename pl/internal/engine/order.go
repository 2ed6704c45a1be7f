package engine

import (
	"fmt"
	"math"
	"sync"
)

// An orderer gives items out in the order of their positions: a shorter path
// first, then the lower lane, as soon as nothing before them can still come. It
// learns of items that will not come as a [tracker].
//
// Each lane has a cursor that walks the tree of its positions. The lane whose
// cursor stands at the least position is next; if its item is there, it goes out,
// and if not, nothing does.
type orderer[T any] struct {
	mu    sync.Mutex
	lanes []lane[T]
	done  bool // the input has ended: what is not there will not come
	idle  bool // the consumer found nothing and waits
	wake  func()
}

// A lane is the tree of positions of one stream.
type lane[T any] struct {
	roots  level[T]
	end    int64                 // the number of items of the source, once known
	sealed int                   // see tracker.seal
	nested map[*Branch]*level[T] // the levels that are not given out yet
	path   []*level[T]           // the cursor: the levels down to the current slot
}

// A level is a run of siblings. Those before base have been given out.
type level[T any] struct {
	slots ring[slot[T]]
	base  int64
	of    *Branch // nil at the root
}

type slotState uint8

const (
	awaited slotState = iota
	present
	absent
	divided
)

type slot[T any] struct {
	state slotState
	takes int32 // of the last Take that the item passed, plus one; 0 if none
	e     Elem[T]
	below *level[T]
}

func newOrderer[T any](lanes int, wake func()) *orderer[T] {
	o := &orderer[T]{lanes: make([]lane[T], lanes), wake: wake}
	for i := range o.lanes {
		l := &o.lanes[i]
		l.end = math.MaxInt64
		l.sealed = math.MaxInt
		l.path = append(l.path, &l.roots)
	}
	return o
}

// put stores items that have arrived. An error is a mistake of this package: an item
// whose turn is over would be lost without it.
func (o *orderer[T]) put(items []Elem[T]) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range items {
		s := o.slot(e.At)
		if s == nil {
			return fmt.Errorf("pl: Ordered: the turn of item %v is over (please report this)", e.At.Path())
		}
		s.state, s.e = present, e
	}
	return nil
}

// take appends the items that are next, at most n. If there is none, wake will be
// called when one is for another reason than put.
func (o *orderer[T]) take(dst []Elem[T], n int) []Elem[T] {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(dst) < n {
		l := o.least()
		if l == nil {
			o.idle = true
			break
		}
		top := l.path[len(l.path)-1]
		dst = append(dst, top.slots.front().e)
		top.slots.drop()
		top.base++
	}
	return dst
}

// finish says that all items have arrived.
func (o *orderer[T]) finish() {
	o.mu.Lock()
	o.done = true
	o.mu.Unlock()
}

// least returns the lane whose item is next, or nil if that item is not there.
func (o *orderer[T]) least() *lane[T] {
	var least *lane[T]
	there := false
	for i := range o.lanes {
		l := &o.lanes[i]
		state, more := l.settle(o.done)
		if more && (least == nil || l.before(least)) {
			least, there = l, state == present
		}
	}
	if !there {
		return nil
	}
	return least
}

// settle moves the cursor to the first slot that an item is in or awaited for;
// more is false at the end of the lane.
func (l *lane[T]) settle(done bool) (state slotState, more bool) {
	for {
		top := l.path[len(l.path)-1]
		if top.slots.len() == 0 {
			if top.of == nil {
				return awaited, !done && l.sealed == math.MaxInt && top.base < l.end
			}
			delete(l.nested, top.of)
			l.path = l.path[:len(l.path)-1]
			top = l.path[len(l.path)-1]
			top.slots.drop()
			top.base++
			continue
		}
		s := top.slots.front()
		switch s.state {
		case present:
			return present, true
		case awaited:
			if !done && (l.sealed == math.MaxInt || s.takes > 0 && int(s.takes)-1 <= l.sealed) {
				return awaited, true
			}
			s.state = absent
		case divided:
			l.path = append(l.path, s.below)
			continue
		}
		top.slots.drop()
		top.base++
	}
}

// before compares the positions of two cursors.
func (l *lane[T]) before(m *lane[T]) bool {
	for i := range min(len(l.path), len(m.path)) {
		if l.path[i].base != m.path[i].base {
			return l.path[i].base < m.path[i].base
		}
	}
	return len(l.path) < len(m.path)
}

// slot returns the slot of a position, or nil if it has been given out.
func (o *orderer[T]) slot(at Pos) *slot[T] {
	l := &o.lanes[at.lane()]
	lv := &l.roots
	if at.up != nil {
		lv = l.nested[at.up]
		if lv == nil {
			return nil
		}
	}
	i := at.index() - lv.base
	if i < 0 {
		return nil
	}
	for int64(lv.slots.len()) <= i {
		lv.slots.push([]slot[T]{{}})
	}
	return lv.slots.at(int(i))
}

// tell applies f to the slot of a position, and wakes the consumer if that lets
// an item go out.
func (o *orderer[T]) tell(f func()) {
	o.mu.Lock()
	f()
	wake := o.idle && o.least() != nil
	if wake {
		o.idle = false
	}
	o.mu.Unlock()
	if wake {
		o.wake()
	}
}

func (o *orderer[T]) drop(at Pos) {
	o.tell(func() {
		if s := o.slot(at); s != nil {
			s.state = absent
		}
	})
}

func (o *orderer[T]) split(at Pos, n int, below *Branch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.slot(at)
	if s == nil {
		return
	}
	lv := &level[T]{of: below}
	lv.slots.push(make([]slot[T], n))
	for i := range n {
		lv.slots.at(i).takes = s.takes
	}
	s.state, s.below = divided, lv
	l := &o.lanes[at.lane()]
	if l.nested == nil {
		l.nested = map[*Branch]*level[T]{}
	}
	l.nested[below] = lv
}

func (o *orderer[T]) ended(lane int, n int64) {
	o.tell(func() { o.lanes[lane].end = n })
}

func (o *orderer[T]) pass(at Pos, takes int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := o.slot(at); s != nil {
		s.takes = int32(takes) + 1
	}
}

func (o *orderer[T]) seal(lane, lanes, takes int) {
	o.tell(func() {
		for i := lane; i < lane+lanes; i++ {
			o.lanes[i].sealed = min(o.lanes[i].sealed, takes)
		}
	})
}
