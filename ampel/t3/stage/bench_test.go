package stage_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// BenchmarkStagers is what a stager costs per buffer, with units that only look.
// "bare" is the loop without a stager.
func BenchmarkStagers(b *testing.B) {
	w := newWorld()
	for _, u := range []string{"One", "Two"} {
		w.unit(u, func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
			}
			return nil, nil
		})
	}
	buffer := stock(1, "A")
	endless := func(n int) t3.Buffers {
		return func(yield func(*ampel.AmpelBuffer, error) bool) {
			for range n {
				if !yield(buffer, nil) {
					return
				}
			}
		}
	}
	b.Run("bare", func(b *testing.B) {
		for x := range endless(b.N) {
			if _, err := ampel.NewSnapView(x, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, units := range [][]string{{"One"}, {"One", "Two"}} {
		for name, s := range w.stagers(b, 1000, units...) {
			b.Run(name+"/units="+string(rune('0'+len(units))), func(b *testing.B) {
				b.ReportAllocs()
				r := runWith(b.Context(), s, endless(b.N), &ampel.T3Store{})
				require.Empty(b, r.errs)
			})
		}
	}
}

// BenchmarkMillion gives a million stocks to two units; the metric is how much
// memory was in use at most, garbage left out. T3SequentialStager is left out,
// because it holds all stocks.
func BenchmarkMillion(b *testing.B) {
	w := newWorld()
	for _, u := range []string{"One", "Two"} {
		w.unit(u, func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
			}
			return nil, nil
		})
	}
	for _, n := range []int{100_000, 1_000_000} {
		for name, s := range w.stagers(b, 1000, "One", "Two") {
			if name == "sequential" {
				continue
			}
			b.Run(fmt.Sprintf("%s/n=%d", name, n), func(b *testing.B) {
				var peak uint64
				for range b.N {
					run(b, s, many(n, func(i int) {
						if i%(n/4) == 0 {
							runtime.GC()
							var m runtime.MemStats
							runtime.ReadMemStats(&m)
							peak = max(peak, m.HeapAlloc)
						}
					}))
				}
				b.ReportMetric(float64(peak)/(1<<20), "MiB-heap")
			})
		}
	}
}

// BenchmarkWaitingUnits compares one instance with eight, where the unit waits
// for 10 ms per stock.
func BenchmarkWaitingUnits(b *testing.B) {
	w := newWorld()
	w.unit("Wait", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		for range v.All() {
			time.Sleep(10 * time.Millisecond)
		}
		return nil, nil
	})
	for name, s := range map[string]t3.Stager{"simple": w.simple(b, 1000, "Wait"), "distributive of 8": w.distributive(b, 8, "Wait")} {
		b.Run(name, func(b *testing.B) { run(b, s, many(b.N, nil)) })
	}
}
