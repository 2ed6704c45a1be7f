package engine

// An Inlet is where the items of one consumer arrive: a queue, or with round
// robin a queue for each of its workers.
//
// Several ports may flow into one inlet; that is all that a merge is. Each of
// them gets lanes of its own there, so that an ordered consumer can tell equal
// positions of different streams apart.
type Inlet[T any] struct {
	run   *Run
	size  Size
	qs    []*queue[T]
	edges []*edge[T]
	queue [1]*queue[T] // where qs is, if there is one; made with the inlet,
	first queue[T]     // as it is, to save allocations
	edge  [1]*edge[T]  // the same for edges

	turn  int64         // round robin: the next item's queue
	token chan struct{} // round robin: held while an item is dealt

	down    func() []route // who wants to know about items that never arrive
	discard bool           // nobody reads: pushes vanish
	holds   bool           // must take everything at once, or a loop of stages locks up
}

// Size says how many items may wait in front of a consumer.
type Size struct {
	Max   int  // the limit, or Unlimited
	Given bool // by the user; else the consumer follows the stage before it
	Extra int  // added by buffers
}

func newInlet[T any](r *Run, size Size, queues int) *Inlet[T] {
	in := &Inlet[T]{run: r, size: size}
	in.edges = in.edge[:0]
	in.queue[0] = in.first.init()
	in.qs = in.queue[:]
	for range queues - 1 {
		in.qs = append(in.qs, new(queue[T]).init())
	}
	r.add(in)
	if queues > 1 {
		in.token = make(chan struct{}, 1)
	}
	return in
}

// Buffer makes room for n more items, or for any number.
func (in *Inlet[T]) Buffer(n int) {
	switch {
	case n == Unlimited || in.size.Extra == Unlimited:
		in.size.Extra = Unlimited
	default:
		in.size.Extra += n
	}
}

// settle fixes the limits, once all edges are known.
func (in *Inlet[T]) settle() {
	limit := in.size.Max
	switch {
	case in.holds || in.size.Extra == Unlimited:
		limit = Unlimited
	case in.size.Given:
		if limit != Unlimited {
			limit += in.size.Extra
		}
	case in.size.Extra > 0:
		limit = in.size.Extra
	case in.size.Max == 0:
		limit = in.inherit()
	}
	for _, q := range in.qs {
		q.limit = limit
	}
	lane := 0
	for _, e := range in.edges {
		e.lane = lane
		lane += e.port.lanes()
	}
}

// inherit returns the limit of a consumer without one of its own: that of the
// stage before it, or none at all where items go from hand to hand.
func (in *Inlet[T]) inherit() int {
	limit := 0
	for _, e := range in.edges {
		switch size := e.port.size; {
		case size == Unlimited:
			limit = max(limit, DefaultSize)
		case size > handToHand:
			limit = max(limit, size)
		}
	}
	return limit
}

// sizeHint is the size for consumers behind this one that have none of their own.
func (in *Inlet[T]) sizeHint() int {
	if in.size.Given {
		return in.size.Max
	}
	return DefaultSize
}

func (in *Inlet[T]) abort() {
	for _, q := range in.qs {
		q.abort()
	}
}

func (in *Inlet[T]) queues() (states []string) {
	for _, q := range in.qs {
		states = append(states, q.state())
	}
	return states
}

// lanes returns how many streams flow into the inlet.
func (in *Inlet[T]) lanes() int {
	n := 0
	for _, e := range in.edges {
		n += e.port.lanes()
	}
	return n
}

// end says that the consumer takes no more, and tells the producers.
func (in *Inlet[T]) end() {
	for _, e := range in.edges {
		e.die()
	}
	for _, q := range in.qs {
		q.end()
	}
}

func (in *Inlet[T]) push(items []Elem[T], lane, held int) bool {
	switch {
	case in.discard:
		return true
	case len(in.qs) > 1:
		return in.deal(items, lane)
	default:
		return in.qs[0].push(items, lane, held)
	}
}

// deal gives the items to the queues in turn. The token keeps two producers from
// overtaking each other between taking a turn and using it; it is a channel,
// since a push may wait for long.
func (in *Inlet[T]) deal(items []Elem[T], lane int) bool {
	select {
	case in.token <- struct{}{}:
	case <-in.run.ctx.Done():
		return false
	}
	defer func() { <-in.token }()
	for i := range items {
		q := in.qs[in.turn%int64(len(in.qs))]
		in.turn++
		if !q.push(items[i:i+1], lane, 0) && in.run.over() {
			return false
		}
	}
	return true
}

// reserve promises room for up to want items. Where items go one by one, it
// promises nothing.
func (in *Inlet[T]) reserve(want int) int {
	switch {
	case in.discard:
		return want
	case in.handToHand():
		return 0
	default:
		return in.qs[0].reserve(want)
	}
}

func (in *Inlet[T]) unreserve(n int) {
	if !in.discard && !in.handToHand() && n > 0 {
		in.qs[0].unreserve(n)
	}
}

func (in *Inlet[T]) handToHand() bool {
	return len(in.qs) > 1 || in.limit() != Unlimited && in.limit() <= handToHand
}

// more returns how many items to take next, where that does not depend on what they
// cost, after n of at most size.
func (in *Inlet[T]) more(n, size int) int {
	if n < size || in.handToHand() {
		return size
	}
	return min(2*size, maxLease)
}

func (in *Inlet[T]) deposit(items []Elem[T], lane, held int) {
	switch {
	case in.discard:
	case len(in.qs) > 1:
		for i := range items { // the run fails: whose turn it is does not matter
			in.qs[i%len(in.qs)].deposit(items[i:i+1], lane, 0)
		}
	default:
		in.qs[0].deposit(items, lane, held)
	}
}

func (in *Inlet[T]) waiting() int {
	n := 0
	for _, q := range in.qs {
		n += q.waiting()
	}
	return n
}

// backlog returns how many items wait in the queue itself.
func (in *Inlet[T]) backlog() int {
	n := 0
	for _, q := range in.qs {
		n += q.backlog()
	}
	return n
}

func (in *Inlet[T]) limit() int { return in.qs[0].limit }
