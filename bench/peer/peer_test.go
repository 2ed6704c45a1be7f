package peer_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/panjf2000/ants/v2" // starts goroutines when imported
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/workload"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// few is a number of items that is small, but more than the workers, the queues and
// the filter can hide.
func few(w workload.Workload) int {
	switch {
	case w.Name == "sleepers":
		return 1_000
	case w.Waits:
		return 500
	case w.Name == "cpu100", w.Name == "memory", w.Name == "bimodal":
		return 200
	default:
		return 3_001
	}
}

func TestEveryContenderDoesTheWork(t *testing.T) {
	spin := workload.Calibrate()
	for _, w := range workload.All(spin) {
		job := w.Job(few(w), min(w.Workers, 1_000))
		for _, c := range peer.All() {
			t.Run(w.Name+"/"+c.Name, func(t *testing.T) {
				if job.Waits {
					t.Parallel()
				}
				run, _ := c.For(job)
				if run == nil {
					require.True(t, job.Waits, "only serial contenders are left out, and only when items wait")
					return
				}
				for range 2 { // a second run must not see anything of the first
					d, err := run(t.Context(), job)
					require.NoError(t, err)
					require.NoError(t, job.Check(d))
				}
			})
		}
	}
}

func TestOneWorkerAndNoItems(t *testing.T) {
	for _, w := range workload.All(workload.Spin{}) {
		if w.Name == "memory" {
			continue // its buffer takes long to make and is no other code path
		}
		for _, n := range []int{0, 1} {
			job := w.Job(n, 1)
			for _, c := range peer.All() {
				if run, _ := c.For(job); run != nil {
					d, err := run(t.Context(), job)
					require.NoError(t, err, "%s/%s", w.Name, c.Name)
					require.NoError(t, job.Check(d), "%s/%s", w.Name, c.Name)
				}
			}
		}
	}
}

// Where order counts, a rival passes results on in order while others are still to come.
func TestRivalsInOrder(t *testing.T) {
	for _, name := range []string{"ordered", "stragglers"} {
		w, err := workload.Find(name, workload.All(workload.Spin{}))
		require.NoError(t, err)
		var names []string
		for _, c := range peer.All() {
			if c.Rival(w.Job(1, 4)) {
				names = append(names, c.Name)
			}
		}
		require.Equal(t, []string{"channels, unbuffered", "channels, 128", "channels, 1024", "rill", "conc stream"}, names)
	}
}

// Whoever counts as a rival must really work on several items at a time: no call
// returns before there were two at once.
func TestRivalsAreConcurrent(t *testing.T) {
	for _, name := range []string{"trivial", "three", "ordered"} {
		w, err := workload.Find(name, workload.All(workload.Spin{}))
		require.NoError(t, err)
		for _, c := range peer.All() {
			job := w.Job(100, 4)
			if !c.Rival(job) {
				continue
			}
			var calls atomic.Int32
			two := make(chan struct{})
			meet := func() error {
				if calls.Add(1) == 2 {
					close(two)
				}
				select {
				case <-two:
					return nil
				case <-time.After(10 * time.Second):
					return errors.New("no second call")
				}
			}
			first := job.First
			job.First = workload.Step{
				Plain: func(x int) int {
					if err := meet(); err != nil {
						t.Error(c.Name, err)
					}
					return first.Plain(x)
				},
				Err: func(x int) (int, error) { return x + 1, meet() },
				Ctx: func(_ context.Context, x int) (int, error) { return x + 1, meet() },
			}
			run, _ := c.For(job)
			d, err := run(t.Context(), job)
			require.NoError(t, err, "%s on %s", c.Name, name)
			require.NoError(t, job.Check(d), "%s on %s", c.Name, name)
		}
	}
}

func TestWhoIsLeftOutWhenItemsWait(t *testing.T) {
	out := map[string][]string{
		"wait1ms":    {"plain loop", "ro", "penstock sync"},
		"stragglers": {"plain loop", "go-streams", "ro", "deliveryhero", "penstock sync"},
		"cpu1":       nil,
	}
	for name, want := range out {
		w, err := workload.Find(name, workload.All(workload.Spin{}))
		require.NoError(t, err)
		job := w.Job(10, 2)
		var got []string
		for _, c := range peer.All() {
			if run, _ := c.For(job); run == nil {
				got = append(got, c.Name)
				require.False(t, c.Rival(job), c.Name)
			}
		}
		require.Equal(t, want, got, name)
	}
}

func TestContendersHaveNamesAndRuns(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range peer.All() {
		require.NotEmpty(t, c.Name)
		require.False(t, seen[c.Name], c.Name)
		seen[c.Name] = true
		require.NotNil(t, c.Single, c.Name)
		require.NotNil(t, c.Triple, c.Name)
		require.NotNil(t, c.InOrder, c.Name)
	}
	for _, kind := range []peer.Kind{peer.Baseline, peer.Slice, peer.Serial, peer.Concurrent, peer.Penstock} {
		require.True(t, slices.ContainsFunc(peer.All(), func(c peer.Contender) bool { return c.Kind == kind }), kind)
	}
}

func TestFind(t *testing.T) {
	c, err := peer.Find("rill", peer.All())
	require.NoError(t, err)
	require.Equal(t, "rill", c.Name)
	_, err = peer.Find("rills", peer.All())
	require.ErrorIs(t, err, peer.ErrUnknown)
	require.ErrorContains(t, err, "deliveryhero")
}

func TestNotesOfAJob(t *testing.T) {
	w, err := workload.Find("ordered", workload.All(workload.Spin{}))
	require.NoError(t, err)
	job := w.Job(10, runtime.NumCPU())
	c, err := peer.Find("pond", peer.All())
	require.NoError(t, err)
	_, note := c.For(job)
	require.Equal(t, "unbounded queue; no result before the end", note)
}
