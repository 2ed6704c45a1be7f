package process_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

func TestEnv(t *testing.T) {
	clean(t)
	t.Setenv("PENSTOCK_TEST_A", "inherited")
	t.Setenv("PENSTOCK_TEST_B", "inherited")
	j := newJournal(t)
	b := quiet(process.Env(j.env(), "PENSTOCK_TEST_B=b=1"), process.Env("PENSTOCK_TEST_C="))
	_, _, err := work(t, b, tasks(3, map[int]string{0: "env PENSTOCK_TEST_A", 1: "env PENSTOCK_TEST_B", 2: "env PENSTOCK_TEST_C"}))
	require.NoError(t, err)
	require.Equal(t, []string{"PENSTOCK_TEST_A=inherited", "PENSTOCK_TEST_B=b=1", "PENSTOCK_TEST_C="}, j.lines("env"))
	require.Equal(t, "inherited", os.Getenv("PENSTOCK_TEST_B"), "this process keeps its own")
}

func TestMaxItems(t *testing.T) {
	for name, opts := range map[string][]process.Option{
		"one by one": {process.MaxItems(7), process.Chunk(1)},
		"in chunks":  {process.MaxItems(7), process.Chunk(5)},
		"as it goes": {process.MaxItems(7)},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			j := newJournal(t)
			var m pl.Monitor
			got, err := pl.Map(quiet(append(opts, process.Env(j.env()))...), performNoting)(pl.From(tasks(50, nil))).Collect(t.Context(), pl.Watch(&m))
			require.NoError(t, err)
			require.Equal(t, without(50), numbers(got))
			perWorker := map[string]int{}
			for _, a := range got {
				perWorker[fmt.Sprint(a.PID)]++
			}
			require.Len(t, perWorker, 8)
			for pid, n := range perWorker {
				require.LessOrEqual(t, n, 7, pid)
			}
			require.EqualValues(t, 7, m.Stages()[1].Restarts)
			starts := j.lines("start")
			require.Len(t, starts, 8)
			require.ElementsMatch(t, starts, j.lines("done"), "each had its OnDone")
		})
	}
}

func TestMaxItemsWithSeveralWorkers(t *testing.T) {
	clean(t)
	got, stats, err := work(t, quiet(process.MaxItems(10)), tasks(95, map[int]string{40: "fail no luck", 41: "exit 3"}), pl.Workers(2), pl.Skip(), pl.InOrder())
	require.NoError(t, err)
	require.Equal(t, without(95, 40, 41), numbers(got))
	require.True(t, slices.IsSortedFunc(got, func(a, b Answer) int { return a.N - b.N }))
	require.GreaterOrEqual(t, stats.Restarts, int64(8))
}

// However the items are cut up, the results are the same.
func TestChunk(t *testing.T) {
	for _, n := range []int{1, 2, 64, 1000, 100_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			clean(t)
			got, stats, err := work(t, quiet(process.Chunk(n)), tasks(1000, nil), pl.Workers(2), pl.InOrder())
			require.NoError(t, err)
			require.Len(t, got, 1000)
			for i, a := range got {
				require.Equal(t, i, a.N)
				require.Equal(t, []int{i}, a.Index)
			}
			require.EqualValues(t, 1000, stats.In)
			require.EqualValues(t, 1000, stats.Out)
		})
	}
}

// By default no item waits for company: what is there is worked on, however fast the
// items before it were.
func TestNoItemWaitsForCompany(t *testing.T) {
	clean(t)
	feed := make(chan Task)
	go func() { // many fast ones, so that a chunk would be large by now
		for n := range 5000 {
			feed <- Task{N: n}
		}
		feed <- Task{N: -1}
	}()
	defer close(feed)
	n := 0
	for a, err := range pl.Map(quiet(), perform)(pl.FromChan(feed)).All(t.Context()) {
		require.NoError(t, err)
		n++
		if a.N == -1 { // it came, though there is none after it and the source is open
			break
		}
	}
	require.Equal(t, 5001, n)
}

// A slow item keeps none that another worker could have started for itself.
func TestSlowItemsAreShared(t *testing.T) {
	clean(t)
	do := map[int]string{}
	for n := range 20 {
		do[n] = "sleep 20ms"
	}
	got, stats, err := work(t, quiet(), tasks(20, do), pl.Workers(2))
	require.NoError(t, err)
	per := map[int]int{}
	for _, a := range got {
		per[a.Worker.Index]++
	}
	require.Len(t, per, 2)
	require.GreaterOrEqual(t, per[0], 5)
	require.GreaterOrEqual(t, per[1], 5)
	require.GreaterOrEqual(t, stats.Time, 20*20*time.Millisecond)
}
