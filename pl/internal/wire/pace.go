package wire

import "time"

// A Pace chooses how many items the next chunk should have, from what the chunks before
// cost: one at a time while items are slow or unknown, more while they are fast. The zero
// Pace is ready to use with the limits in its comments, and is for one goroutine at a time.
type Pace struct {
	Work  time.Duration // time in the function per chunk; 0 means 500 µs
	Items int           // items per chunk; 0 means 1024
	Bytes int           // bytes per chunk, one way; 0 means 256 KiB

	size  int     // the last answer
	cost  float64 // nanoseconds per item
	bytes float64 // per item, of the direction that needs more
}

// Observe tells p what n items have cost.
func (p *Pace) Observe(n int, spent time.Duration, sent, received int) {
	if n <= 0 {
		return
	}
	p.cost = follow(p.cost, float64(spent)/float64(n))
	p.bytes = follow(p.bytes, float64(max(sent, received))/float64(n))
	limit := or(p.Items, 1024)
	if p.cost > 0 {
		limit = int(min(float64(limit), float64(or(p.Work, 500*time.Microsecond))/p.cost))
	}
	if p.bytes > 0 {
		limit = int(min(float64(limit), float64(or(p.Bytes, 256<<10))/p.bytes))
	}
	p.size = max(1, min(2*p.Next(), limit))
}

// Next returns the number of items that the next chunk should have at most.
func (p *Pace) Next() int { return max(p.size, 1) }

// follow goes up at once and down slowly: a chunk that is too large delays others, one
// that is too small costs a little.
func follow(old, now float64) float64 {
	if now > old {
		return now
	}
	return (3*old + now) / 4
}

func or[T int | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}
