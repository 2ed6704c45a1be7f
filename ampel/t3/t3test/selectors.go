package t3test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

func selected(t *testing.T, env *ampel.Env, unit, yaml string) string {
	t.Helper()
	x, err := build[t3.Selector](env, unit, yaml)
	require.NoError(t, err, yaml)
	ids, err := x.Select(t.Context())
	require.NoError(t, err, yaml)
	out := ""
	for _, id := range ids {
		out += id.String()
	}
	return out
}

type times map[string]ampel.StockTime

func fillStocks(t *testing.T, env *ampel.Env) {
	at := func(tied, upd float64) ampel.StockTime {
		return ampel.StockTime{Tied: ampel.UnixTime(tied), Upd: ampel.UnixTime(upd)}
	}
	for _, d := range []struct {
		id       int64
		channels string
		tags     []string
		ts       times
		run      int
	}{
		{1, "A", []string{"ZTF"}, times{"A": at(10, 20), "any": at(10, 20)}, 5},
		{2, "AB", []string{"ZTF", "HAS_ERROR"}, times{"A": at(30, 40), "B": at(35, 36), "any": at(30, 40)}, 15},
		{3, "BC", []string{"LSST"}, times{"B": at(50, 60), "C": at(55, 56), "any": at(50, 60)}, 0},
		{4, "C", nil, times{"C": at(70, 80), "any": at(70, 0)}, 0},
	} {
		var channels []ampel.Label
		for _, c := range d.channels {
			channels = append(channels, ampel.Name(string(c)))
		}
		doc := bson.M{"stock": d.id, "channel": channels, "ts": d.ts, "journal": bson.A{}}
		if d.tags != nil {
			doc["tag"] = d.tags
		}
		if d.run > 0 {
			doc["run"] = d.run
		}
		insert(t, env, "stock", doc)
	}
}

func (s *suite) selectors(t *testing.T) {
	env := s.env(t)
	fillStocks(t, env)
	at := func(op string, n string) string { return op + ": {match_type: unix_time, value: " + n + "}" }
	for _, c := range []struct{ config, want string }{
		{`{}`, "1234"},
		{`{channel: A}`, "12"},
		{`{channel: {any_of: [A, C]}}`, "1234"},
		{`{channel: {all_of: [A, B]}}`, "2"},
		{`{channel: {any_of: [{all_of: [A, B]}, C]}}`, "234"},
		{`{channel: {one_of: [A, B]}}`, "1"},
		{`{channel: Z}`, ""},
		{`{tag: {with: ZTF}}`, "12"},
		{`{tag: {with: ZTF, without: HAS_ERROR}}`, "1"},
		{`{tag: {without: {all_of: [ZTF, HAS_ERROR]}}}`, "134"},
		{`{tag: {without: {any_of: [ZTF, LSST]}}}`, "4"},
		{`{created: {` + at("after", "30") + `}}`, "34"},
		{`{created: {` + at("after", "29") + `, ` + at("before", "50") + `}}`, "2"},
		{`{updated: {` + at("after", "39") + `}}`, "23"},
		{`{channel: B, updated: {` + at("after", "39") + `}}`, "3"},
		{`{channel: {any_of: [A, B]}, created: {` + at("after", "34") + `}, updated: {` + at("before", "37") + `}}`, "2"},
		{`{channel: {any_of: [{all_of: [A, B]}, C]}, updated: {` + at("after", "0") + `}}`, "234"},
		{`{custom: {run: {$gt: 10}}}`, "2"},
		{`{modified: {` + at("after", "39") + `}}`, "23"},
	} {
		s.run(t, "6.2-stocks: "+c.config, func(t *testing.T) {
			require.Equal(t, c.want, selected(t, env, "T3StockSelector", c.config))
		})
	}
	for _, bad := range []string{
		`{channel: [A]}`, `{channel: {any_of: [A], all_of: [A, B]}}`, `{channel: {all_of: [A]}}`, `{channel: {all_of: [A, A]}}`,
		`{channel: {none_of: [A]}}`, `{channel: {any_of: [{any_of: [A]}, B]}}`, `{channel: {all_of: [{all_of: [A, B]}, B]}}`,
		`{channel: {any_of: [{all_of: [A, B]}]}}`, `{channel: {any_of: []}}`, `{channel: 1.5}`, `{chanel: A}`,
		`{created: {after: {match_type: never}}}`, `{updated: {after: {match_type: time_last_run}}}`, `{custom: {a: {$wher: 1}}}`,
		`{updated: {}, modified: {}}`, `{created: {after: {match_type: time_string, dateTimeStr: x, dateTimeFormat: "%Q"}}}`,
	} {
		s.run(t, "6.2-stocks, an error: "+bad, func(t *testing.T) {
			_, err := build[t3.Selector](env, "T3StockSelector", bad)
			var conf *ampel.ConfigError
			require.ErrorAs(t, err, &conf)
			require.NotEmpty(t, conf.Path)
		})
	}
	s.run(t, "6.2-stocks: no condition replaces another", func(t *testing.T) {
		x, err := build[t3.Selector](env, "T3StockSelector", `{channel: {any_of: [{all_of: [A, B]}, C]}, tag: {with: {any_of: [{all_of: [A, B]}, C]}}, updated: {`+at("after", "0")+`}}`)
		require.NoError(t, err)
		q, err := x.(t3.Filterer).Query(t.Context())
		require.NoError(t, err)
		keys := map[string]bool{}
		for _, e := range q {
			require.False(t, keys[e.Key], "%s stands twice: %v", e.Key, q)
			keys[e.Key] = true
		}
	})
	s.run(t, "6.2-times: one alternative per channel, with both times", func(t *testing.T) {
		x, err := build[t3.Selector](env, "T3StockSelector", `{channel: {any_of: [A, B]}, created: {`+at("after", "1")+`}, updated: {`+at("before", "9")+`}}`)
		require.NoError(t, err)
		q, err := x.(t3.Filterer).Query(t.Context())
		require.NoError(t, err)
		v := ampel.MustValue(q)
		require.Equal(t, 2, v.Get("$or").Len())
		require.Equal(t, 2, v.Get("$or.0.$and").Len())
		require.Equal(t, 2, v.Get("$or.1.$and").Len())
	})
	s.run(t, "6.2-times: channels that are numbers", func(t *testing.T) {
		env := s.env(t)
		insert(t, env, "stock", bson.M{"stock": 1, "channel": bson.A{5}, "ts": bson.M{"5": bson.M{"upd": 9}}}, bson.M{"stock": 2, "channel": bson.A{5}, "ts": bson.M{"5": bson.M{"upd": 3}}},
			bson.M{"stock": 3, "channel": bson.A{"5"}, "ts": bson.M{"5": bson.M{"upd": 9}}})
		require.Equal(t, "1", selected(t, env, "T3StockSelector", `{channel: 5, updated: {`+at("after", "4")+`}}`))
	})
	s.run(t, "6.2-times: in all forms", s.times)
	s.run(t, "6.2-filtering", s.filtering)
}

func (s *suite) times(t *testing.T) {
	env := s.env(t)
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	env.Now = func() time.Time { return now }
	for id, age := range []time.Duration{time.Hour, 30 * time.Hour, 300 * time.Hour} {
		insert(t, env, "stock", bson.M{"stock": id + 1, "channel": bson.A{"A"}, "ts": times{"any": {Tied: ampel.At(now.Add(-age)), Upd: ampel.At(now.Add(-age))}}})
	}
	require.Equal(t, "12", selected(t, env, "T3StockSelector", `{created: {after: {match_type: time_delta, days: -2}}}`))
	require.Equal(t, "3", selected(t, env, "T3StockSelector", `{created: {before: {match_type: time_string, dateTimeStr: "2026-11-19 00:00", dateTimeFormat: "%Y-%m-%d %H:%M"}}}`))
	last := `{updated: {after: {match_type: time_last_run, process_name: P`
	require.Equal(t, "1", selected(t, env, "T3StockSelector", last+`}}}`), "the fallback is one day")
	require.Equal(t, "12", selected(t, env, "T3StockSelector", last+`, fallback: {days: -2}}}}`))
	event := func(age time.Duration, code ampel.EventCode) {
		insert(t, env, "event", bson.M{"_id": bson.NewObjectIDFromTimestamp(now.Add(-age)), "process": "P", "tier": 3, "code": code})
	}
	event(400*time.Hour, ampel.EventOK)
	require.Equal(t, "123", selected(t, env, "T3StockSelector", last+`}}}`), "older than ten days counts too")
	event(2*time.Hour, ampel.EventOK)
	event(time.Minute, ampel.EventException)
	require.Equal(t, "1", selected(t, env, "T3StockSelector", last+`}}}`))
	require.Equal(t, "", selected(t, env, "T3StockSelector", last+`, require_success: false}}}`))
}

func (s *suite) filtering(t *testing.T) {
	env := s.env(t)
	insert(t, env, "stock", bson.M{"stock": "stockystock", "channel": bson.A{"A"}, "tag": bson.A{"Y"}})
	n := 0
	t2 := func(stock any, unit string, code int, body ...any) {
		n++
		insert(t, env, "t2", bson.M{"_id": bson.NewObjectIDFromTimestamp(time.Unix(int64(1000+n), 0)), "stock": stock, "unit": unit, "code": code, "channel": bson.A{"A"}, "link": n, "body": body})
	}
	t2("stockystock", "Len", 0, bson.M{"len": 3})
	find := func(yaml string) string { t.Helper(); return selected(t, env, "T3FilteringStockSelector", yaml) }
	require.Equal(t, "stockystock", find(`{t2_filter: {unit: Len, match: {len: {$gt: 1}}}}`))
	require.Equal(t, "", find(`{t2_filter: {unit: Len, match: {len: {$gt: 5}}}}`))
	require.Equal(t, "", find(`{tag: {with: Y}, t2_filter: {unit: Len, match: {len: 3}}}`), "the tag must be on the result, too")

	insert(t, env, "stock", bson.M{"stock": 7, "channel": bson.A{"A"}}, bson.M{"stock": 8, "channel": bson.A{"A"}}, bson.M{"stock": 9, "channel": bson.A{"A"}})
	t2(7, "X", 0, bson.M{"x": 9})
	t2(7, "X", 0, bson.M{"x": 8}, bson.M{"x": 1})
	require.Equal(t, "", find(`{t2_filter: {unit: X, match: {x: {$gt: 5}}}}`), "only the newest result counts")
	t2(8, "X", 0, bson.M{"x": 9, "fit": bson.M{"c": 2}})
	t2(8, "X", -4, bson.M{"x": 0})
	t2(8, "X", 0)
	require.Equal(t, "8", find(`{t2_filter: {unit: X, match: {x: {$gt: 5}}}}`))
	require.Equal(t, "8", find(`{t2_filter: {unit: X, match: {fit.c: {$gt: 1}}}}`))
	t2(7, "Z", 0, bson.M{"z": 1})
	require.Equal(t, "78", find(`{t2_filter: {any_of: [{unit: X, match: {x: 9}}, {unit: Z, match: {z: 1}}]}}`))
	require.Equal(t, "7", find(`{t2_filter: {all_of: [{unit: X, match: {x: 1}}, {unit: Z, match: {z: 1}}]}}`))
	require.Equal(t, "stockystock78", find(`{chunk_size: 1, t2_filter: {any_of: [{all_of: [{unit: X, match: {x: 1}}, {unit: Z, match: {z: 1}}]}, {unit: X, match: {x: 9}}, {unit: Len, match: {len: 3}}]}}`))
	require.NotContains(t, find(`{t2_filter: {unit: X, match: {nothing: {$exists: false}}}}`), "9", "without any result")
	for _, bad := range []string{`{}`, `{t2_filter: [{unit: X, match: {}}]}`, `{t2_filter: {unit: X}}`, `{t2_filter: {unit: X, match: {a: {$foo: 1}}}}`, `{chunk_size: 0, t2_filter: {unit: X, match: {}}}`} {
		_, err := build[t3.Selector](env, "T3FilteringStockSelector", bad)
		var conf *ampel.ConfigError
		require.ErrorAs(t, err, &conf, bad)
	}
}
