package catalog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/catalog"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	_ "github.com/penstock/penstock/ampel/internal/t2test" // its tied unit
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/t2"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/ztf/ztfsim"
	"github.com/penstock/penstock/pl"
)

// These variables make the test binary a program that runs all tiers until it is
// killed.
const (
	childDir     = "PENSTOCK_TEST_TIERS_DIR"
	childAlerts  = "PENSTOCK_TEST_TIERS_ALERTS"
	childBackend = "PENSTOCK_TEST_TIERS_BACKEND"
)

const tiers = `
name: Tiers
task:
- name: ingest
  tier: 0
  processor:
    unit: AlertConsumer
    config:
      supplier: Survey
      shaper: ZTFShaper
      iter_max: 0
      ingester: {ops: 50, wait: 20ms}
      directives:
      - channel: ALL
        ingest:
          stock_t2: [Named]
          mux:
            unit: ZTFMuxer
            combine:
            - unit: T1SimpleCombiner
              state_t2: [T2LightCurveSummary, T2BazinFit, {unit: TiedState, config: {t2_dependency: [{unit: T2LightCurveSummary}]}}]
      - channel: GOOD
        filter: {unit: DecentFilter, config: {min_rb: 0.5}}
        ingest: {point_t2: [Magnitude], combine: [T1SimpleCombiner]}
- name: compute
  tier: 2
  processor: {unit: T2Worker, config: {backend: BACKEND, workers: 2, stale_after: 300ms, max_try: 1000}}
- name: report
  processor:
    unit: T3Processor
    config:
      supply: {unit: T3DefaultBufferSupplier, config: {select: T3StockSelector, load: {unit: T3SimpleDataLoader, config: {directives: [STOCK, T2]}}}}
      stage: {unit: T3SimpleStager, config: {execute: Post}}
`

func init() {
	t2.Register("Named", func(struct{}) (t2.StockUnit, error) {
		return t2.Func[*ampel.StockDocument](func(_ context.Context, s *ampel.StockDocument) (any, error) {
			return map[string]any{"names": len(s.Name)}, nil
		}), nil
	})
	t2.Register("Magnitude", func(struct{}) (t2.PointUnit, error) {
		return t2.Func[*ampel.DataPoint](func(_ context.Context, p *ampel.DataPoint) (any, error) {
			if p.ID < 0 {
				return t2.UnitResult{Code: t2.Code(7)}, nil
			}
			return p.Body.Get("magpsf"), nil
		}), nil
	})
}

// alerts is how many alerts a round adds.
const alerts = 25

// registry has the units of the test besides those of the catalog.
func registry(n int) *ampel.Registry {
	r := catalog.New()
	ampel.Register(r, "Survey", func(*ampel.Env, struct{}) (t0.AlertSupplier, error) {
		survey, err := ztfsim.New(ztfsim.ForAlerts(2000, 7))
		return t0.SupplierFunc(func(ctx context.Context) (pl.Stage[t0.Delivery], error) {
			all, err := survey.Alerts(ctx)
			return pl.Take[t0.Delivery](n)(all), err
		}), err
	})
	// Post tells about each stock once, and says what became of the tickets of all.
	t3.RegisterUnit(r, "Post", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) {
		return t3.UnitFunc[*ampel.SnapView](func(_ context.Context, views *t3.Views[*ampel.SnapView], _ *ampel.T3Store) (any, error) {
			codes := map[string]int{}
			for v := range views.All() {
				for d := range v.T2Views(nil) {
					codes[d.Unit()+" "+d.Code().String()]++
				}
				posted := false
				for range v.JournalEntries(func(r ampel.JournalRecord) bool { return r.Tier == 3 }) {
					posted = true
				}
				if posted {
					continue
				}
				if err := views.Send(ampel.JournalAttributes{Tag: ampel.Names("posted")}); err != nil {
					return nil, err
				}
			}
			return codes, nil
		}), nil
	})
	return r
}

// world is a database with all tiers.
type world struct {
	env *ampel.Env
	job *job.Job
}

func newWorld(ctx context.Context, file, backend string, n int) (*world, io.Closer, error) {
	raw, err := sqlite.Open(ctx, file, sqlite.SyncNormal())
	if err != nil {
		return nil, nil, err
	}
	db, err := ampel.NewDatabase(ctx, raw)
	if err != nil {
		return nil, nil, err
	}
	j, err := job.Parse([]byte(strings.ReplaceAll(tiers, "BACKEND", backend)), false)
	if err != nil {
		return nil, nil, err
	}
	w := &world{&ampel.Env{Units: registry(n), DB: db}, j}
	return w, raw, j.Check(w.env.Units)
}

// child runs every tier again and again, all at the same time, until it is killed.
func child(dir string) int {
	ctx := context.Background()
	n, _ := strconv.Atoi(os.Getenv(childAlerts))
	w, _, err := newWorld(ctx, filepath.Join(dir, "ampel.db"), os.Getenv(childBackend), n)
	var wg sync.WaitGroup
	if err == nil {
		fmt.Println("ready")
		for _, p := range w.job.Processes {
			wg.Go(func() {
				one := &job.Job{Processes: []job.Process{p}}
				for err == nil {
					if e := one.Run(ctx, w.env, func(job.Process, ampel.Report) {}); e != nil {
						err = e
					}
					time.Sleep(5 * time.Millisecond) //nolint:forbidigo // a process that is there to be killed
				}
			})
		}
	}
	wg.Wait()
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// finish runs the tiers until nothing is left to do.
func (w *world) finish(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		idle := false
		err := w.job.Run(t.Context(), w.env, func(p job.Process, r ampel.Report) {
			for _, err := range r.Errors {
				t.Errorf("%s: %v", p.Name, err)
			}
			idle = idle || r.Code == ampel.EventPreCheckExit
		})
		require.NoError(t, err)
		n, err := w.env.DB.Collection("t2").Count(t.Context(), bson.D{{Key: "claim.ts", Value: bson.D{{Key: "$gt", Value: 0}}}})
		require.NoError(t, err)
		return idle && n == 0
	}, 10*time.Minute, 100*time.Millisecond)
}

// picture is what the database knows, without numbers of runs, times and identities,
// and without the order of entries that come from different tiers.
func (w *world) picture(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, name := range []string{"stock", "t0", "t1", "t2"} {
		for doc, err := range w.env.DB.Collection(name).Find(t.Context(), bson.D{}) {
			require.NoError(t, err)
			v, err := ampel.NewValue(doc)
			require.NoError(t, err)
			out[name] = append(out[name], text(t, timeless(t, v.Any())))
		}
		slices.Sort(out[name])
	}
	last, err := w.env.DB.Collection("t3").FindAll(t.Context(), bson.D{})
	require.NoError(t, err)
	v, err := ampel.NewValue(last[len(last)-1].Lookup("body"))
	require.NoError(t, err)
	out["t3"] = []string{text(t, v.Any())}
	return out
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

func timeless(t *testing.T, v any) any {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			v[i] = timeless(t, e)
		}
	case map[string]any:
		for k, e := range v {
			switch k {
			case "_id", "run", "tied", "upd", "duration", "doc", "traceid":
				delete(v, k)
				continue
			case "ts":
				if _, channels := e.(map[string]any); !channels {
					delete(v, k)
					continue
				}
			}
			v[k] = timeless(t, e)
			if list, ok := v[k].([]any); ok && (k == "journal" || k == "meta" || k == "channel") {
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(text(t, a), text(t, b)) })
			}
		}
	}
	return v
}

// All tiers run, and their process is killed again and again, at any moment: the
// documents are the same as those of one that was left alone. PENSTOCK_TEST_KILLS is
// how often; the default is 6.
func TestKilledTiers(t *testing.T) {
	kills := 6
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_TEST_KILLS")); err == nil {
		kills = n
	}
	dir := t.TempDir()
	calm, closeCalm, err := newWorld(t.Context(), filepath.Join(t.TempDir(), "ampel.db"), "thread", alerts*kills)
	require.NoError(t, err)
	defer closeCalm.Close()
	begun := time.Now()
	calm.finish(t)
	t.Logf("%d alerts, undisturbed: %v", alerts*kills, time.Since(begun))

	hit, claimed := 0, 0
	for i, reach := 0, 400*time.Millisecond; i < kills; i++ {
		self, err := os.Executable()
		require.NoError(t, err)
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), childDir+"="+dir, childAlerts+"="+strconv.Itoa(alerts*(i+1)), childBackend+"="+[]string{"thread", "process"}[i%2])
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		_, err = io.ReadFull(out, make([]byte, len("ready")))
		require.NoError(t, err)
		time.Sleep(rand.N(reach)) //nolint:forbidigo // a real process is killed at any moment
		require.NoError(t, cmd.Process.Kill())
		var exit *exec.ExitError
		require.True(t, errors.As(cmd.Wait(), &exit))

		w, closer, err := newWorld(t.Context(), filepath.Join(dir, "ampel.db"), "thread", 0)
		require.NoError(t, err)
		undone, err := w.env.DB.Collection("t2").Count(t.Context(), bson.D{{Key: "code", Value: bson.D{{Key: "$in", Value: bson.A{ampel.CodeNew, ampel.CodeRunning}}}}})
		require.NoError(t, err)
		running, err := w.env.DB.Collection("event").Count(t.Context(), bson.D{{Key: "code", Value: ampel.EventRunning}})
		require.NoError(t, err)
		busy, err := w.env.DB.Collection("t2").Count(t.Context(), bson.D{{Key: "claim.ts", Value: bson.D{{Key: "$gt", Value: 0}}}})
		require.NoError(t, err)
		require.NoError(t, closer.Close())
		switch {
		case undone > 0:
			hit++
			reach += reach / 8
		case running > 0:
			reach -= reach / 8
		}
		claimed += int(min(busy, 1))
	}
	t.Logf("%d kills: %d left tickets undone, %d left some claimed", kills, hit, claimed)
	require.Positive(t, hit)
	w, closer, err := newWorld(t.Context(), filepath.Join(dir, "ampel.db"), "thread", alerts*kills)
	require.NoError(t, err)
	defer closer.Close()
	w.finish(t)
	want, got := calm.picture(t), w.picture(t)
	for name, list := range want {
		missing := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(got[name], s) })
		extra := slices.DeleteFunc(slices.Clone(got[name]), func(s string) bool { return slices.Contains(list, s) })
		require.Empty(t, missing, "%s: instead there are %v", name, extra)
		require.Len(t, got[name], len(list), name)
	}
}
