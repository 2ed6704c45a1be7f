package find_test

import (
	"context"
	"os"
	"testing"
	"time"

	_ "github.com/panjf2000/ants/v2" // starts goroutines when imported
	"github.com/penstock/penstock/pl/process"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/tune"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/bench/find"
	"github.com/penstock/penstock/bench/workload"
)

func TestMain(m *testing.M) {
	process.Init()
	// Else each worker process takes a second to exit, with the race detector.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

func TestSweepOfEveryFunction(t *testing.T) {
	spin := workload.Calibrate()
	for _, w := range workload.Functions(spin) {
		s, err := find.Sweep(t.Context(), w, spin, tune.Backends(task.Backend), tune.Workers(4), tune.Rounds(2), tune.Budget(2*time.Second))
		require.NoError(t, err)
		require.Equal(t, w.Name, s.Workload)
		require.Len(t, s.Report.Results, 2)
		require.NotEmpty(t, s.Report.Best.Reason)
		if w.Waits {
			require.Equal(t, "task", s.Report.Best.Backend, "waits at the same time are no noise")
		}
	}
}

func TestSweepInWorkerProcesses(t *testing.T) {
	spin := workload.Calibrate()
	w, err := workload.Find("cpu10", workload.Functions(spin))
	require.NoError(t, err)
	s, err := find.Sweep(t.Context(), w, spin, tune.Backends(process.Backend), tune.Workers(2), tune.Rounds(2), tune.Budget(time.Minute))
	require.NoError(t, err)
	require.Equal(t, "process", s.Report.Results[1].Backend)
}

func TestSweepOfAnUnknownFunction(t *testing.T) {
	_, err := find.Sweep(t.Context(), workload.Workload{Name: "nothing"}, workload.Spin{})
	require.ErrorIs(t, err, workload.ErrUnknown)
}

func TestPipelineChecksItsEstimate(t *testing.T) {
	// Nothing computes for long, so that a busy machine does not matter much.
	p, err := find.Pipeline(t.Context(), workload.SpinAt(0), find.PipelineOptions{
		Crew: find.Crew{Fetch: 16, Compute: 1, Store: 1}, Items: 300, Rounds: 3,
	})
	require.NoError(t, err)
	require.Equal(t, "store", p.Bottleneck)
	require.Equal(t, 3, p.Rounds)
	require.Len(t, p.Stages, 4)
	require.Contains(t, p.Verdict, "The bottleneck was store")
	require.Greater(t, p.Measured.Max, 1.2, "a second worker")
	require.GreaterOrEqual(t, p.Estimate.Median, 1.0)
}

func TestPipelineWithoutABottleneck(t *testing.T) {
	_, err := find.Pipeline(t.Context(), workload.SpinAt(0), find.PipelineOptions{Crew: find.Crew{Fetch: 1, Store: 1}, Items: 1, Rounds: 1})
	require.ErrorIs(t, err, find.ErrCrew)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = find.Pipeline(ctx, workload.SpinAt(0), find.PipelineOptions{Crew: find.DefaultCrew, Items: 1, Rounds: 1})
	require.ErrorIs(t, err, context.Canceled)
}
