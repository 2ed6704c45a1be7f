package engine

import (
	"fmt"
	"strings"
)

// Dump describes the state of the run: its stages and all of its queues. It is for
// whoever looks for the reason of a hang.
func (r *Run) Dump() string {
	var b strings.Builder
	fmt.Fprintf(&b, "run: over %v, error %v\n", r.over(), r.Err())
	for _, s := range r.stats {
		fmt.Fprintf(&b, "%s: in %d, out %d, dropped %d, busy %d of %d, waiting %d of %d\n", s.Name,
			s.In.Load(), s.Out.Load(), s.Dropped.Load(), s.Busy.Load(), s.Workers, s.Waiting(), s.MaxSize())
	}
	n := 0
	each(r, func(in owner) {
		for _, state := range in.queues() {
			fmt.Fprintf(&b, "queue %d: %s\n", n, state)
			n++
		}
	})
	return b.String()
}

func (q *queue[T]) state() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return fmt.Sprintf("%d of %d, leased %d, reserved %d, next %d, gate %d, readers %d, writers %d, open %d, gone %v, shut %v, last %v",
		q.ring.len(), q.limit, q.leased, q.reserved, q.seq, q.gate, q.readers, q.writers, q.open, q.gone, q.shut, q.last)
}
