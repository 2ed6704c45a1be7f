// Package t2_test measures how many T2 units a worker runs per second.
package t2_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/t2"
	"github.com/penstock/penstock/pl/process"
)

func TestMain(m *testing.M) {
	process.Init()
	os.Exit(m.Run())
}

// Trivial does next to nothing, so that what is measured is everything around it.
func init() {
	t2.Register("Trivial", func(struct{}) (t2.StateUnit, error) {
		return t2.Func[*t2.State](func(_ context.Context, s *t2.State) (any, error) {
			return map[string]any{"n": len(s.Points)}, nil
		}), nil
	})
}

const (
	tickets = 4096
	points  = 20 // of each state
	batch   = 512
)

// BenchmarkWorker runs one ticket for each of 4096 stocks, each about a state of 20
// datapoints, in a database that waits for the disk.
func BenchmarkWorker(b *testing.B) {
	for _, backend := range []string{"thread", "process"} {
		for _, workers := range []int{1, 2, 4, 8} {
			b.Run(fmt.Sprintf("%s/workers=%d", backend, workers), func(b *testing.B) {
				var used time.Duration
				for b.Loop() {
					b.StopTimer()
					w, db := prepare(b, backend, workers)
					used -= cpu()
					b.StartTimer()
					rep, err := w.Run(b.Context())
					if err != nil || rep.Docs != tickets || rep.Code != ampel.EventOK {
						b.Fatal(rep, err)
					}
					b.StopTimer()
					used += cpu()
					if err := db.Close(); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				b.ReportMetric(float64(b.N)*tickets/b.Elapsed().Seconds(), "units/s")
				b.ReportMetric(float64(used.Microseconds())/float64(b.N*tickets), "cpu-µs/unit")
			})
		}
	}
}

// prepare makes a database with tickets, and a worker.
func prepare(b *testing.B, backend string, workers int) (ampel.Runner, *docdb.DB) {
	b.Helper()
	raw, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ampel.db"))
	if err != nil {
		b.Fatal(err)
	}
	db, err := ampel.NewDatabase(b.Context(), raw)
	if err != nil {
		b.Fatal(err)
	}
	for from := 0; from < tickets; from += batch {
		writes := map[string][]docdb.Write{}
		put := func(collection string, doc any) {
			writes[collection] = append(writes[collection], docdb.Insert(doc))
		}
		for i := from; i < from+batch; i++ {
			stock, channel := ampel.IntID(int64(i)), ampel.Names("A")
			put("stock", ampel.StockDocument{Stock: stock, Channel: channel, Journal: []ampel.JournalRecord{{TS: 1}}})
			var ids []int64
			for j := range points {
				id := int64(i*points + j + 1)
				ids = append(ids, id)
				put("t0", ampel.DataPoint{ID: id, Stock: []ampel.StockID{stock}, Channel: channel, Body: ampel.MustValue(bson.D{
					{Key: "jd", Value: 2460000.5 + float64(j)}, {Key: "magpsf", Value: 19.25}, {Key: "sigmapsf", Value: 0.125}, {Key: "fid", Value: j % 2},
					{Key: "ra", Value: 123.456}, {Key: "dec", Value: -12.345}, {Key: "rb", Value: 0.75}, {Key: "diffmaglim", Value: 20.5}, {Key: "isdiffpos", Value: "t"},
				})})
			}
			put("t1", ampel.T1Document{Stock: stock, Link: int64(i), DPS: ids, Channel: channel})
			put("t2", ampel.T2Document{Stock: stock, Unit: "Trivial", Link: ampel.IntID(int64(i)), Channel: channel, Code: ampel.CodeNew, Meta: []ampel.MetaRecord{{TS: 1}}})
		}
		for name, list := range writes {
			if _, err := db.Collection(name).BulkWrite(b.Context(), list); err != nil {
				b.Fatal(err)
			}
		}
	}
	var c t2.Worker
	c.SetDefaults()
	c.Backend, c.Workers = backend, workers
	w, err := t2.NewWorker(&ampel.Env{DB: db, Process: "bench"}, c)
	if err != nil {
		b.Fatal(err)
	}
	return w, raw
}
