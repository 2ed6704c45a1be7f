package t3_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/t3/load"
)

// BenchmarkLoad loads stocks with a datapoint, a state and a result each, 1000 at a
// time, from a file, and reads the same documents without making anything of them,
// turn by turn. The ratio should be at most 2.
func BenchmarkLoad(b *testing.B) {
	const stocks, chunk = 5_000, 1_000
	raw, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "db"))
	require.NoError(b, err)
	defer func() { require.NoError(b, raw.Close()) }()
	db, err := ampel.NewDatabase(b.Context(), raw)
	require.NoError(b, err)
	ids := fill(b, db, stocks)
	c := load.Config{Directives: []load.Directive{{Col: "stock"}, {Col: "t0"}, {Col: "t1"}, {Col: "t2"}}}
	loader, err := load.New(&ampel.Env{DB: db}, c)
	require.NoError(b, err)

	var reading, loading time.Duration
	n := 0
	for b.Loop() {
		some := ids[n*chunk%stocks:][:chunk]
		start := time.Now()
		for _, col := range []string{"stock", "t0", "t1", "t2"} {
			for _, err := range db.Collection(col).Find(b.Context(), bson.D{{Key: "stock", Value: bson.D{{Key: "$in", Value: some}}}}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		reading += time.Since(start)
		start = time.Now()
		out, err := loader.Load(b.Context(), some)
		if err != nil || len(out) != chunk || len(out[0].T2) != 1 {
			b.Fatal(err, len(out))
		}
		loading += time.Since(start)
		n++
	}
	per := float64(n) * chunk
	b.ReportMetric(float64(reading)/per, "read-ns/stock")
	b.ReportMetric(float64(loading)/per, "load-ns/stock")
	b.ReportMetric(float64(loading)/float64(reading), "ratio")
}

func fill(b *testing.B, db *ampel.Database, n int64) (ids []ampel.StockID) {
	now, a := ampel.At(time.Now()), ampel.Names("A")
	meta := []ampel.MetaRecord{{Run: 1, TS: now, Process: "p"}}
	body := ampel.MustValue(bson.M{"jd": 2459000.5, "magpsf": 18.2, "ra": 12.3, "dec": -3.2, "fid": 1})
	docs := map[string][]docdb.Write{}
	add := func(col string, doc any) { docs[col] = append(docs[col], docdb.Insert(doc)) }
	for i := range n {
		id := ampel.IntID(i)
		ids = append(ids, id)
		add("stock", ampel.StockDocument{Stock: id, Channel: a, Journal: []ampel.JournalRecord{{TS: now, Process: "p", Run: 1, Channel: a}}, TS: map[string]ampel.StockTime{"A": {Tied: now, Upd: now}}})
		add("t0", ampel.DataPoint{ID: i, Stock: []ampel.StockID{id}, Channel: a, Meta: meta, Body: body})
		add("t1", ampel.T1Document{Stock: id, Link: i, DPS: []int64{i}, Channel: a, Meta: meta})
		add("t2", ampel.T2Document{Stock: id, Unit: "U", Link: id, Channel: a, Meta: meta, Body: []ampel.Value{body}})
	}
	for col, writes := range docs {
		_, err := db.Collection(col).BulkWrite(b.Context(), writes)
		require.NoError(b, err)
	}
	return ids
}
