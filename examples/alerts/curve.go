package main

import (
	"cmp"
	"math"
	"slices"

	"github.com/penstock/penstock/ampel"
)

// A candidate is a stock that may be a supernova, with all that its row shows.
type candidate struct {
	Name        string
	RA, Dec     float64
	Detections  int
	Limits      int
	Days        float64 // from the first to the last detection
	Color       *measured
	ReducedChi2 float64
	Bands       []bandFit
	Truth       string // what the simulation says it is; empty for real alerts

	points []point
}

// measured is a number with its uncertainty, zero if that is unknown.
type measured struct{ Value, Error float64 }

// bandFit is the fit of one band.
type bandFit struct {
	Band string

	Chi2       float64
	DOF        int
	PeakJD     measured
	PeakMag    measured
	Rise, Fall measured // days

	scale, t0 float64
	AtLimit   bool // a parameter other than the rise is at a limit
}

// point is a detection or an upper limit.
type point struct {
	jd, mag, err float64
	band         string
	limit        bool
	negative     bool // fainter than the reference
}

// bands are the filters in the order of legends and rows.
var bands = []string{"g", "r", "i"}

// photometry returns the points of a stock in the order of time.
func photometry(v *ampel.TransientView) []point {
	var out []point
	for _, d := range append(v.Photopoints(), v.Upperlimits()...) {
		fid, _ := d.Body.Get("fid").Int()
		if fid < 1 || fid > int64(len(bands)) {
			continue
		}
		p := point{band: bands[fid-1]}
		p.jd, _ = d.Body.Get("jd").Float()
		var ok bool
		if p.mag, ok = d.Body.Get("magpsf").Float(); ok {
			p.err, _ = d.Body.Get("sigmapsf").Float()
			sign, _ := d.Body.Get("isdiffpos").Text()
			p.negative = sign == "f" || sign == "0"
		} else {
			p.mag, ok = d.Body.Get("diffmaglim").Float()
			p.limit = true
		}
		if ok && p.mag > 0 && p.mag < 40 {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b point) int { return cmp.Compare(a.jd, b.jd) })
	return out
}

// fits reads the result of T2BazinFit.
func fits(body ampel.Value) []bandFit {
	var out []bandFit
	for _, name := range bands {
		v := body.Get("bands." + name)
		if v.IsNull() {
			continue
		}
		number := func(path string) float64 {
			f, _ := v.Get(path).Float()
			return f
		}
		f := bandFit{
			Band: name, Chi2: number("chi2"),
			DOF:     int(number("dof")),
			PeakJD:  measured{number("peak_jd"), number("peak_jd_error")},
			PeakMag: measured{number("peak_mag"), number("peak_mag_error")},
			Rise:    measured{number("parameters.rise"), number("errors.rise")},
			Fall:    measured{number("parameters.fall"), number("errors.fall")},
			scale:   number("parameters.scale"), t0: number("parameters.t0"),
		}
		names, _ := v.Get("at_limit").List()
		f.AtLimit = slices.ContainsFunc(names, func(n ampel.Value) bool { text, _ := n.Text(); return text != "rise" })
		out = append(out, f)
	}
	return out
}

// magAt returns the magnitude of the fit: the function of Bazin et al. 2009.
func (f bandFit) magAt(jd float64) float64 {
	t := jd - f.t0
	flux := f.scale * math.Exp(-t/f.Fall.Value) / (1 + math.Exp(-t/f.Rise.Value))
	return 25 - 2.5*math.Log10(flux)
}
