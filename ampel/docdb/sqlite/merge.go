package sqlite

import (
	"container/heap"
	"context"
)

// merge puts rising streams together into one, without repetitions.
type merge struct {
	parts  []stream // not read yet
	heads  headHeap
	last   int64
	begun  bool
	primed bool
}

type head struct {
	n  int64
	of stream
}

func (m *merge) next(ctx context.Context, c *conn) (int64, bool, error) {
	for ; len(m.parts) > 0; m.parts = m.parts[1:] {
		if err := m.pull(ctx, c, m.parts[0]); err != nil {
			return 0, false, err
		}
	}
	if !m.primed {
		heap.Init(&m.heads)
		m.primed = true
	}
	for len(m.heads) > 0 {
		h := &m.heads[0]
		n := h.n
		next, ok, err := h.of.next(ctx, c)
		if err != nil {
			return 0, false, err
		}
		if h.n = next; ok {
			heap.Fix(&m.heads, 0)
		} else {
			heap.Pop(&m.heads)
		}
		if !m.begun || n != m.last {
			m.begun, m.last = true, n
			return n, true, nil
		}
	}
	return 0, false, nil
}

func (m *merge) pull(ctx context.Context, c *conn, s stream) error {
	n, ok, err := s.next(ctx, c)
	if ok {
		m.heads = append(m.heads, head{n, s})
	}
	return err
}

// headHeap is a heap of streams by their next number.
type headHeap []head

func (h headHeap) Len() int           { return len(h) }
func (h headHeap) Less(i, j int) bool { return h[i].n < h[j].n }
func (h headHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *headHeap) Push(x any)        { *h = append(*h, x.(head)) }
func (h *headHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
