package process_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// What a slow stage has pulled and not begun to work on is bounded by its MaxSize, whether
// it waits here or in a worker.
func TestMaxSizeCountsWhatIsSent(t *testing.T) {
	for _, c := range []struct{ workers, size, chunk int }{{1, 1, 0}, {2, 4, 0}, {1, 40, 0}, {2, 40, 10}} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			clean(t)
			j := newJournal(t)
			opts := []process.Option{process.Env(j.env()), process.Grace(0)}
			if c.chunk > 0 {
				opts = append(opts, process.Chunk(c.chunk))
			}
			var pulled atomic.Int64
			src := pl.Generate(func(_ context.Context, emit func(Task) bool) error {
				for n := 0; emit(Task{N: n, Do: "spin"}); n++ { // emit counts when it returns
					pulled.Add(1)
				}
				return nil
			})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_ = pl.Map(quiet(opts...), perform, pl.Workers(c.workers), pl.MaxSize(c.size))(src).Run(ctx)
			}()
			j.await(t, "spin", c.workers)
			for last := int64(-1); last != pulled.Load(); time.Sleep(50 * time.Millisecond) {
				last = pulled.Load() // until it stands still
			}
			require.LessOrEqual(t, pulled.Load(), int64(c.size+c.workers))
			require.GreaterOrEqual(t, pulled.Load(), int64(c.size))
			cancel()
			<-ended
		})
	}
}

func TestInOrderAcrossCrashes(t *testing.T) {
	clean(t)
	do := map[int]string{}
	for n := 0; n < 300; n += 37 {
		do[n] = "first exit 3"
		do[n+1] = "exit 3"
		do[n+2] = "sleep 5ms"
	}
	got, stats, err := work(t, quiet(process.Chunk(16)), tasks(300, do), pl.Workers(3), pl.Retry(1, 0), pl.Skip(), pl.InOrder())
	require.NoError(t, err)
	var bad []int
	for n := 1; n < 300; n += 37 {
		bad = append(bad, n)
	}
	var order []int
	for _, a := range got {
		order = append(order, a.N)
	}
	require.Equal(t, without(300, bad...), order)
	require.EqualValues(t, len(bad), stats.Dropped)
	require.EqualValues(t, 300-len(bad), stats.Out)
}

func TestFromContextInTheWorker(t *testing.T) {
	clean(t)
	spread := pl.FlatMap(pl.Sync, pl.Fn(func(_ context.Context, n int) ([]Task, error) {
		return []Task{{N: 2 * n}, {N: 2*n + 1, Do: "first fail no luck"}}, nil
	}))
	got, err := pl.Pipe2(pl.Range(10), spread,
		pl.Map(quiet(), perform, pl.Name("ask"), pl.Workers(2), pl.Retry(1, 0), pl.InOrder())).Collect(t.Context())
	require.NoError(t, err)
	require.Len(t, got, 20)
	for i, a := range got {
		require.Equal(t, i, a.N)
		require.Equal(t, []int{i / 2, i % 2}, a.Index)
		require.Equal(t, i%2, a.Attempt)
		require.Equal(t, "ask", a.Worker.Stage)
		require.Equal(t, "process", a.Worker.Backend)
		require.Contains(t, []int{0, 1}, a.Worker.Index)
		require.Equal(t, a.PID, a.Worker.PID)
		require.NotEqual(t, os.Getpid(), a.PID)
	}
}

func TestMonitorShowsWhatWorkersDo(t *testing.T) {
	clean(t)
	j := newJournal(t)
	ctx, cancel := context.WithCancel(t.Context())
	var m pl.Monitor
	ended := make(chan error, 1)
	go func() {
		ended <- pl.Map(quiet(process.Env(j.env())), perform, pl.Workers(2), pl.MaxSize(8), pl.Name("busy"))(
			pl.From(tasks(20, map[int]string{10: "wait", 11: "wait"}))).Run(ctx, pl.Watch(&m))
	}()
	j.await(t, "wait", 2)
	var s pl.StageStats
	require.Eventually(t, func() bool {
		s = m.Stages()[1]
		return s.Waiting == 8 && s.Out == 10
	}, 10*time.Second, 5*time.Millisecond, "%+v", &s)
	require.Equal(t, "busy", s.Name)
	require.Equal(t, "process", s.Backend)
	require.Equal(t, 2, s.Workers)
	require.Equal(t, 2, s.Busy)
	require.Equal(t, 8, s.MaxSize)
	require.EqualValues(t, 12, s.In)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.ErrorIs(t, m.Err(), context.Canceled)
	require.Zero(t, m.Stages()[1].Busy)
}
