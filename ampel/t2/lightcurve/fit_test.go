package lightcurve

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t2"
)

var ctx = context.Background()

func newFitter(change func(*FitConfig)) fitter {
	var c FitConfig
	c.SetDefaults()
	if change != nil {
		change(&c)
	}
	return fitter{c}
}

// bazin is the function as it is published.
func bazin(t, scale, t0, rise, fall float64) float64 {
	return scale * math.Exp(-(t-t0)/fall) / (1 + math.Exp(-(t-t0)/rise))
}

const start = 2459000.0

// TestRecoversNoiselessCurves: whatever the parameters, they come back.
func TestRecoversNoiselessCurves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rise := rapid.Float64Range(1, 10).Draw(t, "rise")
		fall := rise * (1 + rapid.Float64Range(1, 15).Draw(t, "u"))
		t0 := rapid.Float64Range(0, 100).Draw(t, "t0")
		scale := rapid.Float64Range(50, 50000).Draw(t, "scale")
		fid := int64(rapid.IntRange(1, 3).Draw(t, "fid"))
		var points []ampel.DataPoint
		for s := -4 * rise; s < 2*fall; s += (4*rise + 2*fall) / 25 {
			jd := start + t0 + s
			points = append(points, detection(jd, fid, magOf(bazin(jd, scale, start+t0, rise, fall)), 0.01))
		}
		body, code := run(t, newFitter(nil), points...)
		require.Equal(t, ampel.OK, code, "%v", body)
		band := body.Get("bands." + bandNames[fid])
		require.Less(t, number(t, band, "chi2"), 1e-3)
		require.InDelta(t, start+t0, number(t, band, "parameters.t0"), 0.01*rise)
		require.InEpsilon(t, rise, number(t, band, "parameters.rise"), 0.01)
		require.InEpsilon(t, fall, number(t, band, "parameters.fall"), 0.01)
		require.InEpsilon(t, scale, number(t, band, "parameters.scale"), 0.01)
		peak := start + t0 + rise*math.Log(fall/rise-1)
		require.InDelta(t, peak, number(t, band, "peak_jd"), 0.02*rise)
		require.InDelta(t, magOf(bazin(peak, scale, start+t0, rise, fall)), number(t, band, "peak_mag"), 0.005)
	})
}

// TestErrorsAreRight: with noise, parameters are off by their errors, and chi² is
// about the number of degrees of freedom.
func TestErrorsAreRight(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const rise, fall, scale, n = 4.0, 30.0, 1000.0, 200
	var pulls = map[string]float64{}
	chi2, dof := 0.0, 0.0
	for range n {
		var points []ampel.DataPoint
		for s := -12.0; s < 60; s += 2 {
			f := bazin(s, scale, 0, rise, fall)
			sigma := math.Hypot(10, 0.02*f)
			f += sigma * rng.NormFloat64()
			if f > 0 {
				points = append(points, detection(start+s, 2, magOf(f), sigma/f/perMag))
			}
		}
		body, code := run(t, newFitter(nil), points...)
		require.Equal(t, ampel.OK, code)
		r := body.Get("bands.r")
		for name, want := range map[string]float64{"scale": scale, "t0": start, "rise": rise, "fall": fall} {
			pull := (number(t, r, "parameters."+name) - want) / number(t, r, "errors."+name)
			pulls[name] += pull * pull
		}
		pull := (number(t, r, "peak_mag") - magOf(bazin(rise*math.Log(fall/rise-1), scale, 0, rise, fall))) / number(t, r, "peak_mag_error")
		pulls["peak_mag"] += pull * pull
		pull = (number(t, r, "peak_jd") - start - rise*math.Log(fall/rise-1)) / number(t, r, "peak_jd_error")
		pulls["peak_jd"] += pull * pull
		chi2 += number(t, r, "chi2")
		dof += number(t, r, "dof")
	}
	require.InDelta(t, 1, chi2/dof, 0.1)
	for name, sum := range pulls {
		require.InDelta(t, 1, math.Sqrt(sum/n), 0.2, name)
	}
}

// TestDerivatives compares those of the function with differences.
func TestDerivatives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.Float64Range(-30, 100).Draw(t, "s")
		lr, lu := rapid.Float64Range(0, 3).Draw(t, "log rise"), rapid.Float64Range(-1, 3).Draw(t, "log u")
		f, dT0, dRise, dU := shape(s, lr, lu)
		if f < 1e-100 {
			return
		}
		require.InEpsilon(t, bazin(s, 1, 0, math.Exp(lr), math.Exp(lr)*(1+math.Exp(lu))), f, 1e-9)
		const h = 1e-5
		log := func(s, lr, lu float64) float64 { f, _, _, _ := shape(s, lr, lu); return math.Log(f) }
		require.InDelta(t, (log(s-h, lr, lu)-log(s+h, lr, lu))/2/h, dT0, 1e-4)
		require.InDelta(t, (log(s, lr+h, lu)-log(s, lr-h, lu))/2/h, dRise, 1e-4)
		require.InDelta(t, (log(s, lr, lu+h)-log(s, lr, lu-h))/2/h, dU, 1e-4)
	})
}

func curveOf(fid int64, scale float64, times ...float64) []ampel.DataPoint {
	var out []ampel.DataPoint
	for _, s := range times {
		out = append(out, detection(start+s, fid, magOf(bazin(s, scale, 0, 4, 30)), 0.02))
	}
	return out
}

func TestBandsAreFittedSeparately(t *testing.T) {
	points := append(curveOf(1, 2000, -8, -5, -2, 0, 3, 7, 12, 20), curveOf(2, 1000, -8, -5, -2, 0, 3, 7, 12, 20)...)
	points = append(points, curveOf(3, 500, 0, 5)...)
	body, code := run(t, newFitter(nil), points...)
	require.Equal(t, ampel.OK, code)
	require.InEpsilon(t, 2000, number(t, body, "bands.g.parameters.scale"), 0.01)
	require.InEpsilon(t, 1000, number(t, body, "bands.r.parameters.scale"), 0.01)
	require.False(t, body.Has("bands.i"), "two points are too few")
	require.EqualValues(t, 8, number(t, body, "dof"))
	require.Equal(t, "bazin", body.Get("model").Any())
	require.InDelta(t, 0, number(t, body, "reduced_chi2"), 1e-3)

	only, _ := run(t, newFitter(func(c *FitConfig) { c.Bands = []string{"r"} }), points...)
	require.False(t, only.Has("bands.g"))
	require.Equal(t, body.Get("bands.r"), only.Get("bands.r"))
}

// TestLimits: a limit that the curve is below changes nothing, and one that it would
// be above does.
func TestLimits(t *testing.T) {
	seen := curveOf(2, 1000, 0, 3, 7, 12, 20)
	without, _ := run(t, newFitter(nil), seen...)
	below, _ := run(t, newFitter(nil), append([]ampel.DataPoint{limit(start-30, 2, 20), limit(start-19, 2, 16), limit(start+5, 2, 15)}, seen...)...)
	above, _ := run(t, newFitter(nil), append([]ampel.DataPoint{limit(start-6, 2, 20.5), limit(start-3, 2, 20.5)}, seen...)...)
	require.EqualValues(t, 2, number(t, below, "bands.r.limits"), "one is too early")
	require.EqualValues(t, 5, number(t, below, "bands.r.detections"))
	require.EqualValues(t, 1, number(t, below, "bands.r.dof"))
	require.InDelta(t, 0, number(t, below, "bands.r.limit_chi2"), 1e-3)
	require.Greater(t, number(t, above, "bands.r.limit_chi2"), 0.1)
	require.InDelta(t, number(t, without, "bands.r.parameters.rise"), number(t, below, "bands.r.parameters.rise"), 0.01)
	require.Less(t, number(t, above, "bands.r.parameters.rise"), 3.0, "it rose later")
	require.Less(t, number(t, above, "bands.r.parameters.rise"), number(t, below, "bands.r.parameters.rise"))

	none, _ := run(t, newFitter(func(c *FitConfig) { c.LimitDays = 0 }), append([]ampel.DataPoint{limit(start-6, 2, 20.5)}, seen...)...)
	require.Zero(t, number(t, none, "bands.r.limits"))
}

func TestCensored(t *testing.T) {
	last := -1.0
	for z := -10.0; z < 100; z += 0.01 {
		r, slope := censored(z)
		require.GreaterOrEqual(t, r, last)
		last = r
		const h = 1e-5
		above, _ := censored(z + h)
		below, _ := censored(z - h)
		if z > -6.9 && math.Abs(z-35) > 0.1 {
			require.InDelta(t, (above-below)/2/h, slope, 1e-3, "z = %v", z)
		}
	}
	r, _ := censored(0)
	require.InEpsilon(t, math.Sqrt(2*math.Ln2), r, 1e-9)
	r, _ = censored(30)
	require.InDelta(t, 30, r, 0.2)
}

func TestBaseline(t *testing.T) {
	var points []ampel.DataPoint
	for s := -20.0; s < 80; s += 3 {
		points = append(points, detection(start+s, 2, magOf(bazin(s, 1000, 0, 4, 20)+100), 0.01))
	}
	body, code := run(t, newFitter(func(c *FitConfig) { c.Baseline = true }), points...)
	require.Equal(t, ampel.OK, code)
	require.InEpsilon(t, 100, number(t, body, "bands.r.parameters.baseline"), 0.01)
	require.InEpsilon(t, 20, number(t, body, "bands.r.parameters.fall"), 0.01)
	require.Equal(t, 5, body.Get("bands.r.covariance").Len())
}

func TestCovariance(t *testing.T) {
	body, _ := run(t, newFitter(nil), curveOf(2, 1000, -8, -5, -2, 0, 3, 7, 12, 20, 30, 40)...)
	r := body.Get("bands.r")
	names, _ := r.Get("names").List()
	require.Len(t, names, 4)
	for k, name := range names {
		text, _ := name.Text()
		sigma := number(t, r, "errors."+text)
		require.InEpsilon(t, sigma*sigma, number(t, r, "covariance."+string('0'+byte(k))+"."+string('0'+byte(k))), 1e-9)
	}
	require.Equal(t, r.Get("covariance.0.3"), r.Get("covariance.3.0"))
}

func TestTooFewPoints(t *testing.T) {
	for name, points := range map[string][]ampel.DataPoint{
		"none":             nil,
		"three":            curveOf(2, 1000, 0, 3, 6),
		"four":             curveOf(2, 1000, 0, 3, 6, 9),
		"in two bands":     append(curveOf(1, 1000, 0, 3, 6, 9), curveOf(2, 1000, 0, 3, 6, 9)...),
		"negative":         {negative(start, 2, 18, .1), negative(start+1, 2, 18, .1), negative(start+2, 2, 18, .1), negative(start+3, 2, 18, .1), negative(start+4, 2, 18, .1), negative(start+5, 2, 18, .1)},
		"in other bands":   curveOf(7, 1000, -5, 0, 3, 6, 9, 12, 15),
		"without an error": {detection(start, 2, 18, 0), detection(start+1, 2, 18, 0), detection(start+2, 2, 18, math.NaN()), detection(start+3, 2, 18, -1), detection(start+4, 2, 18, math.Inf(1))},
	} {
		t.Run(name, func(t *testing.T) {
			body, code := run(t, newFitter(nil), points...)
			require.Equal(t, CodeTooFewPoints, code)
			require.True(t, body.Get("reason").Len() == 0 && body.Has("reason"))
			require.Zero(t, body.Get("bands").Len())
			require.True(t, body.Get("bands").IsMap())
		})
	}
}

func TestOtherDatapointsAreAnError(t *testing.T) {
	_, err := newFitter(nil).Process(ctx, &t2.State{Points: []ampel.DataPoint{{ID: 5, Body: ampel.MustValue(map[string]any{"flux": 7})}}})
	require.ErrorContains(t, err, "datapoint 5")
}

func TestFitEndsWithItsContext(t *testing.T) {
	why := errors.New("no more time")
	ended, cancel := context.WithCancelCause(ctx)
	cancel(why)
	_, err := newFitter(nil).Process(ended, &t2.State{Points: curveOf(2, 1000, -8, -5, -2, 0, 3, 7, 12, 20)})
	require.ErrorIs(t, err, why)
}

// TestAnyPoints: nothing makes the fit fail, and what it says can be stored.
func TestAnyPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var points []ampel.DataPoint
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			jd := start + rapid.Float64Range(0, 200).Draw(t, "jd")
			mag := rapid.Float64Range(-6, 42).Draw(t, "mag")
			fid := int64(rapid.IntRange(0, 4).Draw(t, "fid"))
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				points = append(points, detection(jd, fid, mag, rapid.Float64Range(1e-6, 2).Draw(t, "sigma")))
			case 1:
				points = append(points, negative(jd, fid, mag, 0.1))
			case 2:
				points = append(points, limit(jd, fid, mag))
			}
		}
		body, _ := run(t, newFitter(nil), points...)
		again, _ := run(t, newFitter(nil), points...)
		require.Equal(t, body, again, "the same points give the same bytes")
		for _, band := range body.Get("bands").Fields() {
			require.False(t, math.IsNaN(number(t, band, "chi2")))
			require.False(t, math.IsNaN(number(t, band, "peak_mag")))
		}
	})
}

func TestBadConfig(t *testing.T) {
	for name, conf := range map[string]ampel.Config{
		"detections": {"min_detections": 3}, "with baseline": {"min_detections": 4, "baseline": true}, "days": {"limit_days": -1.0}, "floor": {"error_floor": 2.0},
		"bands": {"bands": []any{}}, "band": {"bands": []any{"z"}}, "key": {"bandz": 1},
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, t2.Check(ampel.UnitModel{Unit: "T2BazinFit", Config: conf}, ampel.T2State))
		})
	}
	require.NoError(t, t2.Check(ampel.UnitModel{Unit: "T2BazinFit"}, ampel.T2State))
	require.NoError(t, t2.Check(ampel.UnitModel{Unit: "T2LightCurveSummary"}, ampel.T2State))
	require.Error(t, t2.Check(ampel.UnitModel{Unit: "T2LightCurveSummary", Config: ampel.Config{"fade_days": 0.0}}, ampel.T2State))
}

func BenchmarkFit(b *testing.B) {
	points := append(curveOf(1, 2000, -8, -5, -2, 0, 3, 7, 12, 20, 30), curveOf(2, 1000, -8, -5, -2, 0, 3, 7, 12, 20, 30)...)
	u := newFitter(nil)
	for b.Loop() {
		run(b, u, points...)
	}
}
