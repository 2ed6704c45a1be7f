package job_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/catalog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

const fiveSteps = `
process_name: DailyPost
chunk_size: 2
extra_journal_tag: XT
directives:
- context: [{unit: T3AddLastRunTime, config: {lookup_range: {days: -7}, fallback: {days: -90}}}, {unit: T3AddAlertsNumber}]
  select:
    unit: T3StockSelector
    config:
      created: {after: {match_type: time_delta, days: -40}}
      channel: {any_of: [BLUE, RED]}
      tag: {with: ZTF, without: HAS_ERROR}
  load: {unit: T3SimpleDataLoader, config: {directives: [STOCK, {col: t2, query_complement: {unit: T2Fit}}], channel: {any_of: [BLUE, RED]}}}
  run:
    unit: T3UnitRunner
    config:
      directives:
      - filter: {unit: T3AmpelBufferFilter, config: {channel: BLUE}}
        project: {unit: T3ChannelProjector, config: {channel: BLUE}}
        execute: [{unit: Tell}]
      - filter: {unit: T3AmpelBufferFilter, config: {channel: RED}}
        project: {unit: T3ChannelProjector, config: {channel: RED}}
        execute: {unit: Tell}
`

const summary = `
template: PeriodicSummaryT3
name: Summary
schedule: ["every(10).minutes", every().day.at('10:30')]
channel: BLUE
tag: {with: ZTF}
load: [STOCK]
run: {unit: Tell}
`

type lab struct {
	env *ampel.Env
	now time.Time
}

func newLab(t *testing.T) *lab {
	raw, err := sqlite.OpenMemory()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, raw.Close()) })
	db, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	l := &lab{now: time.Now()}
	l.env = &ampel.Env{Units: units(), DB: db, Now: func() time.Time { return l.now }}
	for id, channels := range [][]string{{"BLUE"}, {"BLUE", "RED"}, {"RED"}, {"GREEN"}} {
		ts := bson.M{}
		for _, c := range append(channels, "any") {
			ts[c] = ampel.StockTime{Tied: ampel.At(l.now), Upd: ampel.At(l.now.Add(-time.Minute))}
		}
		_, err := db.Collection("stock").InsertOne(t.Context(), bson.M{"stock": id + 1, "channel": channels, "tag": bson.A{"ZTF"}, "journal": bson.A{}, "ts": ts})
		require.NoError(t, err)
	}
	return l
}

func units() *ampel.Registry {
	r := catalog.New()
	t3.RegisterUnit(r, "Tell", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) {
		return t3.UnitFunc[*ampel.SnapView](func(_ context.Context, v *t3.Views[*ampel.SnapView], _ *ampel.T3Store) (any, error) {
			out := []string{}
			for x := range v.All() {
				out = append(out, x.ID().String())
			}
			return out, v.SendAll(ampel.JournalAttributes{Tag: ampel.Names("told")})
		}), nil
	})
	return r
}

func (l *lab) run(t *testing.T, text string) [][]string {
	t.Helper()
	j, err := job.Parse([]byte(text), false)
	require.NoError(t, err)
	require.NoError(t, j.Check(l.env.Units))
	require.NoError(t, j.Run(t.Context(), l.env, func(_ job.Process, r ampel.Report) {
		require.Equal(t, ampel.EventOK, r.Code, "%v", r.Errors)
	}))
	var out [][]string
	for d, err := range l.env.DB.Collection("t3").Find(t.Context(), bson.D{}) {
		require.NoError(t, err)
		var doc struct{ Body []string }
		require.NoError(t, bson.Unmarshal(d, &doc))
		out = append(out, doc.Body)
	}
	return out
}

func TestFiveSteps(t *testing.T) {
	l := newLab(t)
	require.Equal(t, [][]string{{"1", "2"}, {"2", "3"}}, l.run(t, fiveSteps))
	raw, err := l.env.DB.Collection("stock").FindOne(t.Context(), bson.D{{Key: "stock", Value: 2}})
	require.NoError(t, err)
	var s ampel.StockDocument
	require.NoError(t, bson.Unmarshal(raw, &s))
	require.Len(t, s.Journal, 2)
	require.Equal(t, ampel.Labels(ampel.Names("XT", "told")), s.Journal[0].Tag)
}

func TestReviewUnitExecutor(t *testing.T) {
	l := newLab(t)
	supply := `{unit: T3DefaultBufferSupplier, config: {select: {unit: T3StockSelector}, load: {unit: T3SimpleDataLoader, config: {directives: [STOCK]}}}}`
	require.Len(t, l.run(t, `{process_name: P, execute: [
		{unit: T3ReviewUnitExecutor, config: {supply: `+supply+`, stage: {unit: T3SimpleStager, config: {execute: Tell}}}},
		{unit: T3ReviewUnitExecutor, config: {supply: `+supply+`, stage: {unit: T3AdaptativeStager, config: {execute: Tell, white_list: GREEN}}}}]}`), 2)
}

func TestPeriodicSummary(t *testing.T) {
	l := newLab(t)
	require.Equal(t, [][]string{{"1", "2"}}, l.run(t, summary))
	l.now = l.now.Add(time.Hour)
	require.Equal(t, [][]string{{"1", "2"}}, l.run(t, summary), "nothing was updated since the last run")
	_, err := l.env.DB.Collection("stock").UpdateOne(t.Context(), bson.D{{Key: "stock", Value: 2}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "ts.BLUE.upd", Value: ampel.At(l.now)}}}})
	require.NoError(t, err)
	l.now = l.now.Add(time.Hour)
	require.Equal(t, [][]string{{"1", "2"}, {"2"}}, l.run(t, summary))

	j, err := job.Parse([]byte(summary+"filter: {t2: {unit: Fit, match: {c: 1}}}\n"), false)
	require.NoError(t, err)
	require.NoError(t, j.Check(l.env.Units))
	text, err := json.Marshal(j.Processes[0].Processor.EncodeConfig())
	require.NoError(t, err)
	require.Contains(t, string(text), "T3FilteringStockSelector")
	require.Len(t, j.Processes[0].Schedule, 2)
}

func TestJSONAndYAMLAreOne(t *testing.T) {
	v, err := job.DecodeYAML([]byte(fiveSteps))
	require.NoError(t, err)
	text, err := json.Marshal(v)
	require.NoError(t, err)
	dir := t.TempDir()
	for name, data := range map[string][]byte{"a.json": text, "a.yaml": []byte(fiveSteps)} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		j, err := job.Read(path)
		require.NoError(t, err)
		require.NoError(t, j.Check(units()))
		require.Equal(t, v, map[string]any(j.Processes[0].Processor.Config))
	}
}

func TestBadJobs(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "empty",
		"[]":                                    "a job is a map",
		"{a: 1}":                                "is no process",
		"{a: 1, a: 2}":                          "stands twice",
		"a: &x [*x]":                            "inside of what it names",
		"{a: 1}\n---\n{b: 2}":                   "more than one",
		"{task: []}":                            "task: is empty",
		"{task: [1]}":                           "task[0]",
		"{template: Other, name: n, run: Tell}": "template",
		"{template: PeriodicSummaryT3, name: n, run: []}":                                                             "run",
		"{template: PeriodicSummaryT3, name: n, run: Tell, x: 1}":                                                     "x: unknown key",
		"{name: n, processor: {unit: T3Processor}, multiplier: 2}":                                                    "multiplier",
		"{name: n, processor: {unit: T3Processor}, schedule: never}":                                                  "invalid schedule",
		"{stage: {unit: T3SimpleStager}}":                                                                             "process_name",
		"{process_name: n, stage: {unit: T3SimplStager}}":                                                             "stage.unit",
		"{process_name: n, stage: {unit: T3StockSelector}}":                                                           "not a Stager",
		"{process_name: n, stage: {unit: T3SimpleStager, config: {execute: Nobody}}}":                                 "stage.config.execute[0].unit",
		"{process_name: n, stage: {unit: T3SimpleStager, config: {execute: Tell, chunk_size: -1}}}":                   "stage.config.chunk_size",
		"{process_name: n, stage: {unit: T3AdaptativeStager, config: {execute: Tell, white_list: A, black_list: B}}}": "black_list",
		strings.Replace(fiveSteps, "tag: {with: ZTF", "tag: {with: [ZTF]", 1):                                         "directives[0].select.config.tag.with",
		strings.Replace(fiveSteps, "{col: t2,", "{col: t7,", 1):                                                       "directives[0].load.config.directives[1].col",
		strings.Replace(fiveSteps, "execute: [{unit: Tell}]", "execute: [{unit: Nope}]", 1):                           "directives[0].run.config.directives[0].execute[0].unit",
	} {
		j, err := job.Parse([]byte(text), false)
		if err == nil {
			err = j.Check(units())
		}
		require.ErrorContains(t, err, want, text)
	}
	_, err := job.Parse([]byte(`{"a": 1} x`), true)
	require.Error(t, err)
	_, err = job.Read(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestT3(t *testing.T) {
	t.Run("6.1-12: schedules", func(t *testing.T) {
		from := time.Date(2026, 11, 21, 12, 0, 0, 0, time.Local) // a Saturday
		for text, want := range map[string]time.Time{
			"every().minute":                from.Add(time.Minute),
			"every(10).minutes":             from.Add(10 * time.Minute),
			"every().hour":                  from.Add(time.Hour),
			"every(2).days":                 from.Add(48 * time.Hour),
			"every().day.at('10:30')":       time.Date(2026, 11, 22, 10, 30, 0, 0, time.Local),
			`every().day.at("12:30:05")`:    time.Date(2026, 11, 21, 12, 30, 5, 0, time.Local),
			"every().monday":                time.Date(2026, 11, 23, 0, 0, 0, 0, time.Local),
			"every().wednesday.at('13:15')": time.Date(2026, 11, 25, 13, 15, 0, 0, time.Local),
		} {
			s, err := job.ParseSchedule(text)
			require.NoError(t, err)
			require.True(t, want.Equal(s.Next(from)), "%s: %v", text, s.Next(from))
			require.Equal(t, text, s.String())
		}
		for _, bad := range []string{
			"raise ValueError", "import sys; sys.exit(1)", "", "every", "every().fortnight", "every(0).minutes", "every(-1).minutes", "every(99999999999999999999).days",
			"every(2).monday", "every().day.at('25:00')", "every().day.at('10:70')", "every(2).days.at('10:30')", "every().minute.at('10:30')", "every().minute; every().minute",
			"every(10).minute", "every().minutes", "every().day.at('10:30\")",
		} {
			_, err := job.ParseSchedule(bad)
			require.ErrorContains(t, err, "invalid schedule", bad)
		}
	})
}

// Processes run when they are due, and not at the same time as themselves.
func TestServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := catalog.New()
		var starts []time.Duration
		begin := time.Now()
		t3.RegisterUnit(r, "Slow", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) {
			return t3.UnitFunc[*ampel.SnapView](func(context.Context, *t3.Views[*ampel.SnapView], *ampel.T3Store) (any, error) {
				starts = append(starts, time.Since(begin))
				time.Sleep(90 * time.Second)
				return nil, nil
			}), nil
		})
		j, err := job.Parse([]byte(`{task: [
			{name: often, schedule: every().minute, processor: {unit: T3Processor, config: {stage: {unit: T3SimpleStager, config: {execute: Slow}}}}},
			{name: off, active: false, schedule: every().second, processor: {unit: T3Processor, config: {stage: {unit: T3SimpleStager, config: {execute: Slow}}}}},
			{name: never, processor: {unit: T3Processor, config: {stage: {unit: T3SimpleStager, config: {execute: Slow}}}}}]}`), false)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute+time.Second)
		defer cancel()
		told := 0
		require.NoError(t, j.Serve(ctx, &ampel.Env{Units: r}, func(p job.Process, _ ampel.Report) {
			require.Equal(t, "often", p.Name)
			told++
		}))
		require.Equal(t, []time.Duration{time.Minute, 3 * time.Minute, 5 * time.Minute}, starts)
		require.Equal(t, 3, told)
	})
	j, err := job.Parse([]byte(`{process_name: p, stage: {unit: T3SimpleStager, config: {execute: T3CountStocks}}}`), false)
	require.NoError(t, err)
	require.ErrorIs(t, j.Serve(t.Context(), &ampel.Env{Units: units()}, nil), job.ErrNoSchedule)
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{fiveSteps, summary, "a: &x {b: 1}\nc: {<<: *x}", "{task: [{unit: x}]}", "a: 2026-01-01", "- 1", "{a: !!int 1.5}"} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	r := units()
	f.Fuzz(func(_ *testing.T, data []byte, isJSON bool) {
		if j, err := job.Parse(data, isJSON); err == nil {
			_ = j.Check(r)
		}
	})
}

func FuzzSchedule(f *testing.F) {
	for _, s := range []string{"every().minute", "every(10).minutes", "every().day.at('10:30')", "every().monday", "raise ValueError"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := job.ParseSchedule(text)
		if err != nil {
			return
		}
		if now := time.Now(); !s.Next(now).After(now) {
			t.Fatalf("%q: next is %v", text, s.Next(now))
		}
	})
}

// Both forms of a bare processor are read with all of their keys, and a mistake is
// where it stands in the file.
func TestBareJobs(t *testing.T) {
	units := catalog.New()
	for _, text := range []string{
		`{"process_name": "DailyPost", "channel": null, "raise_exc": false, "log_profile": "default", "job_sig": null, "provenance": true,
			"include": {"session": [{"unit": "T3SessionAlertsNumber"}], "docs": null},
			"supply": {"unit": "T3DefaultBufferSupplier", "config": {"select": {"unit": "T3StockSelector"}, "load": {"unit": "T3SimpleDataLoader"}, "complement": [], "chunk_size": 1000}},
			"stage": {"unit": "T3SimpleStager", "config": {"execute": [{"unit": "T3CountStocks", "config": {}}]}}}`,
		`{"process_name": "DailyPost", "chunk_size": 200, "raise_exc": false, "update_journal": true, "update_events": true, "extra_journal_tag": null, "log_profile": "default",
			"directives": [{
				"context": [{"unit": "T3AddLastRunTime", "config": {"lookup_range": {"days": -7}, "fallback": {"days": -90}}}, {"unit": "T3AddAlertsNumber"}],
				"select": {"unit": "T3StockSelector", "config": {"created": {"after": {"match_type": "time_delta", "days": -40}},
					"updated": {"after": {"match_type": "time_last_run", "process_name": "DailyPost"}},
					"channel": {"any_of": ["BLUE", "RED"]}, "tag": {"with": "ZTF", "without": "HAS_ERROR"}}},
				"load": {"unit": "T3SimpleDataLoader", "config": {"directives": ["STOCK", {"col": "t2", "query_complement": {"unit": "T2Fit"}}], "channel": {"any_of": ["BLUE", "RED"]}}},
				"run": {"unit": "T3UnitRunner", "config": {"directives": [
					{"filter": {"unit": "T3AmpelBufferFilter", "config": {"channel": "BLUE"}}, "project": {"unit": "T3ChannelProjector", "config": {"channel": "BLUE"}}, "execute": [{"unit": "T3CountStocks"}]}]}}}]}`,
	} {
		j, err := job.Parse([]byte(text), true)
		require.NoError(t, err)
		require.NoError(t, j.Check(units))
	}
	j, err := job.Parse([]byte(`{process_name: P, stage: {unit: T3SimpleStager, config: {execute: Nobody}}}`), false)
	require.NoError(t, err)
	var bad *ampel.ConfigError
	require.ErrorAs(t, j.Check(units), &bad)
	require.Equal(t, "stage.config.execute[0].unit", bad.Path)
	j, err = job.Parse([]byte(`{process_name: P, include: {docs: [1]}, stage: {unit: T3SimpleStager, config: {execute: T3CountStocks}}}`), false)
	require.NoError(t, err)
	require.ErrorAs(t, j.Check(units), &bad)
	require.Equal(t, "include.docs", bad.Path)
}
