package ztf

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
)

// Decent is the configuration of a DecentFilter, which follows the idea of the one
// in Ampel-ZTF: it rejects alerts that look like artefacts, moving objects or
// stars. A criterion that is not given is not applied. Limits are inclusive. What
// is about one detection is about the newest, for which the alert was sent.
//
// An alert without the field of a criterion is rejected, since nothing shows that
// it is good; without the time, the place or the magnitude it is an error.
type Decent struct {
	MinNdet  int      `config:"min_ndet"`  // detections in the alert, the newest included
	MinTspan *float64 `config:"min_tspan"` // days between the first and the last detection in the alert
	MaxTspan *float64 `config:"max_tspan"`
	MinMag   *float64 `config:"min_mag"` // the bright end of magpsf
	MaxMag   *float64 `config:"max_mag"` // the faint end
	// OnlyPositive is whether detections count only if they are brighter than the
	// reference. Default true.
	OnlyPositive bool     `config:"only_positive"`
	MinRB        *float64 `config:"min_rb"`      // real-bogus score, from 0 to 1
	MinDRB       *float64 `config:"min_drb"`     // that of the deep network, which packets have since 3.3
	MaxFWHM      *float64 `config:"max_fwhm"`    // pixels
	MaxElong     *float64 `config:"max_elong"`   // ratio of the axes
	MaxMagdiff   *float64 `config:"max_magdiff"` // between aperture and PSF, either way
	MaxNbad      *float64 `config:"max_nbad"`    // bad pixels
	// A known object of the solar system nearer than MinSSODist, in arcsec, rejects,
	// unless it is fainter than MaxSSOMag.
	MinSSODist *float64 `config:"min_sso_dist"`
	MaxSSOMag  *float64 `config:"max_sso_mag"`
	MinGalLat  *float64 `config:"min_gal_lat"` // degrees from the plane of the Galaxy, either way
	// One of the three nearest sources of PanSTARRS1 rejects if it lies within VetoRad,
	// in arcsec, and is a star with a score of at least VetoScore, from 0 to 1; and
	// if it lies within ConfusionRad and its score is nearer to 0.5 than ConfusionTol.
	VetoRad      *float64 `config:"ps1_sgveto_rad"`
	VetoScore    *float64 `config:"ps1_sgveto_sgth"`
	ConfusionRad *float64 `config:"ps1_confusion_rad"`
	ConfusionTol *float64 `config:"ps1_confusion_sg_tol"`
}

// SetDefaults sets the defaults.
func (c *Decent) SetDefaults() { c.OnlyPositive = true }

// CheckConfig finds mistakes.
func (c *Decent) CheckConfig() error {
	below := func(key string, low, high *float64) error {
		if low != nil && high != nil && *low > *high {
			return ampel.PathError("min_"+key, fmt.Errorf("%v is above max_%s, which is %v: nothing would pass", *low, key, *high))
		}
		return nil
	}
	pair := func(a string, x *float64, b string, y *float64) error {
		if (x == nil) != (y == nil) {
			return ampel.PathError(a, fmt.Errorf("%s and %s belong together: give both or none", a, b))
		}
		return nil
	}
	score := func(key string, x *float64) error {
		if x != nil && (*x < 0 || *x > 1) {
			return ampel.PathError(key, fmt.Errorf("%v is not a score from 0 to 1", *x))
		}
		return nil
	}
	err := errors.Join(
		below("tspan", c.MinTspan, c.MaxTspan), below("mag", c.MinMag, c.MaxMag),
		pair("ps1_sgveto_rad", c.VetoRad, "ps1_sgveto_sgth", c.VetoScore),
		pair("ps1_confusion_rad", c.ConfusionRad, "ps1_confusion_sg_tol", c.ConfusionTol),
		score("min_rb", c.MinRB), score("min_drb", c.MinDRB), score("ps1_sgveto_sgth", c.VetoScore),
	)
	switch {
	case err != nil:
		return err
	case c.MinNdet < 0:
		return ampel.PathError("min_ndet", errors.New("is below zero"))
	case c.MinGalLat != nil && (*c.MinGalLat < 0 || *c.MinGalLat > 90):
		return ampel.PathError("min_gal_lat", fmt.Errorf("%v is not between 0 and 90 degrees", *c.MinGalLat))
	case c.MaxSSOMag != nil && c.MinSSODist == nil:
		return ampel.PathError("max_sso_mag", errors.New("says which objects count, but min_sso_dist is missing"))
	}
	return nil
}

// NewDecent builds a DecentFilter.
func NewDecent(_ *ampel.Env, c Decent) (t0.AlertFilter, error) { return &decent{c}, nil }

type decent struct{ Decent }

// Filter applies the criteria, those first that cost the least.
func (f *decent) Filter(_ context.Context, a *t0.Alert) (t0.Verdict, error) {
	latest, err := newest(a)
	if err != nil {
		return t0.Reject, err
	}
	for _, ok := range []func(ampel.Value) (bool, error){f.bright, f.real, f.place, f.star} {
		if good, err := ok(latest); !good {
			return t0.Reject, err
		}
	}
	if good, err := f.history(a); !good {
		return t0.Reject, err
	}
	return t0.Accept, nil
}

// newest returns the latest detection.
func newest(a *t0.Alert) (ampel.Value, error) {
	var best ampel.Value
	last := math.Inf(-1)
	for i, v := range a.Datapoints {
		if !isDetection(v) {
			continue
		}
		jd, err := needs(v, "jd")
		if err != nil {
			return best, fmt.Errorf("datapoint %d: %w", i, err)
		}
		if jd > last {
			best, last = v, jd
		}
	}
	if math.IsInf(last, -1) {
		return best, fmt.Errorf("%w: no datapoint has one", missing("magpsf"))
	}
	return best, nil
}

func (f *decent) bright(v ampel.Value) (bool, error) {
	mag, err := needs(v, "magpsf")
	return err == nil && (!f.OnlyPositive || positive(v)) &&
		(f.MinMag == nil || mag >= *f.MinMag) && (f.MaxMag == nil || mag <= *f.MaxMag), err
}

func positive(v ampel.Value) bool {
	s, _ := v.Get("isdiffpos").Text()
	return s == "t" || s == "1"
}

// real reports whether the detection is a good one.
func (f *decent) real(v ampel.Value) (bool, error) {
	for _, c := range []struct {
		field string
		limit *float64
		sign  float64
		abs   bool
	}{
		{"rb", f.MinRB, 1, false}, {"drb", f.MinDRB, 1, false}, {"fwhm", f.MaxFWHM, -1, false},
		{"elong", f.MaxElong, -1, false}, {"magdiff", f.MaxMagdiff, -1, true}, {"nbad", f.MaxNbad, -1, false},
	} {
		if c.limit == nil {
			continue
		}
		x, ok := number(v, c.field)
		if c.abs {
			x = math.Abs(x)
		}
		if !ok || c.sign*x < c.sign**c.limit {
			return false, nil
		}
	}
	return true, nil
}

// place reports whether it lies neither in the plane of the Galaxy nor where an
// object of the solar system is.
func (f *decent) place(v ampel.Value) (bool, error) {
	if f.MinSSODist != nil {
		dist, ok := number(v, "ssdistnr") // -999 if there is none
		mag, known := number(v, "ssmagnr")
		counts := f.MaxSSOMag == nil || !known || mag <= *f.MaxSSOMag
		if ok && dist >= 0 && dist < *f.MinSSODist && counts {
			return false, nil
		}
	}
	if f.MinGalLat == nil {
		return true, nil
	}
	ra, err := needs(v, "ra")
	if err != nil {
		return false, err
	}
	dec, err := needs(v, "dec")
	return err == nil && math.Abs(galacticLatitude(ra, dec)) >= *f.MinGalLat, err
}

// star reports whether it is not at the place of a star.
func (f *decent) star(v ampel.Value) (bool, error) {
	if f.VetoRad == nil && f.ConfusionRad == nil {
		return true, nil
	}
	for n := 1; n <= 3; n++ {
		dist, ok := number(v, "distpsnr"+strconv.Itoa(n))
		score, known := number(v, "sgscore"+strconv.Itoa(n))
		if !ok || !known || dist < 0 || score < 0 { // -999 if there is none
			continue
		}
		if f.VetoRad != nil && dist <= *f.VetoRad && score >= *f.VetoScore {
			return false, nil
		}
		if f.ConfusionRad != nil && dist <= *f.ConfusionRad && math.Abs(score-0.5) <= *f.ConfusionTol {
			return false, nil
		}
	}
	return true, nil
}

// history reports whether there are enough detections over a good span of time.
func (f *decent) history(a *t0.Alert) (bool, error) {
	if f.MinNdet == 0 && f.MinTspan == nil && f.MaxTspan == nil {
		return true, nil
	}
	n, first, last := 0, math.Inf(1), math.Inf(-1)
	for i, v := range a.Datapoints {
		if !isDetection(v) || f.OnlyPositive && !positive(v) {
			continue
		}
		jd, err := needs(v, "jd")
		if err != nil {
			return false, fmt.Errorf("datapoint %d: %w", i, err)
		}
		n++
		first, last = min(first, jd), max(last, jd)
	}
	span := last - first
	return n >= f.MinNdet && (f.MinTspan == nil || span >= *f.MinTspan) && (f.MaxTspan == nil || span <= *f.MaxTspan), nil
}
