package t3test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

func (s *suite) logs(t *testing.T) {
	s.run(t, "logs: of a unit that fails", s.logOfFailure)
	s.run(t, "logs: profiles", s.logProfiles)
	s.run(t, "logs: shown to a later run", s.logsAgain)
}

// talker registers a unit that logs at two levels, and then returns err.
func (l *lab) talker(err error) {
	t3.RegisterUnit(l.env.Units, "Talks", t3.Snap, func(env *ampel.Env, _ struct{}) (t3.Unit[*ampel.SnapView], error) {
		return unitFn(func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for x := range v.All() {
				env.Log.Debug("looking", "stock", x.ID())
				env.Log.WithGroup("fit").Warn("a bad fit", "chi2", 9.5)
				env.Log.Info("seen", "stock", x.ID(), "alert", 7, "err", errBoom)
				break
			}
			return nil, err
		}), nil
	})
}

func (s *suite) logOfFailure(t *testing.T) {
	l := s.lab(t)
	l.talker(errBoom)
	conf := process(nil, "Talks")
	conf["channel"] = "A"
	_, err := l.run(conf)
	require.NoError(t, err)
	byMessage := map[string]ampel.LogDocument{}
	for _, d := range all[ampel.LogDocument](l, "log") {
		require.EqualValues(t, 1, d.Run)
		require.NotZero(t, d.Flags&ampel.LogT3)
		byMessage[d.Message] = d
	}
	seen, fit := byMessage["seen"], byMessage["a bad fit"]
	require.Equal(t, ampel.IntID(1), *seen.Stock)
	require.Equal(t, "Talks", seen.Unit)
	require.Equal(t, ampel.Labels(ampel.Names("A")), seen.Channel)
	require.EqualValues(t, 7, seen.Alert)
	require.Equal(t, "boom", text(seen.Extra.Get("err")))
	require.Equal(t, ampel.LogInfo|ampel.LogUnit|ampel.LogT3, seen.Flags)
	require.Equal(t, ampel.LogWarning|ampel.LogUnit|ampel.LogT3, fit.Flags)
	chi, _ := fit.Extra.Get("fit.chi2").Float()
	require.InDelta(t, 9.5, chi, 0)
	require.NotContains(t, byMessage, "looking")
	require.Equal(t, ampel.LogError|ampel.LogCore|ampel.LogT3, byMessage["an error in the run"].Flags)
	require.Contains(t, byMessage, "done running")
}

func (s *suite) logProfiles(t *testing.T) {
	l := s.lab(t)
	l.talker(nil)
	count := func(key string, v any) int {
		t.Helper()
		before := len(all[ampel.LogDocument](l, "log"))
		conf := process(nil, "Talks")
		conf[key] = v
		l.mustRun(conf)
		return len(all[ampel.LogDocument](l, "log")) - before
	}
	normal := count("log_profile", "default")
	require.Greater(t, count("log_profile", "debug"), normal)
	require.Zero(t, count("log_profile", "console"))
	require.Zero(t, count("update_events", false))
	conf := process(nil, "Talks")
	conf["log_profile"] = "loud"
	_, err := l.build(conf)
	var bad *ampel.ConfigError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, "config.log_profile", bad.Path)
}

// logsAgain loads the log of an earlier run.
func (s *suite) logsAgain(t *testing.T) {
	l := s.lab(t)
	l.talker(nil)
	l.now = time.Now() // lines have the real time
	l.mustRun(process(nil, "Talks"))
	seen := map[string]int{}
	l.unit("Reads", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		for x := range v.All() {
			for _, d := range x.Logs() {
				seen[x.ID().String()+" "+d.Message]++
			}
		}
		return nil, nil
	})
	conf := process(nil, "Reads")
	conf["include"] = map[string]any{"session": "T3SessionLastRunTime"}
	supply := conf["supply"].(map[string]any)["config"].(map[string]any)
	supply["complement"] = "T3LogsAppender"
	l.mustRun(conf)
	require.Equal(t, map[string]int{"1 seen": 1}, seen)
	l.now = l.now.Add(time.Hour) // this run is newer than the lines
	l.mustRun(conf)
	l.now = l.now.Add(time.Hour)
	clear(seen)
	l.mustRun(conf)
	require.Empty(t, seen, "they were logged before the last run")
	supply["complement"] = map[string]any{"unit": "T3LogsAppender", "config": map[string]any{"use_last_run": false}}
	l.mustRun(conf)
	require.Equal(t, map[string]int{"1 seen": 1}, seen)
}
