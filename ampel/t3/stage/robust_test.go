package stage_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/stage"
)

// stagers builds every stager with some units (Distributive: the first one).
func (w *world) stagers(t testing.TB, chunk int, units ...string) map[string]t3.Stager {
	all := map[string]t3.Stager{}
	var err error
	add := func(name string, s t3.Stager, e error) { all[name], err = s, errors.Join(err, e) }
	s, e := stage.NewSimple(w.env, config(func(c *stage.Simple) { c.ChunkSize, c.Execute = chunk, model(units...) }))
	add("simple", s, e)
	s, e = stage.NewDistributive(w.env, config(func(c *stage.Distributive) { c.ChunkSize, c.NThread, c.Execute = chunk, 3, model(units...)[0] }))
	add("distributive", s, e)
	s, e = stage.NewAdaptative(w.env, config(func(c *stage.Adaptative) { c.ChunkSize, c.Execute = chunk, model(units...) }))
	add("adaptative", s, e)
	s, e = stage.NewSequential(w.env, config(func(c *stage.Sequential) { c.ChunkSize, c.Execute = chunk, model(units...) }))
	add("sequential", s, e)
	s, e = stage.NewChannel(w.env, config(func(c *stage.Channel) {
		c.ChunkSize, c.Channel, c.Execute = chunk, ampel.Only(ampel.Name("A")), model(units...)
	}))
	add("channel", s, e)
	s, e = stage.NewProjecting(w.env, config(func(c *stage.Projecting) {
		c.ChunkSize, c.Directives = chunk, []stage.Run{{Execute: model(units...)}, {Execute: model(units...)}}
	}))
	add("projecting", s, e)
	require.NoError(t, err)
	return all
}

// Units that wait, fail, panic, stop early and return late do not keep others
// from their views, in any stager.
func TestUnitsDoNotDisturbEachOther(t *testing.T) {
	const n = 60
	for _, chunk := range []int{1, 7, 1000} {
		w := newWorld()
		w.unit("Sleepy", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			var out []string
			for x := range v.All() {
				time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond) //nolint:forbidigo // in a bubble
				out = append(out, x.ID().String())
			}
			return out, nil
		})
		w.unit("Early", firstN(3))
		w.unit("Unread", func(context.Context, *views, *ampel.T3Store) (any, error) { return "unread", nil })
		w.unit("Late", func(ctx context.Context, v *views, s *ampel.T3Store) (any, error) {
			out, _ := firstN(2)(ctx, v, s)
			time.Sleep(time.Minute) //nolint:forbidigo // in a bubble
			return out, nil
		})
		w.unit("Fails", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				break
			}
			return nil, errBoom
		})
		w.unit("Panics", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				panic("oh")
			}
			return nil, nil
		})
		units := []string{"Sleepy", "Early", "Unread", "Late", "Fails", "Panics", "Collect"}
		for name := range w.stagers(t, chunk, units...) {
			t.Run(fmt.Sprint(name, " in chunks of ", chunk), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					if name == "sequential" || name == "distributive" { // a failure ends the former; the latter has one unit
						for _, u := range units {
							r := run(t, w.stagers(t, chunk, u)[name], many(n, nil))
							if u == "Fails" || u == "Panics" {
								require.NotEmpty(t, r.errs)
								require.Empty(t, r.docs)
								continue
							}
							require.Empty(t, r.errs)
							require.NotEmpty(t, r.docs)
						}
						return
					}
					r := run(t, w.stagers(t, chunk, units...)[name], many(n, nil))
					blocks := map[string]int{"projecting": 2}[name]
					blocks = max(1, blocks)
					require.Len(t, r.errs, 2*blocks)
					require.Len(t, r.docs, 5*blocks)
					for _, d := range r.docs {
						if d.Unit == "Sleepy" || d.Unit == "Collect" {
							require.Equal(t, n, d.Body.Len(), d.Unit)
						}
					}
				})
			})
		}
	}
}

// A unit that left its loop and goes on working does not hold up the others.
func TestLateReturnHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var others time.Duration
		w := newWorld()
		w.unit("Late", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				break
			}
			time.Sleep(time.Hour) //nolint:forbidigo // in a bubble
			return "late", nil
		})
		w.unit("Prompt", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			n := len(ids(v))
			others = time.Since(start)
			return n, nil
		})
		r := run(t, w.simple(t, 2, "Late", "Prompt"), many(50, nil))
		require.Equal(t, []string{"Late", "Prompt"}, r.units())
		require.Less(t, others, time.Minute)
	})
}

// A single unit loads nothing that it does not ask for, and when all units have
// ended nothing more is loaded.
func TestNothingIsLoadedInVain(t *testing.T) {
	w := newWorld()
	w.unit("Two", firstN(2))
	pulled := 0
	run(t, w.simple(t, 1000, "Two"), many(1_000, func(n int) { pulled = n }))
	require.Equal(t, 2, pulled)
	w.unit("Three", firstN(3))
	run(t, w.simple(t, 4, "Two", "Three"), many(1_000, func(n int) { pulled = n }))
	require.LessOrEqual(t, pulled, 8)
	run(t, w.stagers(t, 6, "Two")["distributive"], many(1_000_000, func(n int) { pulled = n }))
	require.Less(t, pulled, 1_000)
	run(t, w.stagers(t, 10, "Two", "Three")["adaptative"], many(1_000, func(n int) { pulled = n }))
	require.LessOrEqual(t, pulled, 1_000)
}

// An error of the supplier ends the run: units that saw only a part of the
// stocks make no documents.
func TestSupplierFails(t *testing.T) {
	w := newWorld()
	w.unit("Again", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) { return ids(v), nil })
	for name, s := range w.stagers(t, 2, "Collect", "Again") {
		t.Run(name, func(t *testing.T) {
			r := run(t, s, func(yield func(*ampel.AmpelBuffer, error) bool) {
				for b := range many(5, nil) {
					if !yield(b, nil) {
						return
					}
				}
				yield(nil, errBoom)
			})
			require.Empty(t, r.docs)
			require.Len(t, r.errs, 1)
			require.ErrorIs(t, r.errs[0], errBoom)
		})
	}
}

// Cancellation ends every stager, with the cause as the error and no documents.
func TestCancel(t *testing.T) {
	w := newWorld()
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	var once sync.Once
	forever := unitFn(func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		n := 0
		for range v.All() {
			if n++; n == 10 {
				once.Do(func() { cancel(cause) })
			}
		}
		return n, nil
	})
	w.unit("One", forever)
	w.unit("Other", forever)
	for name := range w.stagers(t, 4, "One", "Other") {
		t.Run(name, func(t *testing.T) {
			ctx, cancel = context.WithCancelCause(t.Context())
			once = sync.Once{}
			n := 1_000_000_000
			if name == "sequential" { // loads everything first
				n = 100
			}
			r := runWith(ctx, w.stagers(t, 4, "One", "Other")[name], many(n, nil), &ampel.T3Store{})
			require.Empty(t, r.docs)
			require.NotEmpty(t, r.errs)
			require.ErrorIs(t, r.errs[0], cause)
		})
	}
}

// Whatever the chunk size, every unit sees the same stocks in the same order.
func TestChunkSizeDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		channels := rapid.SliceOfN(rapid.SliceOfDistinct(rapid.SampledFrom([]string{"A", "B", "C"}), rapid.ID[string]), 0, 40).Draw(rt, "channels")
		buffers := func() t3.Buffers {
			return t3.BuffersOf(func(yield func(*ampel.AmpelBuffer) bool) {
				for i, c := range channels {
					if !yield(stock(int64(i), c...)) {
						return
					}
				}
			})
		}
		stop := rapid.IntRange(1, 50).Draw(rt, "stop")
		w := newWorld()
		w.unit("Some", firstN(stop))
		var first map[string][][]string
		for _, chunk := range []int{1000, rapid.IntRange(1, 50).Draw(rt, "chunk"), 1} {
			seen := map[string][][]string{}
			for name, s := range w.stagers(t, chunk, "Collect", "Some") {
				r := runWith(context.Background(), s, buffers(), &ampel.T3Store{})
				if len(r.errs) > 0 {
					rt.Fatalf("%s: %v", name, r.errs)
				}
				seen[name] = r.bodies(t)
				if name == "adaptative" { // channels come in the order of chunks
					slices.SortFunc(seen[name], slices.Compare[[]string])
				}
			}
			if first == nil {
				first = seen
			} else {
				require.Equal(rt, first, seen)
			}
		}
	})
}

// At most one chunk of buffers is alive, whatever the units do.
func TestMemoryIsBounded(t *testing.T) {
	const n, chunk, size = 3_000, 10, 100_000
	w := newWorld()
	count := unitFn(func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		k := 0
		for range v.All() {
			k++
		}
		return map[string]any{"n": k}, nil
	})
	w.unit("Count", count)
	w.unit("Count2", count)
	for name, s := range w.stagers(t, chunk, "Count", "Count2") {
		if name == "sequential" { // holds everything, by contract
			continue
		}
		t.Run(name, func(t *testing.T) {
			var peak uint64
			body := ampel.MustValue(make([]byte, size))
			raw, _ := body.Bytes()
			r := run(t, s, t3.BuffersOf(func(yield func(*ampel.AmpelBuffer) bool) {
				for i := range n {
					if i%200 == 0 {
						runtime.GC()
						var m runtime.MemStats
						runtime.ReadMemStats(&m)
						peak = max(peak, m.HeapAlloc)
					}
					b := stock(int64(i), "A")
					b.Stock.Body = ampel.MustValue(raw)
					if !yield(b) {
						return
					}
				}
			}))
			require.Empty(t, r.errs)
			require.Less(t, peak, uint64(100*size+20<<20), "all of it would be %d MB", n*size/1_000_000)
		})
	}
}

// The loop over a stager may be left, and everything has ended then.
func TestLeavingTheLoop(t *testing.T) {
	w := newWorld()
	w.unit("Other", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) { return ids(v), nil })
	for _, s := range w.stagers(t, 2, "Collect", "Other") {
		for range s.Stage(t.Context(), stocks(), &ampel.T3Store{}) {
			break
		}
	}
}

type badProjector struct{ fail func() error }

func (p badProjector) Project([]*ampel.AmpelBuffer) ([]*ampel.AmpelBuffer, error) {
	return nil, p.fail()
}

// A projector that fails or panics ends the run with an error that says where.
func TestProjectorFails(t *testing.T) {
	for name, fail := range map[string]func() error{"error": func() error { return errBoom }, "panic": func() error { panic(errBoom) }} {
		for _, units := range [][]string{{"Collect"}, {"Collect", "Collect"}} {
			t.Run(fmt.Sprint(name, " with ", len(units)), func(t *testing.T) {
				w := newWorld()
				ampel.Register(w.env.Units, "Bad", func(*ampel.Env, struct{}) (t3.Projector, error) { return badProjector{fail}, nil })
				s, err := stage.NewProjecting(w.env, config(func(c *stage.Projecting) {
					c.Directives = []stage.Run{{Execute: model(units...), Project: &ampel.UnitOf[t3.Projector]{UnitModel: ampel.UnitModel{Unit: "Bad"}}}}
				}))
				require.NoError(t, err)
				r := run(t, s, stocks())
				require.Empty(t, r.docs)
				require.Len(t, r.errs, 1)
				require.ErrorIs(t, r.errs[0], errBoom)
				var step *t3.StepError
				require.ErrorAs(t, r.errs[0], &step)
				require.Equal(t, ampel.T3RunError, step.Code)
			})
		}
	}
}

// A unit that ends its goroutine is an error, and hangs nothing.
func TestGoexit(t *testing.T) {
	w := newWorld()
	w.unit("Exits", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		for range v.All() {
			runtime.Goexit()
		}
		return nil, nil
	})
	for name, s := range w.stagers(t, 2, "Exits", "Collect") {
		t.Run(name, func(t *testing.T) { require.NotEmpty(t, run(t, s, many(20, nil)).errs) })
	}
}
