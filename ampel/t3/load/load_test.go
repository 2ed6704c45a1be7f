package load_test

import (
	"testing"
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

func newEnv(t testing.TB) *ampel.Env {
	raw, err := sqlite.OpenMemory()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, raw.Close()) })
	db, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	return &ampel.Env{Units: catalog.New(), DB: db}
}

func insert(t testing.TB, env *ampel.Env, col string, docs ...any) {
	for _, d := range docs {
		_, err := env.DB.Collection(col).InsertOne(t.Context(), d)
		require.NoError(t, err)
	}
}

func loader(env *ampel.Env, unit, yaml string) (t3.Loader, error) {
	v, err := job.DecodeYAML([]byte(yaml))
	if err != nil {
		return nil, err
	}
	u := ampel.UnitOf[t3.Loader]{UnitModel: ampel.UnitModel{Unit: unit, Config: v.(map[string]any)}}
	s, _, err := u.Build(env)
	return s, err
}

func load(t *testing.T, env *ampel.Env, unit, yaml string) []*ampel.AmpelBuffer {
	t.Helper()
	l, err := loader(env, unit, yaml)
	require.NoError(t, err)
	out, err := l.Load(t.Context(), []ampel.StockID{ampel.IntID(1), ampel.IntID(2), ampel.IntID(9)})
	require.NoError(t, err)
	return out
}

func fill(t *testing.T, env *ampel.Env) int64 {
	id, err := env.DB.SaveConfig(t.Context(), ampel.Config{"foo": int64(42)})
	require.NoError(t, err)
	insert(t, env, "stock", bson.M{"stock": 1, "channel": bson.A{"A"}}, bson.M{"stock": 2, "channel": bson.A{"B"}})
	insert(t, env, "t0", bson.M{"id": 10, "stock": bson.A{1, 2}}, bson.M{"id": 11, "stock": bson.A{3, 1}})
	insert(t, env, "t1", bson.M{"stock": 1, "link": 7, "dps": bson.A{10}, "channel": bson.A{"A"}}, bson.M{"stock": 1, "link": 8, "dps": bson.A{10, 11}, "channel": bson.A{"A"}})
	insert(t, env, "t2", bson.M{"stock": 1, "unit": "U", "link": 7, "code": 0, "channel": bson.A{"A"}, "config": id}, bson.M{"stock": 1, "unit": "V", "link": 8, "code": -1, "channel": bson.A{"A"}})
	return id
}

func TestT3(t *testing.T) {
	env := newEnv(t)
	id := fill(t, env)
	t.Run("6.3-simple: only stocks", func(t *testing.T) {
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
	t.Run("6.3-simple: all four", func(t *testing.T) {
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
	t.Run("6.3-simple: a channel", func(t *testing.T) {
		b := load(t, env, "T3SimpleDataLoader", `{channel: A, directives: [STOCK, T2]}`)
		require.NotNil(t, b[0].Stock)
		require.Nil(t, b[1].Stock)
		require.Len(t, b[0].T2, 2)
	})
	t.Run("6.3-simple: complements", func(t *testing.T) {
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
	t.Run("6.3-simple: configurations and names", func(t *testing.T) {
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
	t.Run("6.3: errors", func(t *testing.T) {
		for _, c := range []struct{ unit, config, path string }{
			{"T3SimpleDataLoader", `{directives: [{col: t9}]}`, "config.directives[0].col"},
			{"T3SimpleDataLoader", `{directives: [SOCK]}`, "config.directives[0]"},
			{"T3SimpleDataLoader", `{directives: [{col: t2, query_complement: {a: {$b: 1}}}]}`, "config.directives[0].query_complement"},
			{"T3SimpleDataLoader", `{directives: [{col: t1, excluding_query: true}]}`, "config.directives[0].excluding_query"},
			{"T3LatestStateDataLoader", `{directives: [STOCK, {col: t1, query_complement: {_id: 1}}]}`, "config.directives[1].query_complement._id"},
			{"T3LatestStateDataLoader", `{directives: [{col: t2, query_complement: {link: 1}}]}`, "config.directives[0].query_complement.link"},
		} {
			_, err := loader(env, c.unit, c.config)
			var conf *ampel.ConfigError
			require.ErrorAs(t, err, &conf)
			require.Equal(t, c.path, conf.Path)
		}
		_, err := loader(env, "T3LatestStateDataLoader", `{}`)
		require.NoError(t, err)
	})
	t.Run("6.3-latest state", func(t *testing.T) {
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
	t.Run("6.3-latest state: as many points, then the newer; other links and columns do not count", func(t *testing.T) {
		env := newEnv(t)
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

// BenchmarkLoad loads stocks with a datapoint, a state and a result each, 1000
// at a time; "raw" are the same queries without making anything of them. One op
// is one stock.
func BenchmarkLoad(b *testing.B) {
	env := newEnv(b)
	const n = 5_000
	var ids []ampel.StockID
	now := ampel.At(time.Now())
	for i := range int64(n) {
		id := ampel.IntID(i)
		ids = append(ids, id)
		a := ampel.Names("A")
		meta := []ampel.MetaRecord{{Run: 1, TS: now, Process: "p"}}
		body := ampel.MustValue(bson.M{"jd": 2459000.5, "magpsf": 18.2, "ra": 12.3, "dec": -3.2, "fid": 1})
		insert(b, env, "stock", ampel.StockDocument{Stock: id, Channel: a, Journal: []ampel.JournalRecord{{TS: now, Process: "p", Run: 1, Channel: a}}, TS: map[string]ampel.StockTime{"A": {Tied: now, Upd: now}}})
		insert(b, env, "t0", ampel.DataPoint{ID: i, Stock: []ampel.StockID{id}, Channel: a, Meta: meta, Body: body})
		insert(b, env, "t1", ampel.T1Document{Stock: id, Link: i, DPS: []int64{i}, Channel: a, Meta: meta})
		insert(b, env, "t2", ampel.T2Document{Stock: id, Unit: "U", Link: id, Channel: a, Meta: meta, Body: []ampel.Value{body}})
	}
	l, err := loader(env, "T3SimpleDataLoader", `{directives: [STOCK, T0, T1, T2]}`)
	require.NoError(b, err)
	chunk := func(i int) []ampel.StockID { return ids[i*1000%n:][:1000] }
	b.Run("raw", func(b *testing.B) {
		for i := range (b.N + 999) / 1000 {
			for _, col := range []string{"stock", "t0", "t1", "t2"} {
				for _, err := range env.DB.Collection(col).Find(b.Context(), bson.D{{Key: "stock", Value: bson.D{{Key: "$in", Value: chunk(i)}}}}) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		}
	})
	b.Run("buffers", func(b *testing.B) {
		for i := range (b.N + 999) / 1000 {
			out, err := l.Load(b.Context(), chunk(i))
			if err != nil || len(out) != 1000 || len(out[0].T2) != 1 {
				b.Fatal(err, len(out))
			}
		}
	})
}
