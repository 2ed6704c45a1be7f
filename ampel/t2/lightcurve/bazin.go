package lightcurve

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/penstock/penstock/ampel/t2/lightcurve/internal/leastsq"
)

// The parameters that are fitted. With fall = rise·(1+u) there always is a peak, and
// logarithms keep rise and u positive.
const (
	pScale = iota
	pT0
	pLogRise
	pLogU
	pBaseline
)

// The names of the parameters in a result.
var parameterNames = []string{"scale", "t0", "rise", "fall", "baseline"}

// The limits of the shape.
const (
	minRise, maxRise = 0.2, 50.0
	minU, maxU       = 0.1, 200.0
	early, late      = 60.0, 60.0 // days that t0 may be outside of the data
)

// shape returns the function of Bazin for a scale of one, at s days after t0, and its
// logarithmic derivatives by t0, log rise and log u.
func shape(s, logRise, logU float64) (f, dT0, dRise, dU float64) {
	rise, u := math.Exp(logRise), math.Exp(logU)
	fall := rise * (1 + u)
	x := -s / rise
	f = math.Exp(-s/fall - softplus(x))
	before := 1 / (1 + math.Exp(-x)) // one long before t0, zero long after
	dT0 = 1/fall - before/rise
	dRise = s/fall - before*s/rise
	dU = s / fall / fall * rise * u
	return f, dT0, dRise, dU
}

// softplus is log(1 + exp(x)) without overflow.
func softplus(x float64) float64 {
	if x > 0 {
		return x + math.Log1p(math.Exp(-x))
	}
	return math.Log1p(math.Exp(x))
}

// curve is what is fitted: the fluxes of one band. Of an upper limit f is the flux
// of the limit.
type curve struct {
	origin   float64 // Julian date from which times count, so that they have all digits
	t, f, s  []float64
	limit    []bool
	baseline bool
}

func newCurve(points []point, floor float64, baseline bool) *curve {
	c := &curve{origin: math.Floor(points[0].jd), baseline: baseline}
	for _, p := range points {
		f, sigma := p.flux()
		if !p.limit() {
			sigma = math.Hypot(sigma, floor*f)
		}
		c.t, c.f, c.s = append(c.t, p.jd-c.origin), append(c.f, f), append(c.s, sigma)
		c.limit = append(c.limit, p.limit())
	}
	return c
}

// detections is how many points are no limits.
func (c *curve) detections() int {
	n := 0
	for _, l := range c.limit {
		if !l {
			n++
		}
	}
	return n
}

func (c *curve) parameters() int {
	if c.baseline {
		return pBaseline + 1
	}
	return pBaseline
}

func (c *curve) eval(p, r []float64, jac *mat.Dense) {
	for i := range c.t {
		f, dT0, dRise, dU := shape(c.t[i]-p[pT0], p[pLogRise], p[pLogU])
		value := p[pScale] * f
		total := value
		if c.baseline {
			total += p[pBaseline]
		}
		slope := 1.0 // of the residual by total/s
		r[i] = (total - c.f[i]) / c.s[i]
		if c.limit[i] {
			r[i], slope = censored(r[i])
		}
		slope /= c.s[i]
		row := jac.RawRowView(i)
		row[pScale] = f * slope
		row[pT0] = value * dT0 * slope
		row[pLogRise] = value * dRise * slope
		row[pLogU] = value * dU * slope
		if c.baseline {
			row[pBaseline] = slope
		}
	}
}

// censored is the residual of an upper limit, and its derivative, where the function
// is z sigma above the limit. All that is known is that less than the limit was
// measured, and the square of the residual is -2 log of the probability of that, as
// in Tobin 1958, Econometrica 26, 24: next to nothing if the function is below the
// limit, and about z² above it.
func censored(z float64) (r, slope float64) {
	if z < -7 {
		return 0, 0
	}
	log, hazard := -z*z/2-math.Log(z)-math.Log(2*math.Pi)/2, z+1/z // for large z
	if z < 35 {
		chance := math.Erfc(z/math.Sqrt2) / 2
		log = math.Log(chance)
		hazard = math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) / chance
	}
	r = math.Sqrt(-2 * log)
	return r, hazard / r
}

// fit starts at several places and returns the best result, nil if all of them failed.
func (c *curve) fit(ctx context.Context) (*leastsq.Result, error) {
	n := c.parameters()
	lower, upper := make([]float64, n), make([]float64, n)
	for k := range n {
		lower[k], upper[k] = math.Inf(-1), math.Inf(1)
	}
	lower[pScale] = 0
	lower[pT0], upper[pT0] = c.t[0]-early, c.t[len(c.t)-1]+late
	lower[pLogRise], upper[pLogRise] = math.Log(minRise), math.Log(maxRise)
	lower[pLogU], upper[pLogU] = math.Log(minU), math.Log(maxU)
	problem := leastsq.Problem{Residuals: len(c.t), Eval: c.eval, Lower: lower, Upper: upper}

	var best *leastsq.Result
	for _, start := range c.starts() {
		r, err := leastsq.Fit(ctx, problem, start)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err == nil && (best == nil || r.Chi2 < best.Chi2) {
			best = r
		}
	}
	return best, nil
}

// starts returns the three best of a grid, for which the scale is the best one.
func (c *curve) starts() [][]float64 {
	brightest := 0
	for i, f := range c.f {
		if !c.limit[i] && (c.limit[brightest] || f > c.f[brightest]) {
			brightest = i
		}
	}
	type start struct {
		p    []float64
		chi2 float64
	}
	var all []start
	for _, rise := range []float64{1.5, 4, 10} {
		for _, u := range []float64{1.5, 6, 20} {
			for _, shift := range []float64{-10, -4, 0, 4, 10} {
				p := make([]float64, c.parameters())
				p[pLogRise], p[pLogU] = math.Log(rise), math.Log(u)
				p[pT0] = c.t[brightest] - rise*p[pLogU] + shift
				all = append(all, start{p, c.scale(p)})
			}
		}
	}
	slices.SortFunc(all, func(a, b start) int {
		if a.chi2 < b.chi2 {
			return -1
		}
		return 1
	})
	out := make([][]float64, 3)
	for i := range out {
		out[i] = all[i].p
	}
	return out
}

// scale sets the scale that fits the detections best, and returns the sum of
// squares.
func (c *curve) scale(p []float64) float64 {
	shapes := make([]float64, len(c.t))
	var ff, fy, yy float64
	for i := range c.t {
		shapes[i], _, _, _ = shape(c.t[i]-p[pT0], p[pLogRise], p[pLogU])
		if !c.limit[i] {
			f, y := shapes[i]/c.s[i], c.f[i]/c.s[i]
			ff, fy, yy = ff+f*f, fy+f*y, yy+y*y
		}
	}
	if ff > 0 && fy > 0 {
		p[pScale] = fy / ff
		yy -= fy * fy / ff
	}
	for i, f := range shapes {
		if c.limit[i] {
			r, _ := censored((p[pScale]*f - c.f[i]) / c.s[i])
			yy += r * r
		}
	}
	return yy
}
