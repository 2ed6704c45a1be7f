package ztfsim

import (
	"iter"
	"math"
	"slices"

	"github.com/penstock/penstock/ampel/ztf"
)

const (
	window      = 30.0 // days of history in a packet
	calibration = 0.02 // relative error of every flux
	threshold   = 5.0  // sigma of a detection
)

// sighting is a detection as the two kinds of points.
type sighting struct {
	visit     int // which one of the field
	candidate *ztf.Point
	history   *ztf.Point
}

// Packets gives all alerts in the order of time. Each call starts from the
// beginning.
func (s *Survey) Packets() iter.Seq[*ztf.Packet] {
	return func(yield func(*ztf.Packet) bool) {
		r := &run{
			survey: s, sources: map[*field][]*source{}, again: map[int]*source{},
			limits: map[*visit]*ztf.Point{}, forgot: map[*field]int{},
		}
		for _, v := range s.visits {
			if !r.expose(v, yield) {
				return
			}
		}
	}
}

// run is one pass through a survey.
type run struct {
	survey  *Survey
	sources map[*field][]*source
	again   map[int]*source       // that were seen once and may be seen again
	limits  map[*visit]*ztf.Point // what histories share
	forgot  map[*field]int        // how many exposures of a field
	number  int                   // of the alert in its exposure
	body    []byte
}

func (r *run) expose(v *visit, yield func(*ztf.Packet) bool) bool {
	r.number = 0
	sources, known := r.sources[v.field]
	if !known {
		for _, index := range v.field.sources {
			sources = append(sources, r.survey.source(index, v.field))
		}
		r.sources[v.field] = sources
	}
	r.forget(v)
	for _, o := range sources {
		o.forget(v)
		if !r.look(v, o, yield) {
			return false
		}
	}
	for _, index := range v.once {
		o := r.again[index]
		if o == nil {
			o = r.survey.source(index, v.field)
			r.again[index] = o
		}
		o.forget(v)
		if !r.look(v, o, yield) {
			return false
		}
	}
	return true
}

// forget drops what no packet needs any more.
func (r *run) forget(v *visit) {
	for r.forgot[v.field] < v.at {
		old := v.field.visits[r.forgot[v.field]]
		if old.jd > v.jd-window {
			return
		}
		r.forgot[v.field]++
		delete(r.limits, old)
		for _, index := range old.once {
			if o := r.again[index]; o != nil && o.last <= old.jd {
				delete(r.again, index)
			}
		}
	}
}

// forget drops what was seen too long before an exposure.
func (o *source) forget(v *visit) {
	n := 0
	for n < len(o.seen) && v.field.visits[o.seen[n].visit].jd < v.jd-window {
		n++
	}
	o.seen = slices.Delete(o.seen, 0, n)
}

// look measures a source, and gives an alert if it is seen.
func (r *run) look(v *visit, o *source, yield func(*ztf.Packet) bool) bool {
	difference, reference := o.flux(v)
	if difference == 0 {
		return true
	}
	sky := fluxOf(v.limit) / threshold
	all := math.Abs(difference) + reference
	noise := math.Sqrt(sky*sky + 0.3*all + calibration*calibration*difference*difference)
	measured := difference + noise*o.rng.NormFloat64()
	if math.Abs(measured) < threshold*noise {
		return true
	}
	o.total++
	if o.total == 1 {
		o.first = v.jd
	}
	o.last = v.jd
	seen := r.detect(v, o, measured, noise)
	p := &ztf.Packet{
		Version:   ztf.WrittenVersion,
		Publisher: "penstock simulation",
		ObjectID:  o.name,
		Candid:    seen.candidate.Candid,
		Candidate: seen.candidate,
		History:   r.history(v, o),
	}
	o.seen = append(o.seen, seen)
	return yield(p)
}

// history merges the detections of a source with the limits of the other exposures.
func (r *run) history(v *visit, o *source) []*ztf.Point {
	from := v.at
	for from > 0 && v.field.visits[from-1].jd >= v.jd-window {
		from--
	}
	out := make([]*ztf.Point, 0, v.at-from)
	seen := o.seen
	for i := from; i < v.at; i++ {
		if len(seen) > 0 && seen[0].visit == i {
			out = append(out, seen[0].history)
			seen = seen[1:]
			continue
		}
		out = append(out, r.limit(v.field.visits[i]))
	}
	return out
}
