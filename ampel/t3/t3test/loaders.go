package t3test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

func load(t *testing.T, env *ampel.Env, unit, yaml string) []*ampel.AmpelBuffer {
	t.Helper()
	l, err := build[t3.Loader](env, unit, yaml)
	require.NoError(t, err)
	out, err := l.Load(t.Context(), []ampel.StockID{ampel.IntID(1), ampel.IntID(2), ampel.IntID(9)})
	require.NoError(t, err)
	return out
}

func fillAll(t *testing.T, env *ampel.Env) int64 {
	id, err := env.DB.SaveConfig(t.Context(), ampel.Config{"foo": int64(42)})
	require.NoError(t, err)
	insert(t, env, "stock", bson.M{"stock": 1, "channel": bson.A{"A"}}, bson.M{"stock": 2, "channel": bson.A{"B"}})
	insert(t, env, "t0", bson.M{"id": 10, "stock": bson.A{1, 2}}, bson.M{"id": 11, "stock": bson.A{3, 1}})
	insert(t, env, "t1", bson.M{"stock": 1, "link": 7, "dps": bson.A{10}, "channel": bson.A{"A"}}, bson.M{"stock": 1, "link": 8, "dps": bson.A{10, 11}, "channel": bson.A{"A"}})
	insert(t, env, "t2", bson.M{"stock": 1, "unit": "U", "link": 7, "code": 0, "channel": bson.A{"A"}, "config": id}, bson.M{"stock": 1, "unit": "V", "link": 8, "code": -1, "channel": bson.A{"A"}})
	return id
}

func (s *suite) loaders(t *testing.T) {
	env := s.env(t)
	id := fillAll(t, env)
	s.run(t, "6.3-simple: only stocks", func(t *testing.T) {
		for _, name := range []string{"T3SimpleDataLoader", "DataLoader", "DBContentLoader"} {
			b := load(t, env, name, `{directives: [STOCK]}`)
			require.Len(t, b, 3)
			require.NotNil(t, b[0].Stock)
			require.Equal(t, ampel.IntID(9), b[2].ID)
			require.Nil(t, b[2].Stock)
			require.Nil(t, b[2].T0)
			require.Nil(t, b[2].T1)
			require.Nil(t, b[2].T2)
		}
	})
	s.run(t, "6.3-simple: all four", func(t *testing.T) {
		b := load(t, env, "T3SimpleDataLoader", `{directives: [TRANSIENT, DATAPOINT, COMPOUND, T2RECORD]}`)
		require.Len(t, b[0].T0, 2)
		require.Len(t, b[0].T1, 2)
		require.Len(t, b[0].T2, 2)
		require.Len(t, b[1].T0, 1)
		for _, x := range b[1:] {
			require.NotNil(t, x.T1)
			require.Empty(t, x.T1)
			require.NotNil(t, x.T2)
			require.Empty(t, x.T2)
		}
		require.NotNil(t, b[2].T0)
		require.Empty(t, b[2].T0)
	})
	s.run(t, "6.3-simple: a channel", func(t *testing.T) {
		b := load(t, env, "T3SimpleDataLoader", `{channel: A, directives: [STOCK, T2]}`)
		require.NotNil(t, b[0].Stock)
		require.Nil(t, b[1].Stock)
		require.Len(t, b[0].T2, 2)
	})
	s.run(t, "6.3-simple: complements", func(t *testing.T) {
		b := load(t, env, "T3SimpleDataLoader", `{directives: [{col: t2, query_complement: {unit: U}}]}`)
		require.Len(t, b, 3)
		require.Len(t, b[0].T2, 1)
		b = load(t, env, "T3SimpleDataLoader", `{directives: [{col: t2, query_complement: {unit: U}, excluding_query: true}, STOCK]}`)
		require.Len(t, b, 1)
		require.NotNil(t, b[0].Stock)
		b = load(t, env, "T3SimpleDataLoader", `{channel: A, directives: [{col: stock, query_complement: {stock: 2, channel: B}}]}`)
		require.NotNil(t, b[0].Stock)
		require.Nil(t, b[1].Stock)
	})
	s.run(t, "6.3-simple: configurations and names", func(t *testing.T) {
		b := load(t, env, "T3SimpleDataLoader", `{directives: [T2DOC_WITH_CONF]}`)
		n, _ := b[0].T2[0].Config.Get("foo").Int()
		require.EqualValues(t, 42, n)
		n, _ = load(t, env, "T3SimpleDataLoader", `{directives: [T2DOC]}`)[0].T2[0].Config.Int()
		require.Equal(t, id, n)
		for _, alias := range []string{"TRANSIENT", "STOCK", "DATAPOINT", "T0", "COMPOUND", "T1", "T2", "T2RECORD", "T2DOC", "T2DOC_WITH_CONF"} {
			load(t, env, "T3SimpleDataLoader", `{directives: [`+alias+`]}`)
		}
		require.Nil(t, load(t, env, "T3SimpleDataLoader", `{}`)[0].Stock)
	})
	s.run(t, "6.3: errors", func(t *testing.T) {
		for _, c := range []struct{ unit, config, path string }{
			{"T3SimpleDataLoader", `{directives: [{col: t9}]}`, "config.directives[0].col"},
			{"T3SimpleDataLoader", `{directives: [SOCK]}`, "config.directives[0]"},
			{"T3SimpleDataLoader", `{directives: [{col: t2, query_complement: {a: {$b: 1}}}]}`, "config.directives[0].query_complement"},
			{"T3SimpleDataLoader", `{directives: [{col: t1, excluding_query: true}]}`, "config.directives[0].excluding_query"},
			{"T3LatestStateDataLoader", `{directives: [STOCK, {col: t1, query_complement: {_id: 1}}]}`, "config.directives[1].query_complement._id"},
			{"T3LatestStateDataLoader", `{directives: [{col: t2, query_complement: {link: 1}}]}`, "config.directives[0].query_complement.link"},
		} {
			_, err := build[t3.Loader](env, c.unit, c.config)
			var conf *ampel.ConfigError
			require.ErrorAs(t, err, &conf)
			require.Equal(t, c.path, conf.Path)
		}
		_, err := build[t3.Loader](env, "T3LatestStateDataLoader", `{}`)
		require.NoError(t, err)
	})
	s.run(t, "6.3-latest state", func(t *testing.T) {
		b := load(t, env, "T3LatestStateDataLoader", `{directives: [STOCK, T0, T1, T2]}`)
		require.Len(t, b, 3)
		require.Len(t, b[0].T1, 1)
		require.EqualValues(t, 8, b[0].T1[0].Link)
		require.Len(t, b[0].T2, 1)
		require.Equal(t, "V", b[0].T2[0].Unit)
		require.Len(t, b[0].T0, 2)
		require.Empty(t, b[1].T1)
		require.Empty(t, b[1].T2)
	})
	s.run(t, "6.3-latest state: as many points, then the newer; other links and columns do not count", func(t *testing.T) {
		env := s.env(t)
		insert(t, env, "t1",
			bson.M{"stock": 1, "link": 1, "dps": bson.A{1, 2}, "channel": bson.A{"A"}, "meta": bson.A{bson.M{"ts": 20, "tier": 1}}},
			bson.M{"stock": 1, "link": 2, "dps": bson.A{1, 3}, "channel": bson.A{"A"}, "meta": bson.A{bson.M{"ts": 10, "tier": 1}}},
			bson.M{"stock": 1, "link": 3, "dps": bson.A{1, 2, 3}, "channel": bson.A{"B"}},
			bson.M{"stock": 2, "link": 2, "dps": bson.A{1}, "channel": bson.A{"A"}})
		insert(t, env, "t2",
			bson.M{"stock": 1, "unit": "U", "link": 1, "code": 0, "channel": bson.A{"A"}},
			bson.M{"stock": 1, "unit": "W", "link": 2, "code": 0, "channel": bson.A{"A"}},
			bson.M{"stock": 1, "unit": "P", "link": 1, "col": "stock", "code": 0, "channel": bson.A{"A"}})
		b := load(t, env, "T3LatestStateDataLoader", `{channel: A, directives: [T1, T2]}`)
		require.Len(t, b[0].T1, 1)
		require.EqualValues(t, 1, b[0].T1[0].Link)
		require.Len(t, b[0].T2, 1)
		require.Equal(t, "U", b[0].T2[0].Unit)
		require.EqualValues(t, 2, b[1].T1[0].Link)
	})
}
