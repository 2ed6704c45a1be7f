package compare_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	_ "github.com/panjf2000/ants/v2" // starts goroutines when imported
	"github.com/penstock/penstock/pl/process"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/bench/compare"
	"github.com/penstock/penstock/bench/hop"
	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/workload"
)

func TestMain(m *testing.M) {
	process.Init()
	hop.Init()
	// Else each worker process takes a second to exit, with the race detector.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// after returns a contender that is right and takes d for each run.
func after(name string, kind peer.Kind, d time.Duration) peer.Contender {
	return peer.Contender{Name: name, Kind: kind, Single: func(_ context.Context, j *workload.Job) (workload.Digest, error) {
		time.Sleep(d)
		return j.Want, nil
	}}
}

func job(t *testing.T, name string, n int) *workload.Job {
	t.Helper()
	w, err := workload.Find(name, workload.All(workload.Spin{}))
	require.NoError(t, err)
	return w.Job(n, 2)
}

func TestTableSortsAndRelatesToTheFastestRival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, _, err := compare.Table(t.Context(), job(t, "trivial", 1000), compare.Options{
			Rounds: 3,
			Contenders: []peer.Contender{
				after("slow", peer.Concurrent, 4*time.Second),
				after("ours", peer.Penstock, time.Second),
				after("fast", peer.Concurrent, 2*time.Second),
				after("alone", peer.Baseline, 500*time.Millisecond),
				{Name: "cannot", Kind: peer.Concurrent},
			},
		})
		require.NoError(t, err)
		require.Equal(t, 3, table.Rounds)
		require.Equal(t, 1000, table.Items)
		require.Equal(t, 2, table.Workers)
		require.Equal(t, "fast", table.Reference)
		require.Len(t, table.Rows, 4)
		for i, want := range []struct {
			name  string
			time  float64 // ns/item
			ratio float64
		}{{"alone", 500e3, 0.25}, {"ours", 1e6, 0.5}, {"fast", 2e6, 1}, {"slow", 4e6, 2}} {
			r := table.Rows[i]
			require.Equal(t, want.name, r.Name)
			require.InDelta(t, want.time, r.Time.Median, 1e-6)
			require.InDelta(t, want.ratio, r.Ratio, 1e-9)
		}
	})
}

func TestWrongResultsGiveNoNumbers(t *testing.T) {
	liar := peer.Contender{Name: "liar", Kind: peer.Concurrent, Single: func(context.Context, *workload.Job) (workload.Digest, error) {
		return workload.Digest{}, nil
	}}
	table, _, err := compare.Table(t.Context(), job(t, "trivial", 10), compare.Options{Rounds: 1, Contenders: []peer.Contender{liar}})
	require.ErrorIs(t, err, workload.ErrResult)
	require.ErrorContains(t, err, "liar")
	require.Empty(t, table.Rows)
}

func TestErrorsOfAContenderAreReturned(t *testing.T) {
	broken := errors.New("broken")
	bad := peer.Contender{Name: "bad", Kind: peer.Concurrent, Single: func(_ context.Context, j *workload.Job) (workload.Digest, error) {
		return j.Want, broken
	}}
	_, _, err := compare.Table(t.Context(), job(t, "trivial", 10), compare.Options{Rounds: 1, Contenders: []peer.Contender{bad}})
	require.ErrorIs(t, err, broken)
}

func TestLongWorkloadsTakeFewerRoundsUnlessForced(t *testing.T) {
	for force, want := range map[bool]int{false: 3, true: 5} {
		j := job(t, "stragglers", 5)
		j.InOrder = false
		table, _, err := compare.Table(t.Context(), j, compare.Options{
			Rounds: 5, Force: force, Contenders: []peer.Contender{after("quick", peer.Concurrent, 0)},
		})
		require.NoError(t, err)
		require.Equal(t, want, table.Rounds)
	}
}

// The rounds until the interrupt count, and the one under way does not.
func TestAnInterruptedTableHasTheCompleteRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		runs := 0
		count := peer.Contender{Name: "count", Kind: peer.Concurrent, Single: func(_ context.Context, j *workload.Job) (workload.Digest, error) {
			runs++
			time.Sleep(time.Second)
			if runs == 7 {
				time.Sleep(time.Minute)
				cancel(cause)
			}
			return j.Want, nil
		}}
		other := count
		other.Name = "other"
		table, _, err := compare.Table(ctx, job(t, "trivial", 10), compare.Options{Rounds: 9, Contenders: []peer.Contender{count, other}})
		require.ErrorIs(t, err, cause)
		require.Equal(t, 2, table.Rounds, "seven runs are a warm-up, two rounds of two, and half a round")
		require.Len(t, table.Rows, 2)
		for _, r := range table.Rows {
			require.InDelta(t, 1e8, r.Time.Max, 1e-3)
			require.InDelta(t, 1, r.Ratio, 1e-9)
		}
	})
}

func TestRealContenders(t *testing.T) {
	table, _, err := compare.Table(t.Context(), job(t, "three", 500), compare.Options{Rounds: 2, Contenders: peer.All()})
	require.NoError(t, err)
	require.Len(t, table.Rows, len(peer.All()))
	require.NotEmpty(t, table.Reference)
	for _, r := range table.Rows {
		require.Positive(t, r.Time.Median, r.Name)
		require.LessOrEqual(t, r.Time.Min, r.Time.Median)
		require.GreaterOrEqual(t, r.Time.Max, r.Time.Median)
	}
}
