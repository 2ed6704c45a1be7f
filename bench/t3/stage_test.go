// Package t3_test measures what stagers add to units, what a loader adds to the
// reads of its database, and how much memory a million stocks take.
package t3_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/catalog"
	"github.com/penstock/penstock/ampel/t3/stage"
)

type (
	views  = t3.Views[*ampel.SnapView]
	unitFn = t3.UnitFunc[*ampel.SnapView]
)

// stagers are in the order in which they are measured.
var stagers = []string{"simple", "distributive", "adaptative", "sequential", "channel", "projecting"}

// newStager builds a stager of two instances of a unit, with the default chunks.
func newStager(b *testing.B, name string, unit unitFn) t3.Stager {
	env := &ampel.Env{Units: catalog.New(), Process: "bench"}
	t3.RegisterUnit(env.Units, "U", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) { return unit, nil })
	u := ampel.UnitOf[t3.AnyUnit]{UnitModel: ampel.UnitModel{Unit: "U"}}
	two := ampel.UnitsOf[t3.AnyUnit]{u, u}
	build := map[string]func() (t3.Stager, error){
		"simple": func() (t3.Stager, error) {
			var c stage.Simple
			c.SetDefaults()
			c.Execute = two
			return stage.NewSimple(env, c)
		},
		"distributive": func() (t3.Stager, error) {
			var c stage.Distributive
			c.SetDefaults()
			c.Execute, c.NThread = u, 2
			return stage.NewDistributive(env, c)
		},
		"adaptative": func() (t3.Stager, error) {
			var c stage.Adaptative
			c.SetDefaults()
			c.Execute = two
			return stage.NewAdaptative(env, c)
		},
		"sequential": func() (t3.Stager, error) {
			var c stage.Sequential
			c.SetDefaults()
			c.Execute = two
			return stage.NewSequential(env, c)
		},
		"channel": func() (t3.Stager, error) {
			var c stage.Channel
			c.SetDefaults()
			c.Execute, c.Channel = two, ampel.Only(ampel.Name("A"))
			return stage.NewChannel(env, c)
		},
		"projecting": func() (t3.Stager, error) {
			var c stage.Projecting
			c.SetDefaults()
			c.Directives = []stage.Run{{Execute: two[:1]}, {Execute: two[:1]}}
			return stage.NewProjecting(env, c)
		},
	}
	s, err := build[name]()
	require.NoError(b, err)
	return s
}

func run(b *testing.B, s t3.Stager, buffers t3.Buffers) {
	for _, err := range s.Stage(b.Context(), buffers, &ampel.T3Store{}) {
		if err != nil {
			b.Fatal(err)
		}
	}
}

func stock(id int64) *ampel.AmpelBuffer {
	return &ampel.AmpelBuffer{ID: ampel.IntID(id), Stock: &ampel.StockDocument{
		Stock: ampel.IntID(id), Channel: ampel.Names("A"), Tag: ampel.Names("T"), Name: ampel.Names("n"),
	}}
}

// BenchmarkStagers gives b.N stocks to two units that only look at them, and to a
// plain loop that makes the views that a stager has to make, round by round. "added"
// is what the stager adds per stock; at most 2000 ns are allowed.
func BenchmarkStagers(b *testing.B) {
	look := func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		for range v.All() {
		}
		return nil, nil
	}
	buffer := stock(1)
	const round = 20_000
	again := func(n int) t3.Buffers {
		return func(yield func(*ampel.AmpelBuffer, error) bool) {
			for range n {
				if !yield(buffer, nil) {
					return
				}
			}
		}
	}
	for _, name := range stagers {
		b.Run(name, func(b *testing.B) {
			var bare, staged time.Duration
			for n := b.N; n > 0; n -= round {
				start := time.Now()
				for x := range again(min(n, round)) {
					if _, err := ampel.NewSnapView(x, nil); err != nil {
						b.Fatal(err)
					}
				}
				bare += time.Since(start)
				s := newStager(b, name, look)
				start = time.Now()
				run(b, s, again(min(n, round)))
				staged += time.Since(start)
			}
			b.ReportMetric(float64(bare)/float64(b.N), "bare-ns/stock")
			b.ReportMetric(float64(staged)/float64(b.N), "staged-ns/stock")
			b.ReportMetric(float64(staged-bare)/float64(b.N), "added-ns/stock")
		})
	}
}

// BenchmarkMillion gives a hundred thousand and a million stocks to two units. The
// metric is the heap that was in use at most beyond that before the run. What grows
// are the ids that a unit was given: 8 bytes each. T3SequentialStager holds all
// views, as its contract says, and is measured with fewer.
func BenchmarkMillion(b *testing.B) {
	look := func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		for range v.All() {
		}
		return nil, nil
	}
	for _, name := range stagers {
		for _, n := range []int{100_000, 1_000_000} {
			if name == "sequential" {
				n /= 10
			}
			b.Run(fmt.Sprintf("%s/stocks=%d", name, n), func(b *testing.B) {
				var peak uint64
				for b.Loop() {
					before := heap()
					run(b, newStager(b, name, look), t3.BuffersOf(func(yield func(*ampel.AmpelBuffer) bool) {
						for i := range n {
							if (i+1)%(n/4) == 0 {
								peak = max(peak, heap()-min(before, heap()))
							}
							if !yield(stock(int64(i))) {
								return
							}
						}
					}))
				}
				b.ReportMetric(float64(peak)/(1<<20), "MiB-heap")
			})
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkWaitingUnits compares T3SimpleStager with T3DistributiveStager of eight
// instances, with a unit that waits for 10 ms per stock; the two take turns. The
// speedup should be 8, within a tenth.
func BenchmarkWaitingUnits(b *testing.B) {
	env := &ampel.Env{Units: catalog.New(), Process: "bench"}
	t3.RegisterUnit(env.Units, "U", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) {
		return unitFn(func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				time.Sleep(10 * time.Millisecond) //nolint:forbidigo // the work that is measured
			}
			return nil, nil
		}), nil
	})
	u := ampel.UnitOf[t3.AnyUnit]{UnitModel: ampel.UnitModel{Unit: "U"}}
	const n = 80
	stocks := func() t3.Buffers {
		return t3.BuffersOf(func(yield func(*ampel.AmpelBuffer) bool) {
			for i := range int64(n) {
				if !yield(stock(i)) {
					return
				}
			}
		})
	}
	var one, eight time.Duration
	for b.Loop() {
		var simple stage.Simple
		simple.SetDefaults()
		simple.Execute = ampel.UnitsOf[t3.AnyUnit]{u}
		var distributive stage.Distributive
		distributive.SetDefaults()
		distributive.Execute, distributive.NThread = u, 8
		s, err := stage.NewSimple(env, simple)
		d, err2 := stage.NewDistributive(env, distributive)
		require.NoError(b, errors.Join(err, err2))
		start := time.Now()
		run(b, s, stocks())
		one += time.Since(start)
		start = time.Now()
		run(b, d, stocks())
		eight += time.Since(start)
	}
	b.ReportMetric(float64(one)/float64(eight), "speedup")
}
