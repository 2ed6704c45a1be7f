package engine

// A tracker restores the order of a source. Since items that are filtered out
// never reach it, the stages before it tell it about them.
type tracker interface {
	// drop says that the item at a position will not arrive.
	drop(at Pos)
	// split says that n items arrive in place of one, below it.
	split(at Pos, n int, below *Branch)
	// ended says that the source of a lane had n items.
	ended(lane int, n int64)
	// pass says that the item went through a Take that has takes others behind it.
	pass(at Pos, takes int)
	// seal says that such a Take lets nothing through any more in these lanes.
	seal(lane, lanes, takes int)
}

// A route leads from a port to a tracker, up by some lanes and through some Takes.
type route struct {
	to    tracker
	lane  int
	takes int
}

// routes returns the trackers behind the port. It is called once, when all stages
// of the run are connected.
func (p *Port[T]) routes() []route {
	if p.asked {
		return p.known
	}
	p.asked = true
	for _, e := range p.outs {
		if e.in.down == nil {
			continue
		}
		for _, r := range e.in.down() {
			r.lane += e.lane
			p.known = append(p.known, r)
		}
	}
	return p.known
}

func (p *Port[T]) drop(at Pos) {
	for _, r := range p.known {
		r.to.drop(at.inLane(r.lane))
	}
}

func (p *Port[T]) split(at Pos, n int, below *Branch) {
	for _, r := range p.known {
		r.to.split(at.inLane(r.lane), n, below)
	}
}

func (p *Port[T]) ended(n int64) {
	for _, r := range p.known {
		r.to.ended(r.lane, n)
	}
}

func (p *Port[T]) pass(at Pos) {
	for _, r := range p.known {
		r.to.pass(at.inLane(r.lane), r.takes)
	}
}

func (p *Port[T]) seal() {
	for _, r := range p.known {
		r.to.seal(r.lane, p.lanes(), r.takes)
	}
}
