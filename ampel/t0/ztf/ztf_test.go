package ztf_test

import (
	"context"
	"maps"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/t0/ztf"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

type fields = map[string]any

// good is a detection that passes every criterion of the tests.
func good(changes fields) fields {
	f := fields{
		"jd": 2459000.5, "candid": int64(1000), "magpsf": 18.5, "isdiffpos": "t", "rb": 0.9, "drb": 0.99, "fwhm": 2.0, "elong": 1.1,
		"magdiff": -0.1, "nbad": 0, "ra": 150.0, "dec": 2.0, "ssdistnr": -999.0, "ssmagnr": -999.0,
		"distpsnr1": 20.0, "sgscore1": 0.9, "distpsnr2": -999.0, "sgscore2": -999.0,
	}
	maps.Copy(f, changes)
	return f
}

func limit(jd, mag float64) fields {
	return fields{"jd": jd, "fid": 1, "rcid": 12, "diffmaglim": mag, "candid": nil, "magpsf": nil, "isdiffpos": nil, "ra": nil}
}

func alert(points ...fields) *t0.Alert {
	a := &t0.Alert{ID: 1000, Stock: ampel.IntID(5)}
	for _, p := range points {
		a.Datapoints = append(a.Datapoints, ampel.MustValue(p))
	}
	return a
}

func filter(t *testing.T, text string) (t0.AlertFilter, error) {
	t.Helper()
	v, err := job.DecodeYAML([]byte(text))
	require.NoError(t, err)
	var c ztf.Decent
	c.SetDefaults()
	if err := ampel.Decode(v, &c); err != nil {
		return nil, err
	}
	return ztf.NewDecent(&ampel.Env{}, c)
}

func TestDecentFilter(t *testing.T) {
	earlier := good(fields{"jd": 2458990.5, "candid": int64(900)})
	for _, c := range []struct {
		name, config string
		change       fields
		want         bool
	}{
		{"no criterion", `{}`, nil, true},
		{"negative", `{}`, fields{"isdiffpos": "f"}, false},
		{"negative, wanted", `{only_positive: false}`, fields{"isdiffpos": "f"}, true},
		{"another form of positive", `{}`, fields{"isdiffpos": "1"}, true},
		{"bright enough", `{max_mag: 18.5}`, nil, true},
		{"too faint", `{max_mag: 18.4}`, nil, false},
		{"faint enough", `{min_mag: 18.5}`, nil, true},
		{"too bright", `{min_mag: 18.6}`, nil, false},
		{"real", `{min_rb: 0.9}`, nil, true},
		{"bogus", `{min_rb: 0.91}`, nil, false},
		{"no score", `{min_rb: 0.1}`, fields{"rb": nil}, false},
		{"deep score", `{min_drb: 0.995}`, nil, false},
		{"sharp", `{max_fwhm: 2}`, nil, true},
		{"blurred", `{max_fwhm: 1.9}`, nil, false},
		{"long", `{max_elong: 1.05}`, nil, false},
		{"magnitudes differ", `{max_magdiff: 0.05}`, nil, false},
		{"magnitudes agree", `{max_magdiff: 0.1}`, nil, true},
		{"bad pixels", `{max_nbad: 0}`, fields{"nbad": 1}, false},
		{"no bad pixels", `{max_nbad: 0}`, nil, true},
		{"no object of the solar system", `{min_sso_dist: 20}`, nil, true},
		{"an asteroid", `{min_sso_dist: 20}`, fields{"ssdistnr": 3.0, "ssmagnr": 19.0}, false},
		{"an asteroid far away", `{min_sso_dist: 20}`, fields{"ssdistnr": 20.0, "ssmagnr": 19.0}, true},
		{"a faint asteroid", `{min_sso_dist: 20, max_sso_mag: 18}`, fields{"ssdistnr": 3.0, "ssmagnr": 19.0}, true},
		{"far from the Galaxy", `{min_gal_lat: 14}`, nil, true},
		{"in the Galaxy", `{min_gal_lat: 14}`, fields{"ra": 266.4, "dec": -28.9}, false},
		{"no star", `{ps1_sgveto_rad: 1, ps1_sgveto_sgth: 0.8}`, nil, true},
		{"a star", `{ps1_sgveto_rad: 1, ps1_sgveto_sgth: 0.8}`, fields{"distpsnr1": 0.5}, false},
		{"a galaxy", `{ps1_sgveto_rad: 1, ps1_sgveto_sgth: 0.8}`, fields{"distpsnr1": 0.5, "sgscore1": 0.1}, true},
		{"a star that is second", `{ps1_sgveto_rad: 1, ps1_sgveto_sgth: 0.8}`, fields{"distpsnr2": 0.9, "sgscore2": 0.8}, false},
		{"unclear", `{ps1_confusion_rad: 3, ps1_confusion_sg_tol: 0.1}`, fields{"distpsnr1": 2.5, "sgscore1": 0.45}, false},
		{"clear", `{ps1_confusion_rad: 3, ps1_confusion_sg_tol: 0.1}`, fields{"distpsnr1": 2.5, "sgscore1": 0.3}, true},
		{"detections", `{min_ndet: 2}`, nil, true},
		{"too few detections", `{min_ndet: 3}`, nil, false},
		{"long enough", `{min_tspan: 10, max_tspan: 10}`, nil, true},
		{"too short", `{min_tspan: 10.1}`, nil, false},
		{"too long", `{max_tspan: 9.9}`, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := filter(t, c.config)
			require.NoError(t, err)
			v, err := f.Filter(context.Background(), alert(good(c.change), earlier, limit(2458995.5, 20.5)))
			require.NoError(t, err)
			require.Equal(t, c.want, v.Accepted())
		})
	}
}

func TestDecentErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{min_rb: 1.5}`:                "min_rb",
		`{min_rbb: 0.5}`:               "min_rbb: unknown key",
		`{min_gal_lat: 91}`:            "min_gal_lat",
		`{min_mag: 20, max_mag: 19}`:   "nothing would pass",
		`{ps1_sgveto_rad: 1}`:          "belong together",
		`{ps1_confusion_sg_tol: 1}`:    "belong together",
		`{max_sso_mag: 20}`:            "min_sso_dist is missing",
		`{min_ndet: -1}`:               "below zero",
		`{min_tspan: 5, max_tspan: 1}`: "min_tspan",
		`{min_ndet: many}`:             "min_ndet: needs a whole number",
	} {
		_, err := filter(t, text)
		require.ErrorContains(t, err, want, text)
	}
	f, err := filter(t, `{min_gal_lat: 10, min_ndet: 1}`)
	require.NoError(t, err)
	for name, a := range map[string]*t0.Alert{
		"jd": alert(good(fields{"jd": nil})), "ra": alert(good(fields{"ra": nil})), "dec": alert(good(fields{"dec": "x"})),
		"magpsf": alert(limit(2459000.5, 20)), "jd of a datapoint": alert(good(nil), good(fields{"jd": math.NaN()})),
	} {
		_, err := f.Filter(context.Background(), a)
		require.ErrorIs(t, err, ztf.ErrMissing, name)
	}
}

func shape(t *testing.T, a *t0.Alert) ([]ampel.DataPoint, error) {
	t.Helper()
	var c ztf.Shape
	c.SetDefaults()
	s, err := ztf.NewShaper(&ampel.Env{}, c)
	require.NoError(t, err)
	return s.Shape(context.Background(), a)
}

func ids(points []ampel.DataPoint) []int64 {
	out := []int64{}
	for _, p := range points {
		out = append(out, p.ID)
	}
	return out
}

func TestShaper(t *testing.T) {
	early, late := limit(2458980.5, 20.25), limit(2458995.5, 20.5)
	a := alert(good(nil), late, good(fields{"jd": 2458990.5, "candid": int64(900)}), early, late)
	points, err := shape(t, a)
	require.NoError(t, err)
	require.Len(t, points, 4)
	require.Negative(t, points[0].ID)
	require.EqualValues(t, 900, points[1].ID)
	require.Negative(t, points[2].ID)
	require.EqualValues(t, 1000, points[3].ID)
	require.Equal(t, ampel.Names("ZTF"), points[0].Tag)
	require.Equal(t, fields{"jd": 2458980.5, "fid": int64(1), "rcid": int64(12), "diffmaglim": 20.25}, points[0].Body.Any(), "nulls are left out")
	require.Equal(t, 0.9, points[3].Body.Any().(fields)["rb"])

	// The same limit has the same id in another packet of the stock, and another
	// one with another stock, time, band, quadrant or magnitude.
	again, err := ztf.LimitID(a.Stock, ampel.MustValue(early))
	require.NoError(t, err)
	require.Equal(t, points[0].ID, again)
	require.EqualValues(t, -459747404105095270, again, "it must never change")
	seen := map[int64]bool{again: true}
	for _, other := range []fields{{"jd": 2458980.51}, {"fid": 2}, {"rcid": 13}, {"diffmaglim": 20.26}} {
		f := maps.Clone(early)
		maps.Copy(f, other)
		id, err := ztf.LimitID(a.Stock, ampel.MustValue(f))
		require.NoError(t, err)
		require.False(t, seen[id], "%v", other)
		seen[id] = true
	}
	id, err := ztf.LimitID(ampel.IntID(6), ampel.MustValue(early))
	require.NoError(t, err)
	require.False(t, seen[id])

	for name, bad := range map[string]fields{
		"jd": good(fields{"jd": nil}), "candid": good(fields{"candid": nil}), "diffmaglim": {"jd": 1.0},
	} {
		_, err := shape(t, alert(good(nil), bad))
		require.ErrorIs(t, err, ztf.ErrMissing)
		require.ErrorContains(t, err, "datapoint 1: ztf: "+name)
	}
	_, err = shape(t, alert(good(fields{"candid": int64(-3)})))
	require.ErrorContains(t, err, "-3")
	_, err = shape(t, &t0.Alert{Datapoints: []ampel.Value{ampel.MustValue(3)}})
	require.Error(t, err)
}

func TestMuxer(t *testing.T) {
	m, err := ztf.NewMuxer(&ampel.Env{}, struct{}{})
	require.NoError(t, err)
	point := func(id int64, jd float64) ampel.DataPoint {
		return ampel.DataPoint{ID: id, Body: ampel.MustValue(bson.M{"jd": jd})}
	}
	history := []ampel.DataPoint{point(7, 50), point(1, 10), point(3, 30)}
	insert, combine, err := m.Mux(context.Background(), nil, []ampel.DataPoint{point(3, 30), point(4, 40), point(2, 20)}, history)
	require.NoError(t, err)
	require.Equal(t, []int64{4, 2}, ids(insert), "what is not known")
	require.Equal(t, []int64{1, 2, 3, 4}, ids(combine), "in the order of time, and not what came later")
	require.Equal(t, []int64{7, 1, 3}, ids(history), "it is left as it was")
	_, _, err = m.Mux(context.Background(), nil, []ampel.DataPoint{{ID: 1}}, nil)
	require.ErrorIs(t, err, ztf.ErrMissing)
}

// Whatever an alert has, the parts give an answer or an error.
func TestNothingPanics(t *testing.T) {
	f, err := filter(t, `{min_rb: 0.5, min_gal_lat: 10, min_ndet: 2, min_sso_dist: 5, ps1_sgveto_rad: 1, ps1_sgveto_sgth: 0.8}`)
	require.NoError(t, err)
	names := []string{"jd", "candid", "magpsf", "isdiffpos", "rb", "ra", "dec", "ssdistnr", "sgscore1", "distpsnr1", "diffmaglim", "rcid", "fid"}
	values := []any{nil, 1, -1.5, "t", math.NaN(), math.Inf(1), true, bson.A{1}, bson.M{"a": 1}, int64(math.MinInt64), 1e300}
	rapid.Check(t, func(rt *rapid.T) {
		var points []fields
		for range rapid.IntRange(0, 4).Draw(rt, "points") {
			p := good(nil)
			for range rapid.IntRange(0, 4).Draw(rt, "changes") {
				p[rapid.SampledFrom(names).Draw(rt, "name")] = rapid.SampledFrom(values).Draw(rt, "value")
			}
			points = append(points, p)
		}
		a := alert(points...)
		if v, err := f.Filter(context.Background(), a); err != nil && v.Accepted() {
			rt.Fatal("accepted in spite of", err)
		}
		shaped, err := shape(t, a)
		if err != nil {
			return
		}
		for _, p := range shaped {
			if p.ID == 0 {
				rt.Fatal("a point without an id")
			}
		}
	})
}

func TestNames(t *testing.T) {
	for name, id := range map[string]int64{"ZTF17aaaaaaa": 0, "ZTF18aaaaaaa": 1, "ZTF19aaaaaab": 18, "ZTF32zzzzzzz": 8031810176<<4 - 1} {
		got, err := ztf.StockID(name)
		require.NoError(t, err)
		require.Equal(t, ampel.IntID(id), got, name)
		back, err := ztf.Name(got)
		require.NoError(t, err)
		require.Equal(t, name, back)
	}
	for _, bad := range []string{"", "ZTF18", "ZTF16aaaaaaa", "ZTF33aaaaaaa", "ZTF18AAAAAAA", "ATF18aaaaaaa", "ZTF18aaaaaaaa", "ZTF1xaaaaaaa"} {
		_, err := ztf.StockID(bad)
		require.Error(t, err, bad)
	}
	for _, bad := range []ampel.StockID{ampel.IntID(-1), ampel.IntID(8031810176 << 4), ampel.TextID("x")} {
		_, err := ztf.Name(bad)
		require.Error(t, err, bad.String())
	}
}
