package leastsq_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel/t2/lightcurve/internal/leastsq"
)

// model is y = f(x, p), with derivatives by p.
type model func(x float64, p, d []float64) float64

func problem(f model, x, y []float64) leastsq.Problem {
	return leastsq.Problem{Residuals: len(x), Eval: func(p, r []float64, jac *mat.Dense) {
		for i := range x {
			r[i] = f(x[i], p, jac.RawRowView(i)) - y[i]
		}
	}}
}

func misra(x float64, p, d []float64) float64 {
	e := math.Exp(-p[1] * x)
	d[0], d[1] = 1-e, p[0]*x*e
	return p[0] * (1 - e)
}

func thurber(x float64, p, d []float64) float64 {
	above := p[0] + x*(p[1]+x*(p[2]+x*p[3]))
	below := 1 + x*(p[4]+x*(p[5]+x*p[6]))
	power := 1.0
	for k := range 4 {
		d[k] = power / below
		power *= x
	}
	power = x
	for k := 4; k < 7; k++ {
		d[k] = -above / below / below * power
		power *= x
	}
	return above / below
}

// The problems and the certified values are those of the Statistical Reference
// Datasets of NIST for nonlinear regression: Misra1a and Thurber.
var certified = []struct {
	name       string
	f          model
	data       [][2]float64 // y and x
	starts     [][]float64
	params     []float64
	deviations []float64
	rss        float64
	dof        int
}{
	{
		"Misra1a", misra,
		[][2]float64{
			{10.07, 77.6}, {14.73, 114.9}, {17.94, 141.1}, {23.93, 190.8}, {29.61, 239.9}, {35.18, 289.0}, {40.02, 332.8},
			{44.82, 378.4}, {50.76, 434.8}, {55.05, 477.3}, {61.01, 536.8}, {66.40, 593.1}, {75.47, 689.1}, {81.78, 760.0},
		},
		[][]float64{{500, 0.0001}, {250, 0.0005}},
		[]float64{2.3894212918e+02, 5.5015643181e-04},
		[]float64{2.7070075241, 7.2668688436e-06},
		1.2455138894e-01, 12,
	},
	{
		"Thurber", thurber,
		[][2]float64{
			{80.574, -3.067}, {84.248, -2.981}, {87.264, -2.921}, {87.195, -2.912}, {89.076, -2.840}, {89.608, -2.797},
			{89.868, -2.702}, {90.101, -2.699}, {92.405, -2.633}, {95.854, -2.481}, {100.696, -2.363}, {101.060, -2.322},
			{401.672, -1.501}, {390.724, -1.460}, {567.534, -1.274}, {635.316, -1.212}, {733.054, -1.100}, {759.087, -1.046},
			{894.206, -0.915}, {990.785, -0.714}, {1090.109, -0.566}, {1080.914, -0.545}, {1122.643, -0.400}, {1178.351, -0.309},
			{1260.531, -0.109}, {1273.514, -0.103}, {1288.339, 0.010}, {1327.543, 0.119}, {1353.863, 0.377}, {1414.509, 0.790},
			{1425.208, 0.963}, {1421.384, 1.006}, {1442.962, 1.115}, {1464.350, 1.572}, {1468.705, 1.841}, {1447.894, 2.047},
			{1457.628, 2.200},
		},
		[][]float64{{1000, 1000, 400, 40, 0.7, 0.3, 0.03}, {1300, 1500, 500, 75, 1, 0.4, 0.05}},
		[]float64{1.2881396800e+03, 1.4910792535e+03, 5.8323836877e+02, 7.5416644291e+01, 9.6629502864e-01, 3.9797285797e-01, 4.9727297349e-02},
		[]float64{4.6647963344, 3.9571156086e+01, 2.8698696102e+01, 5.5675370270, 3.1333340687e-02, 1.4984928198e-02, 6.5842344623e-03},
		5.6427082397e+03, 30,
	},
}

func TestCertifiedProblems(t *testing.T) {
	for _, c := range certified {
		for _, start := range c.starts {
			t.Run(c.name, func(t *testing.T) {
				var x, y []float64
				for _, d := range c.data {
					y, x = append(y, d[0]), append(x, d[1])
				}
				r, err := leastsq.Fit(t.Context(), problem(c.f, x, y), start)
				require.NoError(t, err)
				require.Equal(t, leastsq.Converged, r.Status)
				require.Equal(t, c.dof, r.DOF)
				require.InEpsilon(t, c.rss, r.Chi2, 1e-9)
				for k := range c.params {
					require.InEpsilon(t, c.params[k], r.Params[k], 1e-7)
					// NIST scales the uncertainties by the scatter.
					sigma := math.Sqrt(r.Cov.At(k, k) * r.Chi2 / float64(r.DOF))
					require.InEpsilon(t, c.deviations[k], sigma, 1e-6)
				}
				require.LessOrEqual(t, r.Steps, 100)
			})
		}
	}
}

// TestStraightLine compares with the formulas of linear regression.
func TestStraightLine(t *testing.T) {
	line := func(x float64, p, d []float64) float64 {
		d[0], d[1] = 1, x
		return p[0] + p[1]*x
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "n")
		x, y := make([]float64, n), make([]float64, n)
		var sx, sy, sxx, sxy float64
		for i := range x {
			x[i] = float64(i) + rapid.Float64Range(-0.4, 0.4).Draw(t, "x")
			y[i] = rapid.Float64Range(-100, 100).Draw(t, "y")
			sx, sy, sxx, sxy = sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
		}
		det := float64(n)*sxx - sx*sx
		r, err := leastsq.Fit(context.Background(), problem(line, x, y), []float64{1, 1})
		require.NoError(t, err)
		require.InDelta(t, (sxx*sy-sx*sxy)/det, r.Params[0], 1e-6)
		require.InDelta(t, (float64(n)*sxy-sx*sy)/det, r.Params[1], 1e-6)
		require.InEpsilon(t, float64(n)/det, r.Cov.At(1, 1), 1e-6)
		require.InDelta(t, -sx/det, r.Cov.At(0, 1), 1e-6*math.Abs(sxx/det))
	})
}

func TestLimits(t *testing.T) {
	p := problem(misra, []float64{100, 200, 300}, []float64{10, 20, 28})
	p.Lower, p.Upper = []float64{0, 0}, []float64{100, 1}
	r, err := leastsq.Fit(t.Context(), p, []float64{500, 0.0001})
	require.NoError(t, err)
	require.Equal(t, []bool{true, false}, r.AtLimit)
	require.Equal(t, 100.0, r.Params[0])
	require.Equal(t, 2, r.DOF)
	require.Zero(t, r.Cov.At(0, 0))
	require.Positive(t, r.Cov.At(1, 1))
	free, err := leastsq.Fit(t.Context(), problem(misra, []float64{100, 200, 300}, []float64{10, 20, 28}), []float64{500, 0.0001})
	require.NoError(t, err)
	require.Less(t, free.Chi2, r.Chi2)
}

func TestParametersThatNothingDependsOn(t *testing.T) {
	f := func(_ float64, p, d []float64) float64 {
		d[0], d[1] = 1, 0
		return p[0]
	}
	r, err := leastsq.Fit(t.Context(), problem(f, []float64{1, 2, 3}, []float64{1, 2, 3}), []float64{0, 7})
	require.NoError(t, err)
	require.InDelta(t, 2, r.Params[0], 1e-9)
	require.Equal(t, 7.0, r.Params[1])
	require.Nil(t, r.Cov)
}

func TestErrors(t *testing.T) {
	_, err := leastsq.Fit(t.Context(), problem(misra, []float64{1}, []float64{1}), []float64{1, 1})
	require.ErrorIs(t, err, leastsq.ErrProblem)
	_, err = leastsq.Fit(t.Context(), problem(misra, []float64{1, 2}, []float64{1, 2}), []float64{1, math.NaN()})
	require.ErrorIs(t, err, leastsq.ErrProblem)
	p := problem(misra, []float64{1, 2}, []float64{1, 2})
	p.Lower = []float64{1}
	_, err = leastsq.Fit(t.Context(), p, []float64{1, 1})
	require.ErrorIs(t, err, leastsq.ErrProblem)

	why := errors.New("no more time")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, err = leastsq.Fit(ctx, problem(misra, []float64{1, 2}, []float64{1, 2}), []float64{1, 1})
	require.ErrorIs(t, err, why)
}
