package measure_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/bench/measure"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func sleeper(name string, d time.Duration, log *[]string) measure.Entry {
	return measure.Entry{Name: name, Run: func(context.Context) (float64, error) {
		time.Sleep(d)
		*log = append(*log, name)
		return float64(len(name)), nil
	}}
}

func TestInterleaveMeasuresEveryEntryInEveryRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		var before []int
		series, err := measure.Interleave(t.Context(), []measure.Entry{
			sleeper("a", time.Second, &log), sleeper("bb", 2*time.Second, &log), sleeper("ccc", 3*time.Second, &log),
		}, measure.Options{Rounds: 4, Warmup: true, Before: func(done, total int, name string) {
			require.Equal(t, 15, total)
			require.NotEmpty(t, name)
			before = append(before, done)
		}})
		require.NoError(t, err)
		require.Len(t, series, 3)
		for i, s := range series {
			require.Len(t, s.Samples, 4, "the first round does not count")
			for _, x := range s.Samples {
				require.Equal(t, time.Duration(i+1)*time.Second, x.Wall)
				require.EqualValues(t, len(s.Name), x.Value)
			}
		}
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, before)

		orders := map[string]bool{}
		for round := range slices.Chunk(log, 3) {
			sorted := slices.Sorted(slices.Values(round))
			require.Equal(t, []string{"a", "bb", "ccc"}, sorted, "each once per round")
			orders[round[0]+round[1]+round[2]] = true
		}
		require.Greater(t, len(orders), 1, "the order changes")
	})
}

func TestInterleaveCountsAllocations(t *testing.T) {
	var keep []*[1000]byte
	series, err := measure.Interleave(t.Context(), []measure.Entry{
		{Name: "none", Run: func(context.Context) (float64, error) { return 0, nil }},
		{Name: "some", Run: func(context.Context) (float64, error) {
			keep = nil
			for range 5000 {
				keep = append(keep, new([1000]byte))
			}
			return 0, nil
		}},
	}, measure.Options{Rounds: 3, Peak: true})
	require.NoError(t, err)
	none, some := series[0], series[1]
	require.Less(t, slices.Max(none.Of(measure.Allocs)), 200.0)
	require.Less(t, slices.Max(none.Of(measure.Peak)), 1e6)
	require.GreaterOrEqual(t, slices.Min(some.Of(measure.Allocs)), 5000.0)
	require.GreaterOrEqual(t, slices.Min(some.Of(measure.Bytes)), 5e6)
	require.GreaterOrEqual(t, measure.Summarize(some.Of(measure.Peak)).Max, 4e6)
}

func TestInterleaveEndsWithTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	runs := 0
	_, err := measure.Interleave(t.Context(), []measure.Entry{
		{Name: "bad", Run: func(context.Context) (float64, error) { runs++; return 0, broken }},
	}, measure.Options{Rounds: 5})
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "bad")
	require.Equal(t, 1, runs)
}

func TestInterleaveTurnsAPanicIntoAnError(t *testing.T) {
	broken := errors.New("broken")
	_, err := measure.Interleave(t.Context(), []measure.Entry{
		{Name: "bad", Run: func(context.Context) (float64, error) { panic(broken) }},
	}, measure.Options{Rounds: 1})
	require.ErrorIs(t, err, broken)
}

func TestInterleaveGivesUpOnARunThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		start := time.Now()
		_, err := measure.Interleave(t.Context(), []measure.Entry{
			{Name: "stuck", Run: func(context.Context) (float64, error) { <-release; return 0, nil }},
		}, measure.Options{Rounds: 1, Limit: time.Minute})
		require.ErrorIs(t, err, measure.ErrHang)
		require.ErrorContains(t, err, "stuck")
		require.ErrorContains(t, err, "measure_test.go", "the stacks tell where")
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestInterleaveStopsWhenTheContextEnds(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	runs := 0
	series, err := measure.Interleave(ctx, []measure.Entry{
		{Name: "a", Run: func(context.Context) (float64, error) {
			if runs++; runs == 3 {
				cancel(cause)
			}
			return 0, nil
		}},
	}, measure.Options{Rounds: 10})
	require.ErrorIs(t, err, cause)
	require.Len(t, series[0].Samples, 3, "the run under way is completed and counts")
}

func TestInterleaveRefusesBadOptions(t *testing.T) {
	for _, o := range []measure.Options{{}, {Rounds: -1}, {Rounds: 1, Limit: -1}} {
		_, err := measure.Interleave(t.Context(), nil, o)
		require.ErrorIs(t, err, measure.ErrOptions)
	}
}

func TestQuantile(t *testing.T) {
	v := []float64{40, 10, 30, 20}
	require.Equal(t, 10.0, measure.Quantile(v, 0))
	require.Equal(t, 25.0, measure.Quantile(v, 0.5))
	require.Equal(t, 40.0, measure.Quantile(v, 1))
	require.InDelta(t, 39.7, measure.Quantile(v, 0.99), 1e-9)
	require.Equal(t, []float64{40, 10, 30, 20}, v, "not sorted in place")
	require.True(t, math.IsNaN(measure.Quantile(nil, 0.5)))
}

func TestSummarize(t *testing.T) {
	require.Equal(t, measure.Summary{Median: 3, Min: 1, Max: 9}, measure.Summarize([]float64{9, 1, 3}))
	require.Equal(t, measure.Summary{Median: 6, Min: 2, Max: 18}, measure.Summarize([]float64{9, 1, 3}).Scale(2))
	require.True(t, math.IsNaN(measure.Summarize(nil).Median))
}

// A machine that is slower in one round must not change a ratio.
func TestRatioIsTakenRoundByRound(t *testing.T) {
	var a, b measure.Series
	for _, slow := range []time.Duration{1, 10, 3, 7, 2} {
		a.Samples = append(a.Samples, measure.Sample{Wall: 200 * slow})
		b.Samples = append(b.Samples, measure.Sample{Wall: 100 * slow})
	}
	b.Samples = append(b.Samples, measure.Sample{Wall: 1})
	require.Equal(t, measure.Summary{Median: 2, Min: 2, Max: 2}, measure.Ratio(a, b, measure.Wall))
}

func TestSummaryLiesWithinTheNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 50).Draw(t, "v")
		s := measure.Summarize(v)
		require.LessOrEqual(t, s.Min, s.Median)
		require.LessOrEqual(t, s.Median, s.Max)
		below := 0
		for _, x := range v {
			if x <= s.Median {
				below++
			}
		}
		require.GreaterOrEqual(t, 2*below, len(v), "at least half are not above the median")
	})
}
