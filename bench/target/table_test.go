package target

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/workload"
)

func TestTargetsOfATable(t *testing.T) {
	w, err := workload.Find("sleepers", workload.All(workload.Spin{}))
	require.NoError(t, err)
	job := w.Job(20_000, 10_000) // two turns of 100ms
	found := FromTable(job, []measure.Series{
		series("rill", 250*time.Millisecond, 500*time.Millisecond),
		series("penstock task", 210*time.Millisecond, 420*time.Millisecond),
		series("penstock thread", 300*time.Millisecond, 600*time.Millisecond),
		series("ants", 240*time.Millisecond, 480*time.Millisecond),
	}, All())
	ratios := map[string]float64{}
	for _, x := range found {
		ratios[x.Name+" / "+x.Against+", "+x.Unit] = x.Ratio.Median
	}
	require.InDeltaMapValues(t, map[string]float64{
		"sleepers, 10000 workers / rill, ns/item":                          0.84,
		"sleepers, 10000 workers / rill, peak MiB":                         0.84,
		"sleepers, 10000 workers / ideal, ms":                              1.575,
		"anywhere: sleepers, 10000 workers, penstock task / ants, ns/item": 0.875,
	}, ratios, 1e-6)

	require.Empty(t, FromTable(job, nil, All()), "nothing was measured")
}

func TestTargetsApartFromTables(t *testing.T) {
	var names []string
	for _, x := range Apart(All()) {
		names = append(names, x.Name())
	}
	require.Contains(t, names, "latency")
	require.Contains(t, names, "trivial-allocs")
	require.NotContains(t, names, "anywhere")
	require.NotContains(t, names, "stragglers")
	require.Less(t, len(names), len(All()))
}
