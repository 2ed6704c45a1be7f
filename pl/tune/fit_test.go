package tune_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/pl/tune"
)

// rates follow the law exactly.
func rates(sigma, kappa float64, workers ...int) map[int]float64 {
	all := map[int]float64{}
	for _, w := range workers {
		n := float64(w)
		all[w] = 1000 * n / (1 + sigma*(n-1) + kappa*n*(n-1))
	}
	return all
}

func TestFitFindsTheLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sigma := rapid.Float64Range(0, 1).Draw(t, "contention")
		kappa := rapid.Float64Range(0, 0.1).Draw(t, "coherency")
		f := tune.FitOf(rates(sigma, kappa, 1, 2, 4, 8, 16))
		require.InDelta(t, sigma, f.Contention, 1e-6)
		require.InDelta(t, kappa, f.Coherency, 1e-6)
		require.InDelta(t, 0, f.Error, 1e-6)
		require.Equal(t, 5, f.Points)
	})
}

func TestFitOfTwoPointsIsThatOfKarpAndFlatt(t *testing.T) {
	const speedup, n = 1.6, 2.0
	f := tune.FitOf(map[int]float64{1: 100, 2: speedup * 100})
	require.InDelta(t, (1/speedup-1/n)/(1-1/n), f.Contention, 1e-12)
	require.Zero(t, f.Coherency)
	require.InDelta(t, 4, f.Limit(), 1e-9)
	require.True(t, math.IsInf(f.Peak(), 1))
}

func TestFitIsNeverNegative(t *testing.T) {
	f := tune.FitOf(map[int]float64{1: 100, 2: 210, 4: 450}) // faster than possible: noise
	require.Zero(t, f.Contention)
	require.Zero(t, f.Coherency)
	require.True(t, math.IsInf(f.Limit(), 1))

	f = tune.FitOf(rates(0, 0.01, 1, 2, 4, 8))
	require.InDelta(t, 10, f.Peak(), 1e-3)
	require.InDelta(t, 10/(1+0.01*90), f.Limit(), 1e-3)
}
