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
