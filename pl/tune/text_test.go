package tune_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl/tune"
)

func TestReportForPeople(t *testing.T) {
	at := func(backend string, workers int, rate, speedup float64) tune.Result {
		return tune.Result{
			Setting: tune.Setting{Backend: backend, Workers: workers, MaxSize: 512},
			Rate:    tune.Spread{Median: rate, Min: 0.9 * rate, Max: 1.1 * rate}, Rates: []float64{rate},
			Speedup: tune.Spread{Median: speedup}, InFunc: 400 * time.Microsecond, CPU: 390e-6,
			Latency: tune.Latency{P50: 410 * time.Microsecond, P99: 12345 * time.Microsecond},
			Memory:  tune.Memory{Process: 1 << 20, Workers: 1 << 20},
		}
	}
	r := &tune.Report{
		Func: "main.parse", Samples: 1024, Processors: 2, Rounds: 5, Trial: 250 * time.Millisecond, Elapsed: 12345 * time.Millisecond,
		Results: []tune.Result{at("sync", 1, 2500, 1), at("thread", 2, 4800, 1.92), at("thread", 4, 4750, 1.9), at("process", 2, 4320, 1.73)},
	}
	r.Results[2].Stopped = true
	r.Best = tune.Recommend(r.Results, 2)
	r.Fits = []tune.Fit{{Backend: "thread", MaxSize: 512, Points: 2, Contention: 0.04}}
	require.Equal(t, `main.parse: 1,024 samples, 2 processors, up to 5 rounds of 250ms, 12.3s in all

  backend  workers  items/s    ±  speed-up    p50     p99  in function  CPU/item  peak MiB               
     sync        1    2,500  10%      1.00  410µs  12.3ms        400µs     390µs       2.0               
   thread        2    4,800  10%      1.92  410µs  12.3ms        400µs     390µs       2.0             <-
   thread        4    4,750  10%      1.90  410µs  12.3ms        400µs     390µs       2.0  stopped early
  process        2    4,320  10%      1.73  410µs  12.3ms        400µs     390µs       2.0               

Use thread with 2 workers and MaxSize 512 (CPU-bound). A call takes 400µs and computes for 98% of it; thread with 2 workers does 4,800 items per second, 1.92 times as many as sync, on 2 processors, and nothing larger does more (differences below 10% are noise). The safety of process would cost 10% of that rate.
Scalability of thread (Amdahl's law): 4% of the work is done by one at a time, which bounds the speed-up to 25.0.
`, r.String())

	stored, err := json.Marshal(r)
	require.NoError(t, err)
	var back tune.Report
	require.NoError(t, json.Unmarshal(stored, &back))
	require.Equal(t, r.String(), back.String())
}
