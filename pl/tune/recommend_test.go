package tune_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/pl/tune"
)

// A model is a machine and a function whose cost is known: an item needs a processor
// for cpu and waits for wait, some of it under a lock, and handing it over costs
// more on some backends than on others.
type model struct {
	procs     int
	cpu, wait time.Duration
	locked    time.Duration // of cpu or wait
	server    int           // how many may wait at once; 0 for any number
	clash     float64       // of the time of an item, for each other worker
}

// handing is what each backend adds to an item.
var handing = map[string]time.Duration{
	"sync": 50 * time.Nanosecond, "thread": 60 * time.Nanosecond, "task": 80 * time.Nanosecond, "process": 300 * time.Nanosecond,
}

func (m model) rate(s tune.Setting) float64 {
	w := float64(s.Workers)
	each := (m.cpu + m.wait + handing[s.Backend]).Seconds() * (1 + m.clash*(w-1))
	rate := w / each
	rate = min(rate, float64(m.procs)/(m.cpu+handing[s.Backend]).Seconds()/(1+m.clash*(w-1)))
	if m.locked > 0 {
		rate = min(rate, 1/m.locked.Seconds())
	}
	if m.server > 0 {
		rate = min(rate, float64(m.server)/m.wait.Seconds())
	}
	return rate
}

// results measures every setting in five rounds, with noise that is the same in
// every run of the tests.
func (m model) results(noise float64, random *rand.Rand, workers ...int) []tune.Result {
	rounds := make([]float64, 5) // the machine is slower for a while, for all of them
	for i := range rounds {
		rounds[i] = 1 - 0.5*random.Float64()
	}
	measure := func(s tune.Setting, base []float64) tune.Result {
		x := tune.Result{Setting: s, InFunc: time.Duration(float64(m.cpu+m.wait) / slices.Max(rounds)), CPU: (m.cpu + handing[s.Backend]).Seconds()}
		x.Latency.P50 = m.cpu + m.wait
		var speedups []float64
		for i, slow := range rounds {
			rate := m.rate(s) * slow * (1 + noise*(2*random.Float64()-1))
			x.Rates = append(x.Rates, rate)
			if base != nil {
				speedups = append(speedups, rate/base[i])
			} else {
				speedups = append(speedups, 1)
			}
		}
		x.Rate, x.Speedup = tune.SpreadOf(x.Rates), tune.SpreadOf(speedups)
		return x
	}
	all := []tune.Result{measure(tune.Setting{Backend: "sync", Workers: 1, MaxSize: 512}, nil)}
	for _, b := range []string{"thread", "task", "process"} {
		for _, w := range workers {
			for _, size := range []int{64, 512} {
				all = append(all, measure(tune.Setting{Backend: b, Workers: w, MaxSize: size}, all[0].Rates))
			}
		}
	}
	return all
}

var (
	few  = []int{1, 2, 4, 8}
	many = []int{1, 4, 16, 64, 256, 1024}
)

func TestRecommend(t *testing.T) {
	const us, ms = time.Microsecond, time.Millisecond
	for name, c := range map[string]struct {
		model   model
		workers []int
		want    tune.Setting
		kind    tune.Kind
		growing bool
	}{
		"trivial":                               {model{procs: 2, cpu: 2}, few, tune.Setting{"sync", 1, 512}, tune.TooCheap, false},
		"1µs on two processors":                 {model{procs: 2, cpu: us}, few, tune.Setting{"thread", 2, 64}, tune.CPUBound, false},
		"100µs on two processors":               {model{procs: 2, cpu: 100 * us}, few, tune.Setting{"thread", 2, 64}, tune.CPUBound, false},
		"100µs on eight":                        {model{procs: 8, cpu: 100 * us}, few, tune.Setting{"thread", 8, 64}, tune.CPUBound, false},
		"100µs on many":                         {model{procs: 64, cpu: 100 * us}, few, tune.Setting{"thread", 8, 64}, tune.CPUBound, true},
		"100µs on one":                          {model{procs: 1, cpu: 100 * us}, few, tune.Setting{"sync", 1, 512}, tune.CPUBound, false},
		"10ms of waiting":                       {model{procs: 2, cpu: us, wait: 10 * ms}, many, tune.Setting{"task", 1024, 64}, tune.Waiting, true},
		"waiting for a server":                  {model{procs: 2, cpu: us, wait: 10 * ms, server: 16}, many, tune.Setting{"task", 16, 64}, tune.Contended, false},
		"waiting, then the processors are full": {model{procs: 2, cpu: 100 * us, wait: 10 * ms}, many, tune.Setting{"task", 256, 64}, tune.Waiting, false},
		"half and half":                         {model{procs: 2, cpu: ms, wait: ms}, few, tune.Setting{"task", 4, 64}, tune.Mixed, false},
		"under a lock":                          {model{procs: 8, cpu: 100 * us, locked: 100 * us}, few, tune.Setting{"sync", 1, 512}, tune.Contended, false},
		"half under a lock":                     {model{procs: 8, cpu: 100 * us, locked: 50 * us}, few, tune.Setting{"thread", 2, 64}, tune.Contended, false},
		"in each other's way":                   {model{procs: 8, cpu: 100 * us, clash: 0.3}, few, tune.Setting{"thread", 8, 64}, tune.Contended, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := tune.Recommend(c.model.results(0, rand.New(rand.NewPCG(1, 2)), c.workers...), c.model.procs)
			require.Equal(t, c.kind, got.Kind, got.Reason)
			require.Equal(t, c.want, got.Setting, got.Reason)
			require.Equal(t, c.growing, got.Growing)
			require.NotEmpty(t, got.Reason)
		})
	}
}

// Whatever the noise, what is recommended is not far from the best, and what is
// possible with less is not recommended.
func TestRecommendUnderNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model{
			procs: rapid.IntRange(1, 16).Draw(t, "processors"),
			cpu:   time.Duration(math.Exp(rapid.Float64Range(8, 18).Draw(t, "log of cpu"))),
			wait:  time.Duration(math.Exp(rapid.Float64Range(0, 20).Draw(t, "log of wait"))),
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		results := m.results(0.04, random, 1, 2, 4, 16, 64)
		got := tune.Recommend(results, m.procs)
		best := 0.0
		for _, x := range results {
			best = max(best, m.rate(x.Setting))
		}
		require.Greater(t, m.rate(got.Setting), 0.7*best, got.Reason)
		for _, x := range results {
			if x.Workers < got.Workers {
				require.Less(t, m.rate(x.Setting), 1.1*m.rate(got.Setting), "fewer workers do as well: %v", x.Setting)
			}
		}
	})
}
