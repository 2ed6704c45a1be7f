package workload_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/bench/workload"
)

func digest(v ...int) workload.Digest {
	var d workload.Digest
	for _, x := range v {
		d.Add(x)
	}
	return d
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	want := digest(1, 2, 3, 4)
	require.NoError(t, digest(1, 2, 3, 4).Check(want, true))
	require.NoError(t, digest(4, 2, 3, 1).Check(want, false))
	require.ErrorIs(t, digest(4, 2, 3, 1).Check(want, true), workload.ErrResult, "order")
	require.ErrorIs(t, digest(1, 2, 3).Check(want, false), workload.ErrResult, "one is lost")
	require.ErrorIs(t, digest(1, 2, 3, 4, 4).Check(want, false), workload.ErrResult, "one is doubled")
	require.ErrorIs(t, digest(1, 2, 3, 5).Check(want, false), workload.ErrResult, "one is wrong")
	require.ErrorIs(t, digest(2, 2, 2, 4).Check(want, false), workload.ErrResult, "the same sum")
}

func TestMergeCountsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOf(rapid.Int()).Draw(t, "a")
		b := rapid.SliceOf(rapid.Int()).Draw(t, "b")
		d := digest(a...)
		d.Merge(digest(b...))
		require.NoError(t, d.Check(digest(append(b, a...)...), false))
	})
}

func TestAddDoesNotAllocate(t *testing.T) {
	var d workload.Digest
	require.Zero(t, testing.AllocsPerRun(100, func() { d.Add(7) }))
}

// A spin of d takes d, or longer when something else runs; the fastest of several
// says how long it takes alone.
func TestSpinTakesItsTime(t *testing.T) {
	s := workload.Calibrate()
	for _, d := range []time.Duration{10 * time.Microsecond, 100 * time.Microsecond} {
		f := s.Busy(d)
		best := time.Hour
		for range 200 {
			start := time.Now()
			f(1)
			best = min(best, time.Since(start))
		}
		require.InEpsilon(t, float64(d), float64(best), 0.5, "%v", d)
	}
}

func TestSpinDoesNotAllocateAndDependsOnTheItem(t *testing.T) {
	f := workload.Calibrate().Busy(time.Microsecond)
	require.Zero(t, testing.AllocsPerRun(100, func() { f(7) }))
	require.NotEqual(t, f(1), f(2))
	first, again := f(1), f(1)
	require.Equal(t, first, again)
	require.Equal(t, 1, workload.Spin{}.Turns(0))
}

func TestTheThreeSignaturesAreOneFunction(t *testing.T) {
	for _, w := range workload.All(workload.Spin{}) {
		if w.Name == "sleepers" {
			continue // the same functions as wait1ms, which waits less
		}
		j := w.Job(3, 1)
		steps := []workload.Step{j.First}
		if w.Shape == workload.Triple {
			steps = append(steps, j.Last)
			for x := range 6 {
				err, errErr := j.Keep.Err(x)
				ctx, ctxErr := j.Keep.Ctx(t.Context(), x)
				require.NoError(t, errErr)
				require.NoError(t, ctxErr)
				require.Equal(t, []bool{j.Keep.Plain(x), j.Keep.Plain(x)}, []bool{err, ctx}, w.Name)
			}
		}
		for _, s := range steps {
			for _, x := range []int{0, 1, 98} {
				err, errErr := s.Err(x)
				ctx, ctxErr := s.Ctx(t.Context(), x)
				require.NoError(t, errErr)
				require.NoError(t, ctxErr)
				require.Equal(t, []int{s.Plain(x), s.Plain(x)}, []int{err, ctx}, w.Name)
			}
		}
	}
}

// A plain loop over the job's own functions gives what the job wants.
func TestJobsWantWhatAPlainLoopGives(t *testing.T) {
	for _, w := range workload.All(workload.Spin{}) {
		if w.Waits {
			continue
		}
		j := w.Job(250, 3)
		require.Len(t, j.In, 250)
		require.Equal(t, 3, j.Workers)
		var d workload.Digest
		for _, x := range j.In {
			v := j.First.Plain(x)
			if w.Shape == workload.Triple {
				if !j.Keep.Plain(v) {
					continue
				}
				v = j.Last.Plain(v)
			}
			d.Add(v)
		}
		require.NoError(t, j.Check(d), w.Name)
	}
}

func TestJobsThatWaitAreMadeWithoutWaiting(t *testing.T) {
	w, err := workload.Find("sleepers", workload.All(workload.Spin{}))
	require.NoError(t, err)
	start := time.Now()
	j := w.Job(1000, 10)
	require.Less(t, time.Since(start), 50*time.Second, "1,000 waits of 100 ms are 100 s")
	require.EqualValues(t, 1000, j.Want.Count)
	require.Equal(t, 2, j.First.Plain(1))
}

func TestEveryWorkloadIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range workload.All(workload.Spin{}) {
		require.NotEmpty(t, w.Name)
		require.NotEmpty(t, w.Title)
		require.False(t, seen[w.Name], w.Name)
		seen[w.Name] = true
		require.Positive(t, w.Workers)
		require.Positive(t, w.Items)
		require.LessOrEqual(t, w.ItemsOver(10), w.Items)
		require.Positive(t, w.ItemsOver(10))
	}
	for _, name := range []string{"trivial", "three", "ordered", "cpu1", "cpu10", "cpu100", "wait1ms", "sleepers", "alloc", "bimodal", "memory"} {
		require.True(t, seen[name], name)
	}
}

func TestItemsOver(t *testing.T) {
	require.Equal(t, 10_000, workload.Workload{Items: 100_000}.ItemsOver(10))
	require.Equal(t, 1_000, workload.Workload{Items: 2_000}.ItemsOver(10))
	require.Equal(t, 100, workload.Workload{Items: 100}.ItemsOver(10))
	require.Equal(t, 2_000, workload.Workload{Items: 2_000}.ItemsOver(0))
}

func TestFind(t *testing.T) {
	all := workload.All(workload.Spin{})
	_, err := workload.Find("nothing", all)
	require.ErrorIs(t, err, workload.ErrUnknown)
	require.ErrorContains(t, err, "sleepers")
}

func TestAllocationsOfTheAllocatingWorkload(t *testing.T) {
	w, err := workload.Find("alloc", workload.All(workload.Spin{}))
	require.NoError(t, err)
	j := w.Job(1, 1)
	require.Equal(t, 21.0, testing.AllocsPerRun(100, func() { j.First.Plain(5) }), "as its title says")
}
