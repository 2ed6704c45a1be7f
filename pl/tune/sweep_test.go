package tune_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
	"github.com/penstock/penstock/pl/tune"
)

// In a bubble only waiting takes time, so that everything about it is exact.
func TestSweepOfAFunctionThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last tune.Progress
		begin := time.Now()
		const budget = 15 * time.Second
		r, err := tune.Sweep(t.Context(), pl.Fn(wait), tens(7), tune.Budget(budget), tune.Rounds(3), tune.OnProgress(func(p tune.Progress) {
			require.GreaterOrEqual(t, p.Done, last.Done)
			require.GreaterOrEqual(t, p.Total, p.Done)
			last = p
		}))
		require.NoError(t, err)
		require.LessOrEqual(t, time.Since(begin), budget)
		require.Equal(t, last.Total, last.Done+1, "the last one was announced as that")
		require.Len(t, r.Results, 1+2*6)
		for _, x := range r.Results {
			require.InEpsilon(t, 100*x.Workers, x.Rate.Median, 0.001, "%v", x.Setting)
			require.InEpsilon(t, x.Workers, x.Speedup.Median, 0.001)
			require.Equal(t, 10*time.Millisecond, x.Latency.P50)
			require.Equal(t, 10*time.Millisecond, x.Latency.P99)
			require.InEpsilon(t, float64(10*time.Millisecond), float64(x.InFunc), 0.01)
			require.Len(t, x.Latency.Quantiles, 101)
			if x.Workers < 1024 {
				require.True(t, x.Stopped)
				require.Len(t, x.Rates, 2, "clearly worse after two rounds")
			} else {
				require.Len(t, x.Rates, r.Rounds)
			}
		}
		require.Equal(t, tune.Setting{Backend: "task", Workers: 1024, MaxSize: 512}, r.Best.Setting)
		require.Equal(t, tune.Waiting, r.Best.Kind)
	})
}

func TestLatencyTellsSlowItemsFromFastOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		samples := tens(50)
		for i := range samples {
			samples[i] = 1
		}
		samples[49] = 100
		r, err := tune.Sweep(t.Context(), pl.Fn(wait), samples,
			tune.Backends(task.Backend), tune.Workers(8), tune.Budget(time.Minute))
		require.NoError(t, err)
		for _, x := range r.Results {
			require.Equal(t, time.Millisecond, x.Latency.P50, "%v", x.Setting)
			require.Equal(t, 100*time.Millisecond, x.Latency.P99)
		}
	})
}

func TestLatencyIsThatOfWarmWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cold := pl.OnStart(func(context.Context, pl.Worker) (*bool, error) { return new(bool), nil })
		f := pl.With(cold, func(ctx context.Context, warm *bool, _ int) (int, error) {
			if !*warm {
				*warm = true
				return wait(ctx, 500)
			}
			return wait(ctx, 1)
		})
		r, err := tune.Sweep(t.Context(), f, tens(3), tune.Backends(thread.Backend), tune.Workers(4), tune.Budget(time.Minute))
		require.NoError(t, err)
		for _, x := range r.Results {
			require.Equal(t, time.Millisecond, x.Latency.Quantiles[100], "%v", x.Setting)
			require.InEpsilon(t, 1000*x.Workers, x.Rate.Median, 0.001)
		}
	})
}

// A lock that all calls need leaves nothing to gain.
func TestSweepOfAFunctionWithALock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lock := make(chan struct{}, 1)
		f := func(ctx context.Context, x int) (int, error) {
			lock <- struct{}{}
			defer func() { <-lock }()
			return wait(ctx, x)
		}
		r, err := tune.Sweep(t.Context(), pl.Fn(f), tens(3), tune.Workers(1, 2, 4), tune.Budget(time.Minute))
		require.NoError(t, err)
		require.Equal(t, tune.Contended, r.Best.Kind)
		require.Equal(t, "sync", r.Best.Backend)
		require.InDelta(t, 1, r.Fits[0].Contention, 0.02, "Amdahl: all of it is done by one at a time")
	})
}

func TestEverySampleIsUsedAndResourcesAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen [5]atomic.Int64
		var open atomic.Int64
		hooks := pl.OnStart(func(context.Context, pl.Worker) (int, error) { open.Add(1); return 0, nil }).
			OnDone(func(context.Context, int, pl.Status) error { open.Add(-1); return nil })
		f := pl.With(hooks, func(ctx context.Context, _, x int) (int, error) {
			seen[x].Add(1)
			return wait(ctx, 10)
		})
		_, err := tune.Sweep(t.Context(), f, []int{0, 1, 2, 3, 4}, tune.Workers(3), tune.Rounds(2))
		require.NoError(t, err)
		require.Zero(t, open.Load())
		for i := range seen {
			require.Positive(t, seen[i].Load())
		}
	})
}

func TestSettingsAreThoseAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := tune.Sweep(t.Context(), pl.Fn(wait), tens(2), tune.Backends(pl.Sync, task.Backend),
			tune.Workers(3, 2, 3), tune.MaxSizes(64, 8), tune.Rounds(3))
		require.NoError(t, err)
		var settings []tune.Setting
		for _, x := range r.Results {
			settings = append(settings, x.Setting)
		}
		require.Equal(t, []tune.Setting{
			{Backend: "sync", Workers: 1, MaxSize: 8},
			{Backend: "task", Workers: 2, MaxSize: 8}, {Backend: "task", Workers: 2, MaxSize: 64},
			{Backend: "task", Workers: 3, MaxSize: 8}, {Backend: "task", Workers: 3, MaxSize: 64},
		}, settings)
		require.Equal(t, settings[3], r.Best.Setting, "the shorter queue, which is as fast")
		stage := pl.Map(task.Backend, pl.Fn(wait), pl.Name("f"), r.Best.Option())(pl.Of(1))
		require.Equal(t, "Of(1 values) | f on task, Workers(3), MaxSize(8)", stage.String())
	})
}

func TestAnErrorNamesTheSettingAndTheSample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		f := func(ctx context.Context, x int) (int, error) {
			if calls++; x == 3 {
				return 0, errOdd
			}
			return wait(ctx, x)
		}
		r, err := tune.Sweep(t.Context(), pl.Fn(f), []int{1, 2, 3, 4}, tune.Workers(2))
		require.Nil(t, r)
		require.ErrorIs(t, err, errOdd)
		var failed *tune.TrialError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "sync", failed.Setting.Backend)
		require.Equal(t, 2, failed.Sample)
		require.ErrorContains(t, err, "sample 2")
	})
}

func TestAnErrorOnOneBackendKeepsWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		f := func(ctx context.Context, x int) (int, error) {
			info, _ := pl.FromContext(ctx)
			if info.Worker.Backend == "task" && info.Index[0] == 0 && runs.Add(1) == 2 {
				panic(errOdd)
			}
			return wait(ctx, x)
		}
		r, err := tune.Sweep(t.Context(), pl.Fn(f), tens(4), tune.Backends(task.Backend), tune.Workers(2))
		require.ErrorIs(t, err, errOdd)
		var failed *tune.TrialError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, tune.Setting{Backend: "task", Workers: 2, MaxSize: 512}, failed.Setting)
		require.Len(t, r.Results[1].Rates, 1, "the round before")
	})
}

func TestCancelEndsASweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(enough) })
		_, err := tune.Sweep(ctx, pl.Fn(wait), tens(4))
		require.ErrorIs(t, err, enough)
	})
}

func TestABudgetThatIsTooSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		r, err := tune.Sweep(t.Context(), pl.Fn(wait), []int{1000}, tune.Workers(1), tune.Budget(10*time.Second))
		require.Nil(t, r)
		require.ErrorIs(t, err, tune.ErrBudget)
		require.ErrorContains(t, err, "a call takes 1s")
		require.LessOrEqual(t, time.Since(begin), 10*time.Second)

		_, err = tune.Sweep(t.Context(), pl.Fn(wait), []int{1000}, tune.Workers(1), tune.Budget(3*time.Second))
		require.ErrorIs(t, err, tune.ErrBudget, "not even the first measurement")
	})
}

func TestBadOptionsAreAllReportedBeforeAnythingRuns(t *testing.T) {
	called := false
	f := pl.Fn(func(context.Context, int) (int, error) { called = true; return 0, nil })
	_, err := tune.Sweep(t.Context(), f, nil, nil, tune.Backends(nil, thread.Backend, thread.Backend), tune.Workers(0, 2, -1),
		tune.MaxSizes(0), tune.Rounds(1), tune.Budget(-1), tune.OnProgress(nil))
	require.ErrorIs(t, err, tune.ErrNoSamples)
	for _, says := range []string{
		"an option is nil", "a backend is nil", "thread is there twice", "Workers(0)", "Workers(-1)",
		"MaxSizes(0)", "Rounds(1)", "Budget(-1ns)", "OnProgress",
	} {
		require.ErrorContains(t, err, says)
	}
	_, err = tune.Sweep(t.Context(), f, []int{1}, tune.Backends(), tune.Workers(), tune.MaxSizes())
	for _, says := range []string{"Backends()", "Workers()", "MaxSizes()"} {
		require.ErrorContains(t, err, says)
	}
	_, err = tune.Sweep(t.Context(), f, []int{1}, tune.Backends(process.Backend))
	require.ErrorContains(t, err, "needs a registered function")
	_, err = tune.Sweep[int, int](t.Context(), nil, []int{1})
	require.ErrorContains(t, err, "the function is nil")
	var none context.Context
	_, err = tune.Sweep(none, f, []int{1})
	require.ErrorContains(t, err, "the context is nil")
	require.False(t, called)
}

// With real time and real processes there is nothing exact, but what must be there.
func TestSweepOnWorkerProcesses(t *testing.T) {
	r, err := tune.Sweep(t.Context(), work, []int{1, 2, 3}, tune.Backends(process.Backend), tune.Workers(2),
		tune.Rounds(2), tune.Budget(time.Minute))
	require.NoError(t, err)
	require.Equal(t, "tune_test.busy", r.Func)
	require.GreaterOrEqual(t, r.Others, 0.0)
	x := r.Results[1]
	require.Equal(t, "process", x.Backend)
	require.Positive(t, x.Rate.Median)
	require.Positive(t, x.Items)
	require.LessOrEqual(t, x.Latency.P50, x.Latency.P99)
	if runtime.GOOS == "linux" {
		require.Positive(t, x.Memory.Workers)
		require.Zero(t, r.Results[0].Memory.Workers)
		require.Greater(t, x.CPU, r.Results[0].InFunc.Seconds()/10, "that of the workers is counted")
	}
}
