package pl_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

func names(m *pl.Monitor) []string {
	var n []string
	for _, s := range m.Stages() {
		n = append(n, s.Name)
	}
	return n
}

func TestMonitorShowsEveryStage(t *testing.T) {
	base := thread.Map(id, pl.Name("base"))(pl.Range(20))
	s := pl.Merge(
		pl.Pipe2(base, task.Map(id, pl.Name("left")), pl.Take[int](1000)),
		pl.Pipe4(base, pl.Buffer[int](3), pl.Batch[int](6, 0), pl.Unbatch[int], pl.Ordered[int]),
		pl.Concat(pl.Of(1, 2), pl.Tap(func(int) {})(pl.Of(3))))
	var m pl.Monitor
	v, err := s.Collect(t.Context(), pl.Watch(&m))
	require.NoError(t, err)
	require.Len(t, v, 43)
	all := map[string]pl.StageStats{}
	for _, st := range m.Stages() {
		all[st.Name] = st
	}
	require.Equal(t, "Range(20)", names(&m)[0], "sources first")
	require.Len(t, names(&m), 11)
	for name, io := range map[string][2]int64{
		"Range(20)": {0, 20}, "base": {20, 20}, "left": {20, 20}, "Take(1000)": {20, 20},
		"Batch(6, 0s)": {20, 4}, "Unbatch": {4, 20}, "Ordered": {20, 20}, "Concat": {3, 3}, "Of(2 values)": {0, 2},
	} {
		require.Contains(t, all, name)
		require.Equal(t, io[0], all[name].In, name)
		require.Equal(t, io[1], all[name].Out, name)
	}
	require.Equal(t, "thread", all["base"].Backend)
	require.Equal(t, 1, all["base"].Workers)
}

func TestMonitorDuringTheRun(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		var m pl.Monitor
		gate := make(chan struct{})
		f := func(_ context.Context, x int) (int, error) {
			if x >= 10 {
				<-gate
			}
			return x, nil
		}
		s := pl.Map(b, pl.Fn(f), pl.Workers(2), pl.MaxSize(5), pl.Name("f"))(pl.Range(100))
		end := make(chan error, 1)
		go func() { end <- s.Run(t.Context(), pl.Watch(&m)) }()
		synctest.Wait()
		st := m.Stages()[1]
		n := workersOf(b, 2)
		require.Equal(t, "f", st.Name)
		require.Equal(t, n, st.Busy)
		require.EqualValues(t, 10, st.Out)
		require.EqualValues(t, 10+n, st.In)
		require.Equal(t, 5, st.MaxSize)
		require.Equal(t, 6, st.Waiting, "and the one that the source hands over")
		require.NoError(t, m.Err())
		time.Sleep(time.Second)
		close(gate)
		require.NoError(t, <-end)
		st = m.Stages()[1]
		require.Zero(t, st.Busy)
		require.Zero(t, st.Waiting)
		require.EqualValues(t, 100, st.In)
		require.Equal(t, time.Duration(n)*time.Second, st.Time)
	})
}

func TestMonitorErr(t *testing.T) {
	var m pl.Monitor
	require.NoError(t, m.Err())
	require.Empty(t, m.Stages())
	require.Error(t, thread.Map(failing)(pl.Range(3)).Run(t.Context(), pl.Watch(&m)))
	require.ErrorIs(t, m.Err(), errBoom)
	require.NoError(t, pl.Range(3).Run(t.Context(), pl.Watch(&m)), "of several runs it shows the latest")
	require.NoError(t, m.Err())
	require.Equal(t, []string{"Range(3)"}, names(&m))

	var n pl.Monitor
	require.NoError(t, pl.Range(3).Run(t.Context(), pl.Watch(&m), pl.Watch(&n)))
	require.Equal(t, names(&m), names(&n))
}

func TestMonitorIsSafeForConcurrentUse(t *testing.T) {
	var m pl.Monitor
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for _, s := range m.Stages() {
					if s.Busy > s.Workers {
						t.Errorf("%+v", s)
					}
				}
				_ = m.Err()
			}
		})
	}
	for range 10 {
		s := pl.Pipe2(pl.Range(2000), thread.Map(id, pl.Workers(3)), task.Map(id, pl.Workers(3), pl.InOrder()))
		require.NoError(t, s.Run(t.Context(), pl.Watch(&m)))
	}
	close(stop)
	wg.Wait()
}
