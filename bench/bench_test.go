package bench_test

import (
	"runtime"
	"testing"

	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/workload"
)

// BenchmarkContenders runs every contender on every workload. One operation is a
// whole run; the numbers per item are metrics of their own. The names suit the
// columns of benchstat, as in benchstat -col /by.
//
// Unlike plbench it does one contender after the other: use it to compare a
// contender with itself at another commit, not contenders with each other.
func BenchmarkContenders(b *testing.B) {
	spin := workload.Calibrate()
	for _, w := range workload.All(spin) {
		b.Run("work="+w.Name, func(b *testing.B) {
			job := w.Job(w.ItemsOver(10), w.Workers)
			for _, c := range peer.All() {
				e, _, ok := c.Entry(job)
				if !ok {
					continue
				}
				b.Run("by="+c.Name, func(b *testing.B) {
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					for b.Loop() {
						if _, err := e.Run(b.Context()); err != nil {
							b.Fatal(err)
						}
					}
					runtime.ReadMemStats(&after)
					items := float64(b.N) * float64(job.Items*job.Repeat)
					b.ReportMetric(float64(b.Elapsed())/items, "ns/item")
					b.ReportMetric(float64(after.Mallocs-before.Mallocs)/items, "allocs/item")
				})
			}
		})
	}
}
