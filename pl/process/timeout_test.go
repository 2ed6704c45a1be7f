package process_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// performNoting is perform with hooks that note when they run.
var performNoting = pl.RegisterWith(pl.OnStart(func(_ context.Context, w pl.Worker) (int, error) {
	note("start %d", w.PID)
	return w.PID, nil
}).OnDone(func(_ context.Context, pid int, s pl.Status) error {
	note("done %d", pid)
	return nil
}), func(ctx context.Context, pid int, t Task) (Answer, error) {
	a, err := performTask(ctx, t)
	a.PID = pid // as the hook had it
	return a, err
}, pl.As("performNoting"))

const (
	deadline = 300 * time.Millisecond
	patience = 5 * time.Second // more than a loaded machine should take
)

func TestTimeoutKills(t *testing.T) {
	clean(t)
	begin := time.Now()
	_, stats, err := work(t, quiet(), tasks(5, map[int]string{2: "spin"}), pl.Timeout(deadline))
	took := time.Since(begin)
	require.ErrorIs(t, err, pl.ErrTimeout)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	var stage *pl.StageError
	require.ErrorAs(t, err, &stage)
	require.Equal(t, Task{2, "spin"}, stage.Item)
	require.GreaterOrEqual(t, took, deadline)
	require.Less(t, took, deadline+patience)
	require.EqualValues(t, 1, stats.Timeouts)
}

func TestSkippedTimeoutsLeaveTheOthersAlone(t *testing.T) {
	clean(t)
	j := newJournal(t)
	begin := time.Now()
	var m pl.Monitor
	got, err := pl.Map(quiet(process.Env(j.env())), performNoting,
		pl.Workers(2), pl.Timeout(deadline), pl.Skip(pl.ErrTimeout),
	)(pl.From(tasks(30, map[int]string{3: "spin", 4: "spin", 29: "spin"}))).Collect(t.Context(), pl.Watch(&m))
	require.NoError(t, err)
	require.Less(t, time.Since(begin), 3*deadline+patience)
	require.Equal(t, without(30, 3, 4, 29), numbers(got))
	stats := m.Stages()[1]
	require.EqualValues(t, 3, stats.Timeouts)
	require.EqualValues(t, 3, stats.Dropped)
	require.GreaterOrEqual(t, stats.Restarts, int64(2))

	starts, spun := j.lines("start"), j.lines("spin")
	require.Len(t, spun, 3)
	require.Subset(t, starts, spun, "every one had its OnStart")
	require.Greater(t, len(starts), 2, "OnStart ran again in new processes")
	done := j.lines("done")
	require.ElementsMatch(t, starts, append(done, spun...), "OnDone ran once in those that were not killed")
}

func TestRetryAfterATimeout(t *testing.T) {
	clean(t)
	got, stats, err := work(t, quiet(), tasks(10, map[int]string{3: "first spin", 9: "first spin"}), pl.Timeout(deadline), pl.Retry(1, 0))
	require.NoError(t, err)
	require.Equal(t, without(10), numbers(got))
	require.Len(t, pids(got), 3)
	for _, a := range got {
		require.Equal(t, a.N == 3 || a.N == 9, a.Attempt == 1)
	}
	require.EqualValues(t, 2, stats.Timeouts)
	require.EqualValues(t, 2, stats.Retries)
	require.EqualValues(t, 2, stats.Restarts)
}

// The last attempt of an item breaks its worker, and there are items after it.
func TestHopelessItemsWithRetries(t *testing.T) {
	for name, do := range map[string]string{"timeout": "spin", "crash": "exit 3"} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			got, stats, err := work(t, quiet(), tasks(10, map[int]string{0: do, 4: do, 9: do}),
				pl.Timeout(deadline), pl.Retry(1, 0), pl.Skip())
			require.NoError(t, err)
			require.Equal(t, without(10, 0, 4, 9), numbers(got))
			require.EqualValues(t, 3, stats.Dropped)
			require.EqualValues(t, 3, stats.Retries)
			if name == "timeout" {
				require.EqualValues(t, 6, stats.Timeouts, "each attempt has the whole time")
			}
		})
	}
}

// A function that minds its context is asked no differently.
func TestTimeoutOfAFunctionThatMindsIt(t *testing.T) {
	clean(t)
	got, stats, err := work(t, quiet(), tasks(4, map[int]string{1: "wait"}), pl.Timeout(deadline), pl.Skip(pl.ErrTimeout, context.DeadlineExceeded))
	require.NoError(t, err)
	require.Equal(t, without(4, 1), numbers(got))
	require.EqualValues(t, 1, stats.Dropped)
}

func TestTimeoutIsPerItem(t *testing.T) {
	clean(t)
	do := map[int]string{}
	for n := range 8 {
		do[n] = "sleep 80ms" // all of them take longer than one may
	}
	got, stats, err := work(t, quiet(process.Chunk(8)), tasks(8, do), pl.Timeout(500*time.Millisecond))
	require.NoError(t, err)
	require.Len(t, got, 8)
	require.Zero(t, stats.Timeouts)
}
