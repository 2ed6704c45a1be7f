package target

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	_ "github.com/panjf2000/ants/v2" // starts goroutines when imported
	"github.com/penstock/penstock/pl/process"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/bench/hop"
	"github.com/penstock/penstock/bench/measure"
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

func series(name string, walls ...time.Duration) measure.Series {
	s := measure.Series{Name: name}
	for _, w := range walls {
		s.Samples = append(s.Samples, measure.Sample{Wall: w, Peak: uint64(w) << 20, Value: float64(w)})
	}
	return s
}

func TestAPairIsJudgedByItsBounds(t *testing.T) {
	job := &workload.Job{Workload: workload.Workload{Name: "w", Workers: 4, Items: 10, Repeat: 2}}
	p := Pair{Theirs: "them", Bounds: []Bound{{Unit: perItem, Most: 0.5}, {Unit: peakMemory, Most: 0.4}}}
	got := p.judge(job, series("us", 1000, 2000, 3000), series("them", 2000, 5000, 6000))
	require.Len(t, got, 2)

	require.Equal(t, "w, 4 workers", got[0].Name)
	require.Equal(t, "them", got[0].Against)
	require.Equal(t, "ns/item", got[0].Unit)
	require.Equal(t, 100.0, got[0].Ours, "2,000 ns for 2 runs of 10 items")
	require.Equal(t, 250.0, got[0].Theirs)
	require.Equal(t, measure.Summary{Median: 0.5, Min: 0.4, Max: 0.5}, got[0].Ratio)
	require.True(t, got[0].Met, "a bound may be reached")

	require.Equal(t, "peak MiB", got[1].Unit)
	require.Equal(t, 2000.0, got[1].Ours)
	require.False(t, got[1].Met)
}

func TestMetComparesWhatIsPrinted(t *testing.T) {
	require.True(t, met(1.05, 1.05))
	require.True(t, met(1.0504, 1.05))
	require.False(t, met(1.0506, 1.05))
	require.True(t, met(0.0004, 0))
	require.True(t, met(-0.3, 0))
	require.False(t, met(0.001, 0))
	nan := measure.Summarize(nil).Median
	require.False(t, met(nan, 1), "nothing measured is not met")
}

// Every target that All lists can be measured: its workloads and contenders exist
// and fit each other.
func TestEveryTargetCanBeMeasured(t *testing.T) {
	all := workload.All(workload.Spin{})
	runs := func(name, contender string) {
		w, err := workload.Find(name, all)
		require.NoError(t, err)
		if w.Name == "memory" {
			return
		}
		_, err = contenders(w.Job(2, 1), contender)
		require.NoError(t, err)
	}
	require.NotEmpty(t, All())
	for _, x := range All() {
		require.NotEmpty(t, x.Name())
		switch x := x.(type) {
		case Pair:
			runs(x.Workload, x.Ours)
			runs(x.Workload, x.Theirs)
			require.NotEmpty(t, x.Bounds)
		case ideal:
			runs(x.workload, x.ours)
		case steady:
			runs(x.workload, x.ours)
		case far:
			l, err := hop.Find(x.load, hop.All())
			require.NoError(t, err)
			_, err = l.Way(x.theirs)
			require.NoError(t, err)
		}
	}
}

func TestContendersThatDoNotFitAreErrors(t *testing.T) {
	w, err := workload.Find("wait1ms", workload.All(workload.Spin{}))
	require.NoError(t, err)
	job := w.Job(1, 1)
	_, err = contenders(job, "plain loop")
	var no *NoRunError
	require.ErrorAs(t, err, &no)
	require.Equal(t, NoRunError{Contender: "plain loop", Workload: "wait1ms"}, *no)
	_, err = contenders(job, "nobody")
	require.ErrorIs(t, err, peer.ErrUnknown)
	_, err = Pair{Workload: "nothing"}.Measure(t.Context(), Env{Rounds: 1})
	require.ErrorIs(t, err, workload.ErrUnknown)
}

// tiny is an Env in which every measurement is short.
func tiny() Env {
	var small []workload.Workload
	for _, w := range workload.All(workload.Calibrate()) {
		if w.Name == "memory" {
			continue
		}
		w.Items, w.Workers, w.Repeat = 200, min(w.Workers, 100), 1
		small = append(small, w)
	}
	return Env{Workloads: small, Rounds: 2, Shrink: 1000}
}

func TestMeasureOfEachKind(t *testing.T) {
	for name, x := range map[string]Target{
		"pair":    Pair{Workload: "trivial", Ours: "penstock thread", Theirs: "rill", Bounds: within(1e6)},
		"memory":  Pair{Workload: "sleepers", Ours: "penstock task", Theirs: "rill", Bounds: []Bound{{Unit: peakMemory, Most: 1e6}}},
		"ideal":   ideal{workload: "sleepers", ours: "penstock task", wait: 100 * time.Millisecond, most: 1e6},
		"steady":  steady{workload: "trivial", ours: "penstock thread", most: 1e6},
		"latency": latency{most: 1e6},
		"far":     far{load: "int", workers: 2, theirs: hop.Gob, most: 1e6},
	} {
		t.Run(name, func(t *testing.T) {
			e := tiny()
			calls := 0
			e.Before = func(done, total int, _ string) {
				require.Less(t, done, total)
				calls++
			}
			got, err := x.Measure(t.Context(), e)
			require.NoError(t, err)
			require.Len(t, got, 1)
			require.True(t, got[0].Met)
			require.NotEmpty(t, got[0].Name)
			require.NotEmpty(t, got[0].Unit)
			require.Positive(t, calls)
			if name != "steady" {
				require.Positive(t, got[0].Ours)
				require.Positive(t, got[0].Theirs)
				// Of two rounds, the ratio of the means lies between the ratios.
				ratio := got[0].Ours / got[0].Theirs
				require.GreaterOrEqual(t, ratio, got[0].Ratio.Min*(1-1e-9))
				require.LessOrEqual(t, ratio, got[0].Ratio.Max*(1+1e-9))
			}
		})
	}
}

func TestTheIdealCannotBeBeaten(t *testing.T) {
	got, err := ideal{workload: "sleepers", ours: "penstock task", wait: 100 * time.Millisecond, most: 0.99}.Measure(t.Context(), tiny())
	require.NoError(t, err)
	require.Equal(t, 200.0, got[0].Theirs, "200 items on 100 workers are two turns")
	require.GreaterOrEqual(t, got[0].Ratio.Min, 1.0)
	require.False(t, got[0].Met)
}

func TestAnywhereLooksAtEveryWorkload(t *testing.T) {
	e := tiny()
	e.Workloads = slices.DeleteFunc(e.Workloads, func(w workload.Workload) bool {
		return w.Name == "sleepers" || w.Name == "stragglers" // they take long and are no other code
	})
	got, err := anywhere{most: 1e6}.Measure(t.Context(), e)
	require.NoError(t, err)
	want := 0
	for _, w := range e.Workloads {
		want += len(crews(w))
	}
	require.Len(t, got, want)
	for _, x := range got {
		require.True(t, x.Met, x.Name)
		c, err := peer.Find(x.Against, peer.All())
		require.NoError(t, err)
		require.Equal(t, peer.Concurrent, c.Kind)
	}
}

func TestNearestKeepsWhoComesNear(t *testing.T) {
	entries := []measure.Entry{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	kept := nearest(entries, []measure.Series{series("a", 151), series("b", 100), series("c", 150)})
	require.Len(t, kept, 2)
	require.Equal(t, "b", kept[0].Name)
	require.Equal(t, "c", kept[1].Name)
	require.Equal(t, "b", fastest([]measure.Series{series("a", 3, 9, 9), series("b", 5, 8, 9), series("c", 1, 9, 10)}).Name, "by the median")
}

func TestMeasureStopsWithTheContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	for _, x := range All() {
		if x.Name() == "sleepers" || x.Name() == "stragglers" {
			continue // only to keep the making of large jobs out of the test
		}
		_, err := x.Measure(ctx, tiny())
		require.ErrorIs(t, err, cause, x.Name())
	}
}

// The functions that measure latency measure every item.
func TestLatency(t *testing.T) {
	got, err := stageLatency(t.Context(), 20)
	require.NoError(t, err)
	require.Positive(t, got)
	require.Less(t, got, float64(10*time.Second))
	require.Positive(t, channelLatency(20))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = stageLatency(ctx, 20)
	require.ErrorIs(t, err, context.Canceled)
}
