package main

import (
	"fmt"

	"github.com/penstock/penstock/ampel/ztf/ztfsim"
)

// wellSeen is from how many alerts on a simulated supernova should be on the page, if
// some are before its peak and some after it.
const wellSeen = 10

// sightings are the alerts of one source.
type sightings struct {
	n           int
	first, last float64 // Julian dates
}

// over reports whether a source was seen well around a time.
func (s *sightings) over(jd float64) bool { return s.n >= wellSeen && s.first < jd && s.last > jd }

// truth returns what a source really is; empty if nobody knows.
func (s *stream) truth(name string) string {
	if s.survey == nil {
		return ""
	}
	class, ok := s.survey.Class(name)
	if !ok {
		return ""
	}
	return class.String()
}

// score is how right a selection is.
type score struct {
	shown, right int // objects on the page, and supernovae among them
	seen, found  int // supernovae that were seen well, and those of them on the page
}

// purity is the part of what is shown that is right.
func (s score) purity() float64 { return ratio(s.right, s.shown) }

// completeness is the part of the supernovae that is shown.
func (s score) completeness() float64 { return ratio(s.found, s.seen) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// score compares what was found with the truth of the simulation.
func (s *stream) score(found []*candidate) score {
	var r score
	shown := map[string]bool{}
	for _, c := range found {
		shown[c.Name] = true
		r.shown++
		if c.Truth == ztfsim.Supernova.String() {
			r.right++
		}
	}
	for name, n := range s.alerts {
		if o, _ := s.survey.Object(name); o.Class != ztfsim.Supernova || !n.over(o.PeakJD) {
			continue
		}
		r.seen++
		if shown[name] {
			r.found++
		}
	}
	return r
}

// quality says in words how right a selection is; nothing if nobody knows.
func (s *stream) quality(found []*candidate) string {
	if s.survey == nil {
		return ""
	}
	r := s.score(found)
	return fmt.Sprintf("%d of these %d are simulated supernovae (purity %.0f%%). Of %d supernovae with %d alerts or more, before and after their peak, %d are here (completeness %.0f%%).",
		r.right, r.shown, 100*r.purity(), r.seen, wellSeen, r.found, 100*r.completeness())
}
