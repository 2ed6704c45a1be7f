package tune_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl/tune"
)

func TestOnlyWhatIsWorseInEveryRoundIsStopped(t *testing.T) {
	for name, c := range map[string]struct {
		rates   [][]float64 // of each setting, by round
		stopped []bool
	}{
		"one round says nothing":           {[][]float64{{100}, {10}}, []bool{false, false}},
		"worse in both":                    {[][]float64{{100, 110}, {79, 80}}, []bool{false, true}},
		"worse in one":                     {[][]float64{{100, 110}, {50, 100}}, []bool{false, false}},
		"a little worse":                   {[][]float64{{100, 110}, {85, 90}}, []bool{false, false}},
		"a slow round slows all":           {[][]float64{{100, 10}, {90, 9}, {70, 7}}, []bool{false, false, true}},
		"the leader is not the first":      {[][]float64{{10, 10}, {100, 100}}, []bool{true, false}},
		"stopped ones have no more rounds": {[][]float64{{10, 10}, {100, 100, 100}, {50, 95, 99}}, []bool{true, false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.stopped, tune.Stopped(c.rates))
		})
	}
}
