// Package ampel_test measures the tiers of package ampel.
package ampel_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/catalog"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/ztf/ztfsim"
	"github.com/penstock/penstock/pl"
)

// head begins a configuration of the consumer.
const head = `
supplier: Simulation
shaper: ZTFShaper
iter_max: 0
directives:
`

// supernovae is a channel that takes what a survey for supernovae would take, and leaves
// tickets on the stock and on the state.
const supernovae = `
- channel: SN
  filter: {unit: DecentFilter, config: {min_rb: 0.4, min_ndet: 3, min_sso_dist: 5, min_gal_lat: 10, ps1_sgveto_rad: 1, ps1_sgveto_sgth: 0.8}}
  ingest:
    stock_t2: [{unit: IngestBenchStock}]
    mux: {unit: ZTFMuxer, combine: [{unit: T1SimpleCombiner, state_t2: [{unit: IngestBenchState}, {unit: IngestBenchState, config: {note: fit}}]}]}
`

// everything is a channel that rejects nothing.
const everything = `
- channel: ALL
  ingest:
    stock_t2: [{unit: IngestBenchStock}]
    mux: {unit: ZTFMuxer, combine: [{unit: T1SimpleCombiner, state_t2: [{unit: IngestBenchState}]}]}
`

// BenchmarkIngest takes simulated alerts into a new database of the embedded engine,
// as many as INGEST_ALERTS says, 5000 if nothing else. It tells how many come in and how
// many are stored per second, in all and portion by portion, so that one sees whether the
// speed is the same when the database has grown. One op is a whole run. Channels that filter are what a broker has;
// one that takes everything is the worst case.
func BenchmarkIngest(b *testing.B) {
	b.Run("filtered", func(b *testing.B) { ingest(b, head+supernovae) })
	b.Run("filtered+everything", func(b *testing.B) { ingest(b, head+supernovae+everything) })
}

func ingest(b *testing.B, consumer string) {
	n := 5000
	if s := os.Getenv("INGEST_ALERTS"); s != "" {
		var err error
		n, err = strconv.Atoi(s)
		require.NoError(b, err)
	}
	for b.Loop() {
		b.StopTimer()
		path := filepath.Join(b.TempDir(), "archive.db")
		raw, err := sqlite.Open(b.Context(), path)
		require.NoError(b, err)
		db, err := ampel.NewDatabase(b.Context(), raw)
		require.NoError(b, err)
		survey, err := ztfsim.New(ztfsim.ForAlerts(n, 1))
		require.NoError(b, err)
		units := catalog.New()
		supplied := 0
		counted := t0.SupplierFunc(func(ctx context.Context) (pl.Stage[t0.Delivery], error) {
			alerts, err := survey.Alerts(ctx)
			return alerts.Then(pl.Tap(func(t0.Delivery) { supplied++ })), err
		})
		ampel.Register(units, "Simulation", func(*ampel.Env, struct{}) (t0.AlertSupplier, error) { return counted, nil })
		env := &ampel.Env{Units: units, DB: db, Process: "ingest", Progress: &ampel.Progress{}}
		conf, err := job.DecodeYAML([]byte(consumer))
		require.NoError(b, err)
		r, _, err := ampel.UnitOf[ampel.Runner]{UnitModel: ampel.UnitModel{Unit: "AlertConsumer", Config: conf.(map[string]any)}}.Build(env)
		require.NoError(b, err)

		watch := follow(env.Progress, n/10)
		b.StartTimer()
		begun := time.Now()
		report, err := r.Run(b.Context())
		took := time.Since(begun)
		b.StopTimer()
		require.NoError(b, err)
		require.Equal(b, ampel.EventOK, report.Code, "%v", report.Errors)
		speeds, memory := watch.end()
		require.NoError(b, raw.Close())
		info, err := os.Stat(path)
		require.NoError(b, err)
		b.ReportMetric(float64(supplied)/took.Seconds(), "alerts/s")
		b.ReportMetric(float64(report.Docs)/took.Seconds(), "stored/s")
		b.ReportMetric(float64(info.Size())/float64(report.Docs), "B/stored")
		b.ReportMetric(memory/(1<<20), "MiB")
		b.Logf("%d alerts, of which %d were stored, so many per second one portion after the other: %s", supplied, report.Docs, strings.Join(speeds, " "))
		b.StartTimer()
	}
}

// follower looks at a run from outside.
type follower struct {
	quit, done chan struct{}
	speeds     []string
	memory     float64
}

func follow(p *ampel.Progress, part int) *follower {
	f := &follower{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		last, since := int64(0), time.Now()
		for looks := 0; ; looks++ {
			select {
			case <-f.quit:
				return
			case now := <-tick.C:
				if n := p.Alerts.Load(); n-last >= int64(part) {
					f.speeds = append(f.speeds, fmt.Sprintf("%.0f", float64(n-last)/now.Sub(since).Seconds()))
					last, since = n, now
				}
			}
			if looks%40 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				f.memory = max(f.memory, float64(m.Sys-m.HeapReleased))
			}
		}
	}()
	return f
}

func (f *follower) end() (speeds []string, memory float64) {
	close(f.quit)
	<-f.done
	return f.speeds, f.memory
}
