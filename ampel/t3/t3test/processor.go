package t3test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

func (s *suite) processor(t *testing.T) {
	s.run(t, "6.1-1: events, troubles and raise_exc", func(t *testing.T) {
		l := s.lab(t)
		l.unit("Nothing", func(context.Context, *views, *ampel.T3Store) (any, error) { return nil, nil })
		l.unit("Fails", func(context.Context, *views, *ampel.T3Store) (any, error) { return nil, errBoom })
		l.mustRun(process(nil, "Nothing"))
		require.Len(t, l.events(), 1)
		require.EqualValues(t, 1, l.events()[0].Run)
		require.Equal(t, ampel.EventOK, l.events()[0].Code)

		r, err := l.run(process(nil, "Fails"))
		require.NoError(t, err)
		require.Equal(t, ampel.EventException, r.Code)
		require.Equal(t, ampel.EventException, l.events()[1].Code)
		require.Len(t, l.troubles(), 1)
		trouble := l.troubles()[0]
		require.Equal(t, ampel.T3RunError, trouble.Code)
		require.Equal(t, "Fails", trouble.Unit)
		require.EqualValues(t, 2, trouble.Run)

		conf := process(nil, "Fails")
		conf["raise_exc"] = true
		_, err = l.run(conf)
		require.ErrorIs(t, err, errBoom)
		require.Len(t, l.troubles(), 1)
		require.Equal(t, ampel.EventException, l.events()[2].Code)
	})
	s.run(t, "6.1-2: attributes for a stock", func(t *testing.T) {
		l := s.lab(t)
		l.unit("Sends", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			return nil, v.SendTo(ampel.IntID(2), ampel.StockAttributes{
				Tag: ampel.Names("TAGGYTAG"), Name: ampel.Names("floopsy"),
				Journal: &ampel.JournalAttributes{Extra: map[string]any{"foo": "bar"}},
			})
		})
		l.mustRun(process(nil, "Sends"))
		stock := l.stock(2)
		require.Equal(t, ampel.Names("T", "TAGGYTAG"), stock.Tag)
		require.Equal(t, ampel.Names("n2", "floopsy"), stock.Name)
		require.Len(t, stock.Journal, 1)
		require.EqualValues(t, 3, stock.Journal[0].Tier)
		require.EqualValues(t, l.now.Unix(), stock.Journal[0].TS)
		require.Equal(t, "bar", text(stock.Journal[0].Extra.Get("foo")))
		require.Empty(t, l.stock(1).Journal)
	})
	s.run(t, "6.1-3: nothing selected", func(t *testing.T) {
		l := s.lab(t)
		conf := process(nil, "Collect")
		conf["supply"].(map[string]any)["config"].(map[string]any)["select"] = map[string]any{"unit": "T3StockSelector", "config": map[string]any{"channel": "nonesuch"}}
		l.mustRun(conf)
		require.Empty(t, l.docs())
	})
	s.run(t, "6.1-4: configurations are resolved", func(t *testing.T) {
		l := s.lab(t)
		id, err := l.env.DB.SaveConfig(t.Context(), ampel.Config{"foo": int64(42)})
		require.NoError(t, err)
		l.insert("t2", ampel.T2Document{Stock: ampel.IntID(1), Unit: "U", Config: ampel.MustValue(id), Link: ampel.IntID(1)})
		got := map[string]*int64{"First": new(int64), "Second": new(int64)}
		for name, n := range got {
			l.unit(name, func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
				for x := range v.All() {
					for _, d := range x.T2() {
						if *n, _ = d.Config().Get("foo").Int(); d.ConfID() != id {
							return nil, errBoom
						}
					}
				}
				return nil, nil
			})
		}
		l.mustRun(process(nil, "First"))
		require.EqualValues(t, 42, *got["First"])
		*got["First"] = 0
		l.mustRun(process(nil, "First", "Second"))
		require.EqualValues(t, 42, *got["First"])
		require.EqualValues(t, 42, *got["Second"])
	})
	s.run(t, "6.1-5: which results make documents", func(t *testing.T) {
		for _, none := range []any{nil, 0, "", []any{}, false, map[string]any{}} {
			l := s.lab(t)
			l.unit("Unit", func(context.Context, *views, *ampel.T3Store) (any, error) { return none, nil })
			l.mustRun(process(nil, "Unit"))
			require.Empty(t, l.docs(), "%#v", none)
		}
		for _, some := range []any{map[string]any{"a": 1}, 5, true, []int{1, 2}} {
			l := s.lab(t)
			l.unit("Unit", func(context.Context, *views, *ampel.T3Store) (any, error) { return some, nil })
			require.Equal(t, 1, l.mustRun(process(nil, "Unit")).Docs)
			d := l.docs()[0]
			require.Equal(t, ampel.CodeNotSet, d.Code)
			require.EqualValues(t, 8208, d.Meta.Activity[0].Action)
		}
		l := s.lab(t)
		l.unit("Unit", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) { ids(v); return nil, nil })
		l.mustRun(process(map[string]any{"save_stock_ids": true}, "Unit"))
		require.Equal(t, []ampel.StockID{ampel.IntID(1), ampel.IntID(2), ampel.IntID(3), ampel.IntID(4)}, l.docs()[0].Stock)
		require.True(t, l.docs()[0].Body.IsNull())
	})
	s.run(t, "6.1-6: UnitResult", s.unitResults)
	s.run(t, "6.1-7: several records", func(t *testing.T) {
		l := s.lab(t)
		l.unit("Sends", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			n := 0
			for range v.All() {
				if n++; n == 1 {
					for i := range 3 {
						if err := v.Send(ampel.JournalAttributes{Extra: map[string]any{"n": i}}); err != nil {
							return nil, err
						}
					}
				}
				if n == 2 {
					if err := v.SendTo(v.Stocks()[0], ampel.JournalAttributes{Extra: map[string]any{"n": 3}}); err != nil {
						return nil, err
					}
				}
			}
			return nil, nil
		})
		l.mustRun(process(nil, "Sends"))
		require.Len(t, l.stock(1).Journal, 4)
		for i, r := range l.stock(1).Journal {
			n, _ := r.Extra.Get("n").Int()
			require.EqualValues(t, i, n)
		}
		require.Empty(t, l.stock(2).Journal)
	})
	s.run(t, "6.1-8: extra tags, and no journal", func(t *testing.T) {
		l := s.lab(t)
		l.unit("Sends", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				if err := v.Send(ampel.StockAttributes{Name: ampel.Names("x"), Journal: &ampel.JournalAttributes{Tag: ampel.Names("jt")}}); err != nil {
					return nil, err
				}
			}
			return nil, nil
		})
		l.mustRun(process(map[string]any{"update_journal": false}, "Sends"))
		require.Empty(t, l.stock(1).Journal)
		require.Equal(t, ampel.Names("n1"), l.stock(1).Name)
		l.mustRun(process(map[string]any{"extra_journal_tag": "XT"}, "Sends"))
		require.Equal(t, ampel.Labels(ampel.Names("XT", "jt")), l.stock(1).Journal[0].Tag)
	})
	s.run(t, "6.1-9: sessions", s.sessions)
	s.run(t, "6.1-10: what was sent before an error stays", func(t *testing.T) {
		for _, raise := range []bool{false, true} {
			for _, stager := range []string{"T3SimpleStager", "T3SequentialStager"} {
				l := s.lab(t)
				l.unit("Sends", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
					for range v.All() {
						if err := v.Send(ampel.JournalAttributes{}); err != nil {
							return nil, err
						}
						return nil, errBoom
					}
					return nil, nil
				})
				conf := process(nil, "Sends")
				conf["raise_exc"] = raise
				conf["stage"].(map[string]any)["unit"] = stager
				_, err := l.run(conf)
				require.Equal(t, raise, err != nil)
				require.Len(t, l.stock(1).Journal, 1)
			}
		}
	})
	s.run(t, "6.1-11: a chunk cannot be loaded", func(t *testing.T) {
		l := s.lab(t)
		l.loader("Flaky", func(n int) error {
			if n == 2 {
				return errBoom
			}
			return nil
		})
		conf := process(nil, "Collect")
		supply := conf["supply"].(map[string]any)["config"].(map[string]any)
		supply["load"], supply["chunk_size"] = "Flaky", int64(1)
		r, err := l.run(conf)
		require.NoError(t, err)
		require.Equal(t, ampel.EventException, r.Code)
		var seen []string
		require.NoError(t, l.docs()[0].Body.Decode(&seen))
		require.Equal(t, []string{"1", "3", "4"}, seen)
		require.Equal(t, ampel.T3LoadError, l.troubles()[0].Code)
	})
}

func text(v ampel.Value) string { s, _ := v.Text(); return s }

// loader registers a loader of empty buffers; fail decides by the number of the
// call.
func (l *lab) loader(name string, fail func(int) error) {
	n := 0
	ampel.Register(l.env.Units, name, func(*ampel.Env, struct{}) (t3.Loader, error) {
		return loaderFunc(func(_ context.Context, ids []ampel.StockID) ([]*ampel.AmpelBuffer, error) {
			if n++; fail(n) != nil {
				return nil, fail(n)
			}
			var out []*ampel.AmpelBuffer
			for _, id := range ids {
				out = append(out, &ampel.AmpelBuffer{ID: id})
			}
			return out, nil
		}), nil
	})
}

type loaderFunc func(context.Context, []ampel.StockID) ([]*ampel.AmpelBuffer, error)

func (f loaderFunc) Load(ctx context.Context, ids []ampel.StockID) ([]*ampel.AmpelBuffer, error) {
	return f(ctx, ids)
}

func (s *suite) unitResults(t *testing.T) {
	l := s.lab(t)
	l.unit("Unit", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		for range v.All() {
			if err := v.Send(ampel.JournalAttributes{Tag: ampel.Names("sent"), Extra: map[string]any{"a": 1}}); err != nil {
				return nil, err
			}
		}
		return t3.UnitResult{
			Body: map[string]any{"p": "v"}, Code: t3.Code(10), Tag: ampel.Names("docTag"),
			Journal: &ampel.JournalAttributes{Tag: ampel.Names("unitTag")},
		}, nil
	})
	l.mustRun(process(nil, "Unit"))
	d := l.docs()[0]
	require.EqualValues(t, 10, d.Code)
	require.Equal(t, ampel.Labels(ampel.Names("docTag")), d.Tag)
	require.Equal(t, "v", text(d.Body.Get("p")))
	require.EqualValues(t, 8224, d.Meta.Activity[0].Action)
	for id := range int64(4) {
		j := l.stock(id + 1).Journal
		require.Len(t, j, 2)
		require.Zero(t, j[0].Action)
		require.Equal(t, ampel.Labels(ampel.Names("sent")), j[0].Tag)
		require.True(t, j[0].Extra.Has("a"))
		require.EqualValues(t, 33554432, j[1].Action)
		require.Equal(t, ampel.Labels(ampel.Names("unitTag")), j[1].Tag)
	}
	for _, c := range []struct {
		name    string
		result  t3.UnitResult
		docs    int
		code    ampel.DocumentCode
		action  int64
		records int
	}{
		{"only journal", t3.UnitResult{Journal: &ampel.JournalAttributes{}}, 0, 0, 0, 1},
		{"code 7", t3.UnitResult{Code: t3.Code(7)}, 1, 7, 32, 0},
		{"code 0", t3.UnitResult{Code: t3.Code(0)}, 1, ampel.CodeNotSet, 16, 0},
		{"empty body", t3.UnitResult{Body: map[string]any{}}, 1, ampel.CodeNotSet, 16, 0},
		{"empty", t3.UnitResult{}, 0, 0, 0, 0},
	} {
		l := s.lab(t)
		l.unit("Unit", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) { ids(v); return &c.result, nil })
		l.mustRun(process(nil, "Unit"))
		require.Len(t, l.docs(), c.docs, c.name)
		require.Len(t, l.stock(1).Journal, c.records, c.name)
		if c.docs == 1 {
			d := l.docs()[0]
			require.Equal(t, c.code, d.Code, c.name)
			require.EqualValues(t, c.action, d.Meta.Activity[0].Action, c.name)
			require.True(t, d.Body.IsNull(), c.name)
		}
	}
}

func (s *suite) sessions(t *testing.T) {
	l := s.lab(t)
	var last, alerts ampel.Value
	l.unit("Peek", func(_ context.Context, _ *views, s *ampel.T3Store) (any, error) {
		last, _ = s.Session("last_run")
		alerts, _ = s.Session("processed_alerts")
		return 1, nil
	})
	conf := process(nil, "Peek")
	conf["include"] = map[string]any{"session": map[string]any{"unit": "T3SessionAlertsNumber"}}
	first := l.now
	l.mustRun(conf)
	require.True(t, last.IsNull())
	require.True(t, alerts.IsNull())

	l.now = l.now.Add(time.Hour)
	l.mustRun(conf)
	sec, _ := last.Float()
	require.EqualValues(t, first.Unix(), sec)
	n, ok := alerts.Int()
	require.True(t, ok)
	require.Zero(t, n)

	l.insert("event", bson.D{
		{Key: "_id", Value: bson.NewObjectIDFromTimestamp(l.now.Add(time.Minute))}, {Key: "process", Value: "alerts"},
		{Key: "tier", Value: 0}, {Key: "metrics", Value: bson.M{"count": bson.M{"alerts": 5}}},
	})
	l.now = l.now.Add(time.Hour)
	l.mustRun(conf)
	n, _ = alerts.Int()
	require.EqualValues(t, 5, n)
	d := l.docs()[2]
	require.Equal(t, last.String(), d.Session.Get("last_run").String())
	require.Equal(t, alerts.String(), d.Session.Get("processed_alerts").String())

	l = s.lab(t)
	l.unit("Peek", func(_ context.Context, _ *views, s *ampel.T3Store) (any, error) {
		last, _ = s.Session("last_run")
		return nil, errBoom
	})
	conf["include"] = map[string]any{"session": "T3SessionLastRunTime"}
	for range 2 { // a run that failed does not count
		_, err := l.run(conf)
		require.NoError(t, err)
		require.True(t, last.IsNull())
		l.now = l.now.Add(time.Hour)
	}
	conf["include"] = map[string]any{"session": map[string]any{"unit": "T3SessionLastRunTime", "config": map[string]any{"fallback": map[string]any{"days": int64(-90)}}}}
	_, err := l.run(conf)
	require.NoError(t, err)
	sec, _ = last.Float()
	require.EqualValues(t, l.now.AddDate(0, 0, -90).Unix(), sec)
}
