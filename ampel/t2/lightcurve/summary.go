package lightcurve

import (
	"context"
	"fmt"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/t2"
)

// CodeNoDetections is the code of T2LightCurveSummary if there is nothing but upper
// limits; the result then has their number only.
const CodeNoDetections = CodeTooFewPoints

// SummaryConfig configures T2LightCurveSummary.
type SummaryConfig struct {
	RiseDays  float64 `config:"rise_days"`
	FadeDays  float64 `config:"fade_days"`
	ColorDays float64 `config:"color_days"`
}

// SetDefaults sets what the documentation of the package says.
func (c *SummaryConfig) SetDefaults() { c.RiseDays, c.FadeDays, c.ColorDays = 20, 30, 2 }

// CheckConfig finds mistakes.
func (c *SummaryConfig) CheckConfig() error {
	if !(c.RiseDays > 0) || !(c.FadeDays > 0) || !(c.ColorDays > 0) {
		return fmt.Errorf("rise_days, fade_days and color_days have to be positive, and are %v, %v and %v", c.RiseDays, c.FadeDays, c.ColorDays)
	}
	return nil
}

func init() {
	t2.Register("T2LightCurveSummary", func(c SummaryConfig) (t2.StateUnit, error) { return summarizer{c}, nil })
}

type summarizer struct{ conf SummaryConfig }

// Process reads off what can be read off.
func (u summarizer) Process(_ context.Context, s *t2.State) (any, error) {
	points, err := photometry(s.Points)
	if err != nil {
		return nil, err
	}
	var seen []point
	negative := 0
	for _, p := range points {
		if p.limit() {
			continue
		}
		seen = append(seen, p)
		if !p.positive {
			negative++
		}
	}
	var body document
	body.add("detections", len(seen))
	body.add("limits", len(points)-len(seen))
	body.add("negative", negative)
	if len(seen) == 0 {
		return &t2.UnitResult{Body: bson.D(body), Code: t2.Code(CodeNoDetections)}, nil
	}
	first, last := seen[0].jd, seen[len(seen)-1].jd
	body.add("first", first)
	body.add("last", last)
	body.add("duration", last-first)
	ra, dec, scatter := place(seen)
	body.add("ra", ra)
	body.add("dec", dec)
	body.add("scatter", scatter)

	split := byBand(points)
	if color, ok := u.color(split["g"], split["r"]); ok {
		body.add("color", color)
	}
	var bands document
	for _, name := range bandNames {
		if split[name] != nil {
			bands.add(name, u.band(split[name]))
		}
	}
	body.add("bands", bands.orEmpty())
	return bson.D(body), nil
}

// band summarizes one band.
func (u summarizer) band(points []point) document {
	var seen []point
	var limit *point
	for i, p := range points {
		if !p.limit() {
			seen = append(seen, p)
		} else if len(seen) == 0 {
			limit = &points[i]
		}
	}
	var d document
	d.add("detections", len(seen))
	d.add("limits", len(points)-len(seen))
	if limit != nil && len(seen) > 0 {
		d.add("last_limit", named([]string{"jd", "mag"}, []float64{limit.jd, limit.mag}))
	}
	peak, ok := brightest(seen)
	if !ok {
		return d
	}
	d.add("peak", named([]string{"jd", "mag", "error"}, []float64{peak.jd, peak.mag, peak.err}))
	for _, part := range []struct {
		name       string
		from, to   float64
		brightness float64 // what sign makes the rate positive
	}{
		{"rise", peak.jd - u.conf.RiseDays, peak.jd, -1},
		{"fade", peak.jd, peak.jd + u.conf.FadeDays, 1},
	} {
		if rate, sigma, n := slope(seen, part.from, part.to); n > 1 {
			var r document
			r.add("rate", part.brightness*rate)
			r.add("error", sigma)
			r.add("points", n)
			d.add(part.name, r)
		}
	}
	return d
}

func brightest(points []point) (peak point, ok bool) {
	for _, p := range points {
		if !p.limit() && p.positive && (!ok || p.mag < peak.mag) {
			peak, ok = p, true
		}
	}
	return peak, ok
}

// color returns g - r of the pair of detections that is nearest to the peak in r.
func (u summarizer) color(g, r []point) (document, bool) {
	peak, ok := brightest(r)
	if !ok {
		return nil, false
	}
	best := math.Inf(1)
	var a, b point
	for _, pg := range g {
		for _, pr := range r {
			if pg.limit() || pr.limit() || !pg.positive || !pr.positive || math.Abs(pg.jd-pr.jd) > u.conf.ColorDays {
				continue
			}
			if d := math.Abs((pg.jd+pr.jd)/2-peak.jd) + math.Abs(pg.jd-pr.jd); d < best {
				best, a, b = d, pg, pr
			}
		}
	}
	if math.IsInf(best, 1) {
		return nil, false
	}
	return named([]string{"value", "error", "days"},
		[]float64{a.mag - b.mag, math.Hypot(a.err, b.err), (a.jd+b.jd)/2 - peak.jd}), true
}

// slope fits a line through the magnitudes of positive detections from one time to
// another, weighted by their errors. It needs two different times.
func slope(points []point, from, to float64) (rate, sigma float64, n int) {
	var w, wt, wm, wtt, wtm float64
	for _, p := range points {
		if p.limit() || !p.positive || p.jd < from || p.jd > to {
			continue
		}
		n++
		weight, t := 1/(p.err*p.err), p.jd-from
		w, wt, wm = w+weight, wt+weight*t, wm+weight*p.mag
		wtt, wtm = wtt+weight*t*t, wtm+weight*t*p.mag
	}
	det := w*wtt - wt*wt
	if !(det > 1e-9*w*wtt) {
		return 0, 0, 0
	}
	return (w*wtm - wt*wm) / det, math.Sqrt(w / det), n
}

// place returns the mean place and the standard deviation around it in arcsec.
func place(points []point) (ra, dec, scatter float64) {
	const degree = math.Pi / 180
	var x, y, z float64
	for _, p := range points {
		sin, cos := math.Sincos(p.dec * degree)
		x += cos * math.Cos(p.ra*degree)
		y += cos * math.Sin(p.ra*degree)
		z += sin
	}
	ra = math.Mod(math.Atan2(y, x)/degree+360, 360)
	dec = math.Atan2(z, math.Hypot(x, y)) / degree
	sum := 0.0
	for _, p := range points {
		east := math.Mod(p.ra-ra+540, 360) - 180
		sum += math.Pow(east*math.Cos(dec*degree), 2) + math.Pow(p.dec-dec, 2)
	}
	return ra, dec, 3600 * math.Sqrt(sum/float64(len(points)))
}
