package lightcurve

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t2"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// detection and limit make datapoints as ZTF's are stored.
func detection(jd float64, fid int64, mag, sigma float64) ampel.DataPoint {
	return ampel.DataPoint{ID: int64(jd * 1000), Body: ampel.MustValue(map[string]any{
		"jd": jd, "fid": fid, "magpsf": mag, "sigmapsf": sigma, "isdiffpos": "t", "ra": 150.0, "dec": 2.0, "diffmaglim": 20.5,
	})}
}

func negative(jd float64, fid int64, mag, sigma float64) ampel.DataPoint {
	d := detection(jd, fid, mag, sigma)
	m := d.Body.Any().(map[string]any)
	m["isdiffpos"] = "f"
	d.Body = ampel.MustValue(m)
	return d
}

func limit(jd float64, fid int64, mag float64) ampel.DataPoint {
	return ampel.DataPoint{ID: -int64(jd * 1000), Body: ampel.MustValue(map[string]any{
		"jd": jd, "fid": fid, "diffmaglim": mag, "magpsf": nil, "sigmapsf": nil, "isdiffpos": nil,
	})}
}

// run gives points to a unit, and returns the result and the code.
func run(t require.TestingT, u t2.StateUnit, points ...ampel.DataPoint) (ampel.Value, ampel.DocumentCode) {
	result, err := u.Process(ctx, &t2.State{Points: points})
	require.NoError(t, err)
	code := ampel.OK
	if r, ok := result.(*t2.UnitResult); ok {
		code, result = *r.Code, r.Body
	}
	body, err := ampel.NewValue(result)
	require.NoError(t, err)
	return body, code
}

func number(t require.TestingT, v ampel.Value, path string) float64 {
	f, ok := v.Get(path).Float()
	require.True(t, ok, "%s in %v", path, v)
	return f
}
