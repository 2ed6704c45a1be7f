package tune_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
	"github.com/penstock/penstock/pl/tune"
)

// stage was busy for a part of ten seconds.
func stage(name, backend string, workers int, busy float64) pl.StageStats {
	return pl.StageStats{
		Name: name, Backend: backend, Workers: workers, MaxSize: 100, In: 1000, Out: 1000,
		Time: time.Duration(busy * float64(workers) * float64(10*time.Second)),
	}
}

func TestDiagnose(t *testing.T) {
	source := pl.StageStats{Name: "source", Out: 1000}
	for name, c := range map[string]struct {
		stages  []pl.StageStats
		waiting []float64
		cpu     float64 // processors in use
		index   int
		gain    float64
		limit   tune.Limit
		says    string
	}{
		"nothing to do": {[]pl.StageStats{source, stage("a", "thread", 2, 0.3)}, nil, 1, -1, 1, tune.BySource, "waited for the source"},
		"no run":        {nil, nil, 0, -1, 1, tune.BySource, "waited for the source"},
		"room for one more": {[]pl.StageStats{source, stage("a", "thread", 2, 0.2), stage("b", "task", 4, 0.98)}, []float64{0, 5, 95}, 1, 2, 1.25, tune.ByWorkers,
			"The bottleneck was b: its 4 workers were busy 98% of the time, and the queue in front was 95% full. One more worker there would bring about 25%."},
		"the next stage is near": {[]pl.StageStats{source, stage("a", "thread", 1, 1), stage("b", "thread", 1, 0.8)}, nil, 1, 1, 1.25, tune.ByStage,
			"its worker was busy 100% of the time. One more worker there would bring about 25%, since another stage"},
		"no processor left":   {[]pl.StageStats{source, stage("a", "thread", 2, 1)}, nil, 8, 1, 1, tune.ByProcessors, "More workers would bring nothing: 8.0 of 8 processors"},
		"some processor left": {[]pl.StageStats{source, stage("a", "thread", 2, 1)}, nil, 6.4, 1, 1.25, tune.ByProcessors, "about 25%: 6.4 of 8 processors were in use."},
		"on sync":             {[]pl.StageStats{source, stage("a", "sync", 1, 1)}, nil, 1, 1, 1, tune.BySync, "It is on sync"},
		"equally busy":        {[]pl.StageStats{source, stage("a", "task", 4, 0.97), stage("b", "task", 2, 0.99)}, []float64{0, 90, 10}, 0, 1, 1 / 0.99, tune.ByStage, "bottleneck was a"},
	} {
		t.Run(name, func(t *testing.T) {
			v := tune.Diagnose(tune.Observation{
				Stages: c.stages, Waiting: c.waiting, Wall: 10 * time.Second, CPU: time.Duration(c.cpu * float64(10*time.Second)), Procs: 8,
			})
			require.Equal(t, c.index, v.Bottleneck)
			require.InDelta(t, c.gain, v.Gain, 1e-6)
			require.Equal(t, c.limit, v.Limit)
			require.Contains(t, v.String(), c.says)
			require.Len(t, v.Loads, len(c.stages))
			for _, s := range c.stages {
				require.Contains(t, v.Table(), s.Name)
			}
		})
	}
}

// A program that computes little gets its processor also on a busy machine; one that
// has its half of it does not get more.
func TestDiagnoseBesideOtherPrograms(t *testing.T) {
	for _, c := range []struct{ own, others, gain float64 }{
		{0.1, 1.9, 2}, {0.5, 1.5, 2}, {0.8, 1.2, 1.25}, {1, 1, 1}, {1.2, 0.8, 1}, {0.9, 0, 2},
	} {
		part := func(v float64) time.Duration { return time.Duration(v * float64(10*time.Second)) }
		v := tune.Diagnose(tune.Observation{
			Stages: []pl.StageStats{stage("a", "thread", 1, 1)}, Wall: 10 * time.Second, CPU: part(c.own), Others: part(c.others), Procs: 2,
		})
		require.InDelta(t, c.gain, v.Gain, 1e-6, "%+v", c)
	}
}

// run runs a pipeline of waiting stages and returns the verdict and how long it took.
func run(t *testing.T, workers int) (tune.Verdict, time.Duration) {
	var m pl.Monitor
	r := tune.Record(&m)
	begin := time.Now()
	pause := func(d time.Duration) func(context.Context, int) (int, error) {
		return func(_ context.Context, x int) (int, error) { time.Sleep(d); return x, nil }
	}
	err := pl.Pipe3(pl.Range(4000),
		task.Map(pause(time.Millisecond), pl.Workers(2), pl.Name("first")),
		task.Map(pause(5*time.Millisecond), pl.Workers(workers), pl.Name("second")),
		thread.Map(pause(100*time.Microsecond), pl.Name("third"))).Run(t.Context(), pl.Watch(&m))
	took := time.Since(begin)
	require.NoError(t, err)
	require.NotEmpty(t, r.Verdict().Loads, "also before it is stopped")
	v := r.Stop()
	require.Equal(t, v, r.Stop())
	require.Equal(t, v, r.Verdict())
	return v, took
}

// In a bubble the estimate can be compared with what one more worker brings.
func TestTheEstimateIsWhatOneMoreWorkerBrings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, before := run(t, 4)
		require.Equal(t, "second", v.Loads[v.Bottleneck].Name)
		require.InDelta(t, 1, v.Loads[v.Bottleneck].Busy, 0.02)
		require.Greater(t, v.Loads[v.Bottleneck].Fill, 0.6)
		require.Less(t, v.Loads[3].Fill, 0.1)
		require.InDelta(t, 0.4, v.Loads[1].Busy, 0.05)
		_, after := run(t, 5)
		require.InEpsilon(t, v.Gain, before.Seconds()/after.Seconds(), 0.02)
	})
}

func TestRecordWithoutARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m pl.Monitor
		r := tune.Record(&m)
		time.Sleep(time.Second)
		v := r.Stop()
		require.Empty(t, v.Loads)
		require.Equal(t, -1, v.Bottleneck)
	})
}
