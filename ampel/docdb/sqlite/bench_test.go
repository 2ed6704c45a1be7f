package sqlite_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/docdbtest"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

var d, list = docdbtest.D, docdbtest.A

// stock is a document of about 800 bytes, as an archive of alerts has them.
func stock(i int) bson.D {
	var journal bson.A
	for j := range 4 {
		journal = append(journal, d("tier", j%4, "ts", int64(1_700_000_000+i*10+j), "process", "ZTFAlertConsumer", "run", i%97,
			"action", 33554432, "unit", "T2SNCosmo", "channel", list("A", "B"), "extra", d("alert", int64(i)*1000)))
	}
	return d("_id", i, "stock", int64(i), "channel", list(fmt.Sprint("CH", i%150), "ALL"), "tag", list("ZTF", "SN"),
		"name", list(fmt.Sprint("ZTF", i)), "journal", journal, "ts", d("any", d("tied", i, "upd", i*2)), "body", d("note", strings.Repeat("x", 60)))
}

var stockIndexes = []docdb.Index{{Keys: []string{"stock"}, Unique: true}, {Keys: []string{"channel"}}, {Keys: []string{"ts.any.upd"}}}

const archive = 10_000

func filled(b *testing.B, opts ...sqlite.Option) *docdb.Collection {
	b.Helper()
	c := openFile(b, opts...).Collection("stock")
	require.NoError(b, c.EnsureIndexes(b.Context(), stockIndexes...))
	for at := 0; at < archive; at += 500 {
		docs := make([]bson.D, 500)
		for i := range docs {
			docs[i] = stock(at + i)
		}
		_, err := docdb.InsertMany(b.Context(), c, docs)
		require.NoError(b, err)
	}
	b.ResetTimer()
	return c
}

func perSecond(b *testing.B, n int) {
	b.Helper()
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "docs/s")
}

func BenchmarkInsertBulk500(b *testing.B) {
	c := filled(b)
	at := archive
	for b.Loop() {
		docs := make([]bson.D, 500)
		for i := range docs {
			docs[i] = stock(at)
			at++
		}
		_, err := docdb.InsertMany(b.Context(), c, docs)
		require.NoError(b, err)
	}
	perSecond(b, at-archive)
}

func upsertOf(i, run int) docdb.Write {
	return docdb.UpdateOne(d("stock", int64(i)), d("$addToSet", d("channel", d("$each", list("ALL", "NEW"))), "$max", d("ts.any.upd", i*2+run),
		"$push", d("journal", d("tier", 0, "ts", run)), "$setOnInsert", d("name", list("n"))), docdb.Upsert())
}

func BenchmarkUpsertBulk500(b *testing.B) {
	c := filled(b)
	at := 0
	for b.Loop() {
		writes := make([]docdb.Write, 500)
		for i := range writes {
			writes[i] = upsertOf(at*7%(2*archive), at)
			at++
		}
		_, err := c.BulkWrite(b.Context(), writes, docdb.Unordered())
		require.NoError(b, err)
	}
	perSecond(b, at)
}

func BenchmarkUpsertOne(b *testing.B) {
	for name, opts := range map[string][]sqlite.Option{"full": nil, "normal": {sqlite.SyncNormal()}} {
		b.Run(name, func(b *testing.B) {
			c := filled(b, opts...)
			at := 0
			for b.Loop() {
				_, err := c.BulkWrite(b.Context(), []docdb.Write{upsertOf(at*7%archive, at)})
				require.NoError(b, err)
				at++
			}
			perSecond(b, at)
		})
	}
}

func BenchmarkFindByID(b *testing.B) {
	c := filled(b)
	at := 0
	for b.Loop() {
		_, err := c.FindOne(b.Context(), d("_id", at*7%archive))
		require.NoError(b, err)
		at++
	}
	perSecond(b, at)
}

// BenchmarkSelectIndexed selects about 66 of the documents by channel and time.
func BenchmarkSelectIndexed(b *testing.B) {
	c := filled(b)
	n := 0
	for b.Loop() {
		docs, err := c.FindAll(b.Context(), d("channel", "CH7", "ts.any.upd", d("$gt", 10)))
		require.NoError(b, err)
		n += len(docs)
	}
	perSecond(b, n)
}

func BenchmarkScan(b *testing.B) {
	c := filled(b)
	n := 0
	for b.Loop() {
		for doc, err := range c.Find(b.Context(), d()) {
			require.NoError(b, err)
			n += min(1, len(doc))
		}
	}
	perSecond(b, n)
}

// BenchmarkScanDecode is BenchmarkScan with each document decoded.
func BenchmarkScanDecode(b *testing.B) {
	c := filled(b)
	n := 0
	for b.Loop() {
		for _, err := range docdb.Decode[bson.D](c.Find(b.Context(), d())) {
			require.NoError(b, err)
			n++
		}
	}
	perSecond(b, n)
}

func BenchmarkClaim(b *testing.B) {
	for _, workers := range []int{1, 8} {
		b.Run(fmt.Sprint(workers, "workers"), func(b *testing.B) {
			c := openFile(b).Collection("t2")
			require.NoError(b, c.EnsureIndexes(b.Context(), docdb.Index{Keys: []string{"code"}}, docdb.Index{Keys: []string{"stock", "link"}, Unique: true}))
			docs := make([]bson.D, 20_000)
			for i := range docs {
				docs[i] = d("stock", i, "link", i, "unit", "T2", "config", nil, "code", -1, "channel", list("A"), "meta", list(d("run", 1, "ts", i)), "body", list())
			}
			_, err := docdb.InsertMany(b.Context(), c, docs)
			require.NoError(b, err)
			b.ResetTimer()
			var n, left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						_, err := c.FindOneAndUpdate(b.Context(), d("code", d("$in", list(-1, -6, -2000, -2001))), d("$set", d("code", -5)))
						if err != nil && !errors.Is(err, docdb.ErrNotFound) {
							b.Error(err)
						}
						n.Add(1)
					}
				})
			}
			wg.Wait()
			perSecond(b, int(n.Load()))
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	doc, err := bson.Marshal(stock(7))
	require.NoError(b, err)
	f, err := docdb.ParseFilter(d("channel", d("$in", list("CH7", "CH8")), "ts.any.upd", d("$gt", 10), "journal", d("$elemMatch", d("tier", 3, "unit", "T2SNCosmo"))))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if !f.Match(doc) {
			b.Fatal("must match")
		}
	}
}

func BenchmarkApply(b *testing.B) {
	doc, err := bson.Marshal(stock(7))
	require.NoError(b, err)
	u, err := docdb.ParseUpdate(d("$addToSet", d("channel", d("$each", list("ALL", "NEW"))), "$max", d("ts.any.upd", 1_000_000), "$push", d("journal", d("tier", 0, "ts", 1))))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := u.Apply(doc); err != nil {
			b.Fatal(err)
		}
	}
}
