package lightcurve

import (
	"context"
	"fmt"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"gonum.org/v1/gonum/mat"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t2"
	"github.com/penstock/penstock/ampel/t2/lightcurve/internal/leastsq"
)

// Codes of T2BazinFit. With each of them the result is a map with the key reason, and
// with the bands that could be fitted, if any.
const (
	// CodeTooFewPoints: no band has enough points.
	CodeTooFewPoints ampel.DocumentCode = 1
	// CodeNotConverged: no band could be fitted, or none until nothing changed any more.
	CodeNotConverged ampel.DocumentCode = 2
)

// FitConfig configures T2BazinFit.
type FitConfig struct {
	MinDetections int      `config:"min_detections"`
	LimitDays     float64  `config:"limit_days"`
	ErrorFloor    float64  `config:"error_floor"`
	Baseline      bool     `config:"baseline"`
	Bands         []string `config:"bands"`
}

// SetDefaults sets what the documentation of the package says.
func (c *FitConfig) SetDefaults() {
	c.MinDetections, c.LimitDays = 5, 20
	c.Bands = []string{"g", "r", "i"}
}

// CheckConfig finds mistakes.
func (c *FitConfig) CheckConfig() error {
	switch {
	case c.MinDetections < c.parameters():
		return fmt.Errorf("min_detections is %d, and has to be at least %d, the number of parameters", c.MinDetections, c.parameters())
	case !(c.LimitDays >= 0):
		return fmt.Errorf("limit_days is %v, and must not be negative", c.LimitDays)
	case !(c.ErrorFloor >= 0 && c.ErrorFloor < 1):
		return fmt.Errorf("error_floor is %v, and has to be from 0 to 1", c.ErrorFloor)
	case len(c.Bands) == 0:
		return fmt.Errorf("bands is empty: name some of g, r and i")
	}
	for _, b := range c.Bands {
		if b == "" || !slices.Contains(bandNames, b) {
			return fmt.Errorf("bands: %q is none of g, r and i", b)
		}
	}
	return nil
}

func (c *FitConfig) parameters() int { return (&curve{baseline: c.Baseline}).parameters() }

func init() {
	t2.Register("T2BazinFit", func(c FitConfig) (t2.StateUnit, error) {
		return fitter{c}, nil
	})
}

type fitter struct{ conf FitConfig }

// Process fits each band.
func (u fitter) Process(ctx context.Context, s *t2.State) (any, error) {
	points, err := photometry(s.Points)
	if err != nil {
		return nil, err
	}
	var chi2 float64
	dof, converged, enough := 0, false, false
	var bands document
	split := byBand(points)
	for _, name := range u.conf.Bands {
		use, positive := u.usable(split[name])
		if positive < u.conf.MinDetections {
			continue
		}
		enough = true
		c := newCurve(use, u.conf.ErrorFloor, u.conf.Baseline)
		r, err := c.fit(ctx)
		if err != nil {
			return nil, err
		}
		if r == nil || r.Params[pScale] <= 0 {
			continue
		}
		bands.add(name, c.report(r))
		chi2 += c.chi2(r)
		dof += c.dof(r)
		converged = converged || r.Status == leastsq.Converged
	}
	var body document
	body.add("model", "bazin")
	body.add("zero_point", zeroPoint)
	if len(bands) > 0 {
		body.addChi2(chi2, dof)
	}
	body.add("bands", bands.orEmpty())
	switch {
	case !enough:
		body.add("reason", fmt.Sprintf("no band has %d positive detections", u.conf.MinDetections))
		return &t2.UnitResult{Body: bson.D(body), Code: t2.Code(CodeTooFewPoints)}, nil
	case !converged:
		body.add("reason", "no fit has come to an end")
		return &t2.UnitResult{Body: bson.D(body), Code: t2.Code(CodeNotConverged)}, nil
	}
	return bson.D(body), nil
}

// usable returns the detections of a band and the limits that count, and how many
// positive detections are among them.
func (u fitter) usable(points []point) (use []point, positive int) {
	first := slices.IndexFunc(points, func(p point) bool { return !p.limit() })
	if first < 0 {
		return nil, 0
	}
	for _, p := range points {
		if p.jd < points[first].jd-u.conf.LimitDays {
			continue
		}
		use = append(use, p)
		if p.positive {
			positive++
		}
	}
	return use, positive
}

// chi2 is the sum of squares of the detections. Those of the limits have another
// distribution.
func (c *curve) chi2(r *leastsq.Result) float64 {
	residuals := make([]float64, len(c.t))
	c.eval(r.Params, residuals, mat.NewDense(len(c.t), c.parameters(), nil))
	sum := 0.0
	for i, v := range residuals {
		if !c.limit[i] {
			sum += v * v
		}
	}
	return sum
}

// dof is the number of detections less that of the parameters that were free.
func (c *curve) dof(r *leastsq.Result) int { return r.DOF - len(c.t) + c.detections() }

// report returns what the result says about a band.
func (c *curve) report(r *leastsq.Result) document {
	p := r.Params
	rise, u := math.Exp(p[pLogRise]), math.Exp(p[pLogU])
	fall := rise * (1 + u)
	values := []float64{p[pScale], c.origin + p[pT0], rise, fall}
	peak := p[pT0] + rise*p[pLogU]
	atPeak, _, _, _ := shape(peak-p[pT0], p[pLogRise], p[pLogU])
	names := parameterNames[:c.parameters()]
	if c.baseline {
		values = append(values, p[pBaseline])
	}
	var out document
	out.add("detections", c.detections())
	out.add("limits", len(c.t)-c.detections())
	out.addChi2(c.chi2(r), c.dof(r))
	out.add("limit_chi2", r.Chi2-c.chi2(r))
	out.add("peak_jd", c.origin+peak)
	out.add("peak_mag", magOf(p[pScale]*atPeak))
	if r.Cov != nil {
		jd, mag := peakErrors(r, rise)
		out.add("peak_jd_error", jd)
		out.add("peak_mag_error", mag)
	}
	out.add("names", names)
	out.add("parameters", named(names, values))
	if r.Cov != nil {
		errors := make([]float64, len(names))
		rows := make([][]float64, len(names))
		cov := c.transform(r.Cov, rise, u)
		for k := range names {
			errors[k] = math.Sqrt(cov.At(k, k))
			for l := range names {
				rows[k] = append(rows[k], cov.At(k, l))
			}
		}
		out.add("errors", named(names, errors))
		out.add("covariance", rows)
	}
	var limits []string
	for k, at := range r.AtLimit {
		if at {
			limits = append(limits, names[k])
		}
	}
	if limits != nil {
		out.add("at_limit", limits)
	}
	out.add("converged", r.Status == leastsq.Converged)
	out.add("steps", r.Steps)
	return out
}

// transform returns the covariance of scale, t0, rise, fall and baseline.
func (c *curve) transform(cov *mat.SymDense, rise, u float64) *mat.SymDense {
	n := c.parameters()
	d := mat.NewDense(n, n, nil)
	for k := range n {
		d.Set(k, k, 1)
	}
	d.Set(pLogRise, pLogRise, rise)
	d.Set(pLogU, pLogRise, rise*(1+u)) // fall depends on both
	d.Set(pLogU, pLogU, rise*u)
	var half, full mat.Dense
	half.Mul(d, cov)
	full.Mul(&half, d.T())
	out := mat.NewSymDense(n, nil)
	for k := range n {
		for l := k; l < n; l++ {
			out.SetSym(k, l, full.At(k, l))
		}
	}
	return out
}

// peakErrors returns the uncertainties of the time and of the magnitude of the peak.
func peakErrors(r *leastsq.Result, rise float64) (jd, mag float64) {
	p := r.Params
	_, _, dRise, dU := shape(rise*p[pLogU], p[pLogRise], p[pLogU])
	// At the peak the flux does not change with time, so that only the other
	// parameters matter.
	n := len(p)
	bright, when := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	bright.SetVec(pScale, 1/p[pScale])
	bright.SetVec(pLogRise, dRise)
	bright.SetVec(pLogU, dU)
	when.SetVec(pT0, 1)
	when.SetVec(pLogRise, rise*p[pLogU])
	when.SetVec(pLogU, rise)
	return math.Sqrt(mat.Inner(when, r.Cov, when)), math.Sqrt(mat.Inner(bright, r.Cov, bright)) / perMag
}
