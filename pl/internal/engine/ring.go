package engine

// A ring is a first-in first-out buffer that grows with use and never shrinks.
type ring[E any] struct {
	buf  []E // the length is a power of two, or zero
	head int
	n    int
}

func (r *ring[E]) len() int { return r.n }

// grow makes place for more items.
func (r *ring[E]) grow(more int) {
	size := max(fewItems, len(r.buf))
	for size < r.n+more {
		size *= 2
	}
	var buf []E
	if size <= blockItems {
		buf = roomFor(buf, size)
	} else {
		buf = make([]E, size)
	}
	first := copy(buf, r.buf[r.head:])
	copy(buf[first:], r.buf[:r.head])
	clear(r.buf)
	giveBack(r.buf)
	r.buf, r.head = buf, 0
}

// free empties the ring and gives its memory back.
func (r *ring[E]) free() {
	if r.n > 0 {
		clear(r.buf)
	}
	giveBack(r.buf)
	*r = ring[E]{}
}

func (r *ring[E]) pop(dst []E) int {
	n := min(len(dst), r.n)
	if n == 0 {
		return 0
	}
	first := copy(dst[:n], r.buf[r.head:])
	clear(r.buf[r.head : r.head+first])
	rest := copy(dst[first:n], r.buf)
	clear(r.buf[:rest])
	r.head = (r.head + n) & (len(r.buf) - 1)
	r.n -= n
	return n
}

func (r *ring[E]) push(items []E) {
	if r.n+len(items) > len(r.buf) {
		r.grow(len(items))
	}
	tail := (r.head + r.n) & (len(r.buf) - 1)
	first := copy(r.buf[tail:], items)
	copy(r.buf, items[first:])
	r.n += len(items)
}

// at returns the i-th item from the front.
func (r *ring[E]) at(i int) *E {
	return &r.buf[(r.head+i)&(len(r.buf)-1)]
}

// front returns the first item.
func (r *ring[E]) front() *E { return &r.buf[r.head] }

// drop removes the first item.
func (r *ring[E]) drop() {
	var zero E
	r.buf[r.head] = zero
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
}
