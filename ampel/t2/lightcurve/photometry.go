package lightcurve

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/penstock/penstock/ampel"
)

// zeroPoint is the magnitude of a flux of one.
const zeroPoint = 25.0

// perMag is the relative change of a flux for one magnitude.
const perMag = math.Ln10 / 2.5

func fluxOf(mag float64) float64 { return math.Pow(10, (zeroPoint-mag)/2.5) }

func magOf(flux float64) float64 { return zeroPoint - 2.5*math.Log10(flux) }

// point is a detection, or an upper limit.
type point struct {
	jd, mag, err float64 // of a limit, mag is the limit and err zero
	band         string
	positive     bool
	ra, dec      float64
}

func (p point) limit() bool { return p.err == 0 }

// flux returns the flux and its uncertainty. Limits are at five sigma.
func (p point) flux() (f, sigma float64) {
	f = fluxOf(p.mag)
	if p.limit() {
		return f, f / 5
	}
	sigma = f * p.err * perMag
	if !p.positive {
		f = -f
	}
	return f, sigma
}

// bandNames are the filters of ZTF, by number.
var bandNames = []string{1: "g", 2: "r", 3: "i"}

// photometry returns the points of a state in the order of time. Points in other
// bands, and those without what is needed, are left out: they are not what a light
// curve is made of.
func photometry(points []ampel.DataPoint) ([]point, error) {
	var out []point
	for _, d := range points {
		p, ok, err := pointOf(d)
		if err != nil {
			return nil, fmt.Errorf("datapoint %d: %w", d.ID, err)
		}
		if ok {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b point) int { return cmp.Compare(a.jd, b.jd) })
	return out, nil
}

func pointOf(d ampel.DataPoint) (p point, ok bool, err error) {
	fid, hasBand := d.Body.Get("fid").Int()
	jd, hasTime := d.Body.Get("jd").Float()
	if !hasBand || !hasTime {
		return point{}, false, fmt.Errorf("it has no jd or no fid: is it one of ZTF?")
	}
	if fid < 1 || fid >= int64(len(bandNames)) {
		return point{}, false, nil
	}
	p = point{jd: jd, band: bandNames[fid]}
	mag, hasMag := d.Body.Get("magpsf").Float()
	if !hasMag || math.IsNaN(mag) {
		limit, hasLimit := d.Body.Get("diffmaglim").Float()
		p.mag = limit
		// Missing limits are written as -999.
		return p, hasLimit && limit > 0 && limit < 40, nil
	}
	sigma, hasError := d.Body.Get("sigmapsf").Float()
	if !hasError || !(sigma > 0) || math.IsInf(sigma, 0) || !(mag > -5 && mag < 40) {
		return point{}, false, nil
	}
	p.mag, p.err = mag, sigma
	sign, _ := d.Body.Get("isdiffpos").Text()
	p.positive = sign == "t" || sign == "1"
	p.ra, _ = d.Body.Get("ra").Float()
	p.dec, _ = d.Body.Get("dec").Float()
	return p, true, nil
}

// byBand returns the points of each band that has some.
func byBand(points []point) map[string][]point {
	out := map[string][]point{}
	for _, p := range points {
		out[p.band] = append(out[p.band], p)
	}
	return out
}
