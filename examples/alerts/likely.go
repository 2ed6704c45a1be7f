package main

import (
	"github.com/penstock/penstock/ampel"
)

// What the light curve of a supernova looks like. Most that is not one is rejected by
// the filter of T0 already; what is left are stars and active galaxies that vary, and
// supernovae of which too little was seen.
const (
	minDetections = 8
	minDays       = 12.0
	maxNegative   = 1 // detections that are fainter than the reference
	maxScatter    = 1.0
	maxChi2       = 3.0 // per degree of freedom

	maxRise          = 15.0 // days
	minFall, maxFall = 6.0, 90.0
	maxPeakError     = 0.5 // magnitudes
	minFreedom       = 3   // degrees
)

// likely returns the stock of a view as a candidate, nil if it does not look like a
// supernova.
func likely(v *ampel.TransientView) *candidate {
	summary, fit := v.LatestT2Body("T2LightCurveSummary"), v.LatestT2Body("T2BazinFit")
	number := func(v ampel.Value, path string) float64 {
		f, _ := v.Get(path).Float()
		return f
	}
	c := &candidate{
		RA: number(summary, "ra"), Dec: number(summary, "dec"),
		Detections: int(number(summary, "detections")), Limits: int(number(summary, "limits")),
		Days: number(summary, "duration"), ReducedChi2: number(fit, "reduced_chi2"),
		Bands: fits(fit),
	}
	if names := v.Names(); len(names) > 0 {
		c.Name = names[0].String()
	}
	if summary.Has("color") {
		c.Color = &measured{number(summary, "color.value"), number(summary, "color.error")}
	}
	if c.Detections < minDetections || c.Days < minDays || c.ReducedChi2 > maxChi2 ||
		number(summary, "negative") > maxNegative || number(summary, "scatter") > maxScatter {
		return nil
	}
	good := false
	for _, f := range c.Bands {
		good = good || f.looksRight(number(summary, "first"), number(summary, "last"))
	}
	if !good {
		return nil
	}
	c.points = photometry(v)
	return c
}

// looksRight reports whether the fit of one band is that of a supernova whose peak was
// seen. The rise may be too fast to tell: of faint ones only the top is seen.
func (f bandFit) looksRight(first, last float64) bool {
	return !f.AtLimit && f.DOF >= minFreedom && f.Rise.Value <= maxRise &&
		f.Fall.Value >= minFall && f.Fall.Value <= maxFall &&
		f.PeakMag.Error > 0 && f.PeakMag.Error <= maxPeakError &&
		f.PeakJD.Value >= first-3 && f.PeakJD.Value <= last
}
