package ztfsim

import (
	"math"
	"math/rand/v2"

	"github.com/penstock/penstock/ampel/ztf"
)

// zeroPoint is the magnitude of a flux of one.
const zeroPoint = 25.0

func fluxOf(mag float64) float64 { return math.Pow(10, 0.4*(zeroPoint-mag)) }

func magOf(flux float64) float64 { return zeroPoint - 2.5*math.Log10(flux) }

// source is something that may be seen.
type source struct {
	name    string
	class   Class
	rng     *rand.Rand
	ra, dec float64
	bright  [3]bazin // by band, of a supernova
	wave    wave     // of a variable star
	flash   float64  // magnitude of what is seen once
	known   bool     // a mover is in the catalog
	host    host     // what is next to it in the reference

	seen  []*sighting // of the last 30 days and a bit, oldest first
	total int         // detections so far
	first float64     // when it was first seen
	last  float64
}

// host is the nearest source in the reference, and in a catalog of stars and
// galaxies.
type host struct {
	mag      float64
	distance float64 // arcsec
	star     float64 // score, 1 for a star
	gaia     float64 // distance to the nearest star with a parallax, arcsec
}

// bazin is the flux of a supernova in one band.
type bazin struct{ scale, t0, rise, fall float64 }

func (b bazin) flux(jd float64) float64 {
	t := jd - b.t0
	if t < -20*b.rise {
		return 0
	}
	return b.scale * math.Exp(-t/b.fall) / (1 + math.Exp(-t/b.rise))
}

// peakAfter is how long after t0 the flux is greatest.
func (b bazin) peakAfter() float64 { return b.rise * math.Log(b.fall/b.rise-1) }

// wave is the flux of a variable star around that of the reference.
type wave struct {
	mag, period, phase float64
	size               [3]float64 // by band, as a part of the flux
	skew               float64    // 0 for a sine; up to 1 for a slow fall and a fast rise
}

func (w wave) flux(jd float64, band ztf.Band) float64 {
	x := 2 * math.Pi * math.Mod(jd/w.period+w.phase, 1)
	return fluxOf(w.mag) * w.size[band] * math.Sin(x+w.skew*0.8*math.Sin(x))
}

// source makes one. All that is random about it comes from its number.
func (s *Survey) source(index int, f *field) *source {
	rng := s.rng(4, uint64(index))
	o := &source{
		name: s.name(index), class: s.classOf(index), rng: rng,
		dec: f.dec + 7*(rng.Float64()-0.5),
		ra:  math.Mod(360+f.ra+7*(rng.Float64()-0.5)/math.Cos(f.dec*math.Pi/180), 360),
	}
	switch o.class {
	case Supernova:
		o.makeSupernova(s.conf)
	case Variable:
		o.makeVariable()
	case Mover:
		o.flash = 21 - 4*math.Sqrt(rng.Float64())
		o.known = rng.Float64() < 0.85
		o.host = host{15 + 6*rng.Float64(), 1 + 14*rng.Float64(), rng.Float64(), 5 + 40*rng.Float64()}
	case Artifact:
		o.flash = 20.5 - 4*rng.Float64()*rng.Float64()
		o.host = host{12 + 8*rng.Float64(), 10 * rng.Float64(), rng.Float64(), 30 * rng.Float64()}
	}
	return o
}

func (o *source) makeSupernova(c Config) {
	rng := o.rng
	// There are four times as many for each magnitude that they are fainter, as in a
	// volume.
	const brightest, faintest = 16.0, 20.0
	low, high := math.Pow(10, 0.6*brightest), math.Pow(10, 0.6*faintest)
	peak := math.Log10(low+(high-low)*rng.Float64()) / 0.6
	r := bazin{rise: 2.5 + 2.5*rng.Float64(), fall: 18 + 20*rng.Float64()}
	g := bazin{rise: r.rise * (0.85 + 0.1*rng.Float64()), fall: r.fall * (0.55 + 0.15*rng.Float64())}
	color := 0.05 + 0.12*rng.NormFloat64() // g - r at the peaks
	r.t0 = c.Start - 20 + (float64(c.Nights)+10)*rng.Float64() - r.peakAfter()
	g.t0 = r.t0 + r.peakAfter() - 2.5 - g.peakAfter()
	r.scale = fluxOf(peak) / bazin{1, 0, r.rise, r.fall}.flux(r.peakAfter())
	g.scale = fluxOf(peak+color) / bazin{1, 0, g.rise, g.fall}.flux(g.peakAfter())
	o.bright[ztf.BandG], o.bright[ztf.BandR] = g, r
	o.host = host{16 + 5*rng.Float64(), 0.3 + 5*rng.Float64()*rng.Float64(), 0.3 * rng.Float64() * rng.Float64(), 5 + 60*rng.Float64()}
}

func (o *source) makeVariable() {
	rng := o.rng
	w := wave{
		mag:    15 + 4*math.Sqrt(rng.Float64()),
		period: 0.2 * math.Pow(500, rng.Float64()),
		phase:  rng.Float64(),
		skew:   rng.Float64(),
	}
	amount := 0.05 + 0.4*rng.Float64()*rng.Float64()
	w.size[ztf.BandR] = amount
	w.size[ztf.BandG] = amount * (1.1 + 0.3*rng.Float64())
	o.wave = w
	star := 1 - 0.2*rng.Float64()*rng.Float64()
	if rng.Float64() < 0.15 {
		star = 0.5 * rng.Float64() // taken for a galaxy, as active ones are
	}
	o.host = host{w.mag, 0.4 * rng.Float64(), star, 0.3 * rng.Float64()}
}

// flux returns the difference to the reference, and the flux that is in it.
func (o *source) flux(v *visit) (difference, reference float64) {
	switch o.class {
	case Supernova:
		return o.bright[v.band].flux(v.jd), 0
	case Variable:
		return o.wave.flux(v.jd, v.band), fluxOf(o.wave.mag)
	case Artifact:
		if o.rng.Float64() < 0.3 {
			return -fluxOf(o.flash), 0
		}
	}
	return fluxOf(o.flash), 0
}

func (o *source) object() Object {
	out := Object{Name: o.name, Class: o.class, RA: o.ra, Dec: o.dec}
	if o.class == Supernova {
		r := o.bright[ztf.BandR]
		out.PeakJD = r.t0 + r.peakAfter()
		out.PeakMag = magOf(r.flux(out.PeakJD))
	}
	return out
}
