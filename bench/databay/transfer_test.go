// Package databay_test measures transfers and durable buffers.
package databay_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/penstock/penstock/databay"
)

type sample struct {
	Seq    int64
	Symbol string
	Price  float64
}

// BenchmarkLink moves batches of 1000 records through one processor, one grouper and a
// buffer in memory.
func BenchmarkLink(b *testing.B) {
	const size = 1000
	for _, parts := range []string{"bare", "processor", "processor+grouper", "processor+grouper+buffer", "with two inlets and outlets"} {
		b.Run(parts, func(b *testing.B) {
			batch := make([]sample, size)
			for i := range batch {
				batch[i] = sample{int64(i), []string{"ABC", "DEF", "XYZ"}[i%3], 1.5}
			}
			records := databay.Records(batch...)
			newIn := func() databay.Inlet[sample] { return &fixed{records} }
			cfg := databay.LinkConfig[sample]{Interval: time.Second, Inlets: []databay.Inlet[sample]{newIn()}}
			pushed := 0
			newOut := func() databay.Outlet[sample] {
				return databay.Push(func(_ context.Context, rs []databay.Record[sample], _ databay.Update) error {
					pushed += len(rs)
					return nil
				})
			}
			cfg.Outlets = []databay.Outlet[sample]{newOut()}
			if parts != "bare" {
				cfg.Processors = append(cfg.Processors, databay.Map(func(_ context.Context, s sample) (sample, error) {
					s.Price *= 2
					return s, nil
				}))
			}
			if parts != "bare" && parts != "processor" {
				cfg.Groupers = append(cfg.Groupers, databay.Chunk[sample](250))
			}
			inletsOf := 1
			switch parts {
			case "processor+grouper+buffer":
				cfg.Processors = append(cfg.Processors, databay.NewBuffer[sample]().Count(5*size-1))
			case "with two inlets and outlets":
				cfg.Processors = append(cfg.Processors, databay.NewBuffer[sample]().Count(5*size-1))
				cfg.Inlets = append(cfg.Inlets, newIn())
				cfg.Outlets = []databay.Outlet[sample]{newOut(), databay.Push(func(context.Context, []databay.Record[sample], databay.Update) error { return nil })}
				inletsOf = 2
			}
			l, err := databay.NewLink(cfg)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if err := l.Transfer(b.Context()); err != nil {
					b.Fatal(err)
				}
				n += inletsOf * size
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

type fixed struct{ records []databay.Record[sample] }

func (f *fixed) Pull(context.Context, databay.Update) ([]databay.Record[sample], error) {
	return append([]databay.Record[sample](nil), f.records...), nil
}

// BenchmarkDurable stores and releases through a buffer on disk, which commits twice
// per transfer, and for comparison appends as many bytes to a file with one fsync each.
func BenchmarkDurable(b *testing.B) {
	for _, size := range []int{1, 10, 100, 1000} {
		batch := make([]sample, size)
		for i := range batch {
			batch[i] = sample{int64(i), "ABC", 1.5}
		}
		report := func(b *testing.B, n int) { b.ReportMetric(float64(n*size)/b.Elapsed().Seconds(), "records/s") }
		for _, what := range []string{"store", "store+release+ack"} {
			b.Run(fmt.Sprintf("%s/%d", what, size), func(b *testing.B) {
				buf, err := databay.OpenBuffer[sample](filepath.Join(b.TempDir(), "b"), nil)
				if err != nil {
					b.Fatal(err)
				}
				defer buf.Close()
				buf.Count(1 << 40)
				if what != "store" {
					buf.Count(0)
				}
				n := 0
				for b.Loop() {
					if _, err := buf.Process(b.Context(), databay.Records(batch...)); err != nil {
						b.Fatal(err)
					}
					n++
				}
				report(b, n)
			})
		}
		b.Run(fmt.Sprintf("fsync/%d", size), func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "f"))
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			data := make([]byte, size*80)
			n := 0
			for b.Loop() {
				if _, err := f.Write(data); err != nil {
					b.Fatal(err)
				}
				if err := f.Sync(); err != nil {
					b.Fatal(err)
				}
				n++
			}
			report(b, n)
		})
	}
}
