package stage_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/filter"
	"github.com/penstock/penstock/ampel/t3/project"
	"github.com/penstock/penstock/ampel/t3/stage"
)

func TestT3(t *testing.T) {
	t.Run("6.6-simple: both units see every stock, documents in order", func(t *testing.T) {
		w := newWorld()
		w.unit("Other", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) { return ids(v), nil })
		for _, chunk := range []int{0, 1, 2, 1000} {
			r := run(t, w.simple(t, chunk, "Collect", "Other"), stocks())
			require.Empty(t, r.errs)
			require.Equal(t, []string{"Collect", "Other"}, r.units())
			require.Equal(t, [][]string{{"1", "2", "3", "4"}, {"1", "2", "3", "4"}}, r.bodies(t))
		}
	})
	t.Run("6.6-simple: a fast unit is never more than one chunk ahead of a slow one", stepTest)
	t.Run("6.6-simple: a unit fails at the fourth view", func(t *testing.T) {
		w := newWorld()
		w.unit("Fail4", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			n := 0
			for range v.All() {
				if n++; n == 4 {
					return nil, errBoom
				}
			}
			return n, nil
		})
		r := run(t, w.simple(t, 2, "Collect", "Fail4"), stocks())
		require.Equal(t, [][]string{{"1", "2", "3", "4"}}, r.bodies(t))
		require.Len(t, r.errs, 1)
		var step *t3.StepError
		require.ErrorAs(t, r.errs[0], &step)
		require.Equal(t, ampel.T3RunError, step.Code)
		require.Equal(t, "Fail4", step.Unit)
		require.ErrorIs(t, r.errs[0], errBoom)
	})
	t.Run("6.6-simple: a unit ends after two of four", func(t *testing.T) {
		w := newWorld()
		w.unit("Two", firstN(2))
		for _, chunk := range []int{0, 1, 2, 3} {
			r := run(t, w.simple(t, chunk, "Two", "Collect"), stocks())
			require.Empty(t, r.errs)
			require.Equal(t, [][]string{{"1", "2"}, {"1", "2", "3", "4"}}, r.bodies(t))
		}
	})
	t.Run("6.6-simple: a unit fails or panics at the first view", func(t *testing.T) {
		w := newWorld()
		w.unit("Fail", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				return nil, errBoom
			}
			return nil, nil
		})
		w.unit("Panic", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				panic(errBoom)
			}
			return nil, nil
		})
		for _, chunk := range []int{0, 1, 1000} {
			r := run(t, w.simple(t, chunk, "Fail", "Panic", "Collect"), stocks())
			require.Equal(t, [][]string{{"1", "2", "3", "4"}}, r.bodies(t))
			require.Len(t, r.errs, 2)
			require.ErrorIs(t, r.errs[0], errBoom)
			var p *ampel.PanicError
			require.ErrorAs(t, r.errs[1], &p)
			require.ErrorIs(t, p, errBoom)
			require.NotEmpty(t, p.Stack)
		}
	})
	t.Run("6.6-distributive: instance i of n gets the stocks i, i+n, ...", func(t *testing.T) {
		w := newWorld()
		require.Equal(t, [][]string{{"A", "C"}, {"B", "D"}}, run(t, w.distributive(t, 2, "Collect"), letters("ABCD")).bodies(t))
		require.Equal(t, [][]string{{"A", "D", "G"}, {"B", "E"}, {"C", "F"}}, run(t, w.distributive(t, 3, "Collect"), letters("ABCDEFG")).bodies(t))
	})
	t.Run("6.6-distributive: instances that end early", func(t *testing.T) {
		w := newWorld()
		w.unit("One", firstN(1))
		require.Equal(t, [][]string{{"A"}, {"B"}}, run(t, w.distributive(t, 2, "One"), letters("ABCD")).bodies(t))
	})
	t.Run("6.6-distributive: fewer stocks than instances", func(t *testing.T) {
		w := newWorld()
		w.unit("Count", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			return map[string]any{"n": len(ids(v))}, nil
		})
		r := run(t, w.distributive(t, 4, "Count"), letters("AB"))
		require.Empty(t, r.errs)
		require.Len(t, r.docs, 4)
		n, _ := r.docs[3].Body.Get("n").Int()
		require.Zero(t, n)
	})
	t.Run("6.6-distributive: an instance fails", func(t *testing.T) {
		w := newWorld()
		w.unit("FailB", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			var out []string
			for x := range v.All() {
				if x.ID() == ampel.TextID("B") {
					return nil, errBoom
				}
				out = append(out, x.ID().String())
			}
			return out, nil
		})
		r := run(t, w.distributive(t, 2, "FailB"), letters("ABCD"))
		require.Len(t, r.errs, 1)
		require.Equal(t, [][]string{{"A", "C"}}, r.bodies(t))
	})
	t.Run("6.6-distributive: save_stock_ids makes documents without a result", func(t *testing.T) {
		w := newWorld()
		w.unit("Nothing", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) { ids(v); return nil, nil })
		s, err := stage.NewDistributive(w.env, config(func(c *stage.Distributive) {
			c.NThread, c.Execute, c.SaveStockIDs = 2, model("Nothing")[0], true
		}))
		require.NoError(t, err)
		r := run(t, s, letters("ABC"))
		require.Len(t, r.docs, 2)
		require.Equal(t, []ampel.StockID{ampel.TextID("A"), ampel.TextID("C")}, r.docs[0].Stock)
		require.True(t, r.docs[0].Body.IsNull())
	})
	t.Run("6.6-adaptative", adaptativeTests)
	t.Run("6.6-sequential", sequentialTests)
	t.Run("6.6-channel and projecting", projectingTests)
	t.Run("6.6-views: a second range yields nothing", func(t *testing.T) {
		w := newWorld()
		w.unit("Twice", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				break
			}
			return map[string]any{"again": len(ids(v)), "taken": len(v.Stocks())}, nil
		})
		r := run(t, w.simple(t, 2, "Twice"), stocks())
		require.JSONEq(t, `{"again":0,"taken":1}`, toJSON(t, r.docs[0].Body))
	})
	t.Run("6.6-views: units share views unless paranoia says otherwise", func(t *testing.T) {
		for paranoia, same := range []bool{true, false} {
			w := newWorld()
			got := make([]*ampel.SnapView, 2)
			for i, name := range []string{"First", "Second"} {
				w.unit(name, func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
					for x := range v.All() {
						got[i] = x
						break
					}
					return nil, nil
				})
			}
			s, err := stage.NewSimple(w.env, config(func(c *stage.Simple) {
				c.ParanoiaLevel, c.Execute = paranoia, model("First", "Second")
			}))
			require.NoError(t, err)
			run(t, s, stocks())
			require.NotNil(t, got[0])
			require.Equal(t, same, got[0] == got[1])
		}
	})
}

// firstN returns a unit that ends after n views.
func firstN(n int) unitFn {
	return func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		var out []string
		for x := range v.All() {
			if out = append(out, x.ID().String()); len(out) == n {
				break
			}
		}
		return out, nil
	}
}

func (w *world) distributive(t testing.TB, n int, unit string) t3.Stager {
	s, err := stage.NewDistributive(w.env, config(func(c *stage.Distributive) { c.NThread, c.Execute = n, model(unit)[0] }))
	require.NoError(t, err)
	return s
}

func toJSON(t testing.TB, v ampel.Value) string {
	t.Helper()
	return jsonOf(t, v.Any())
}

func stepTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var fast, slow int
		w.unit("Fast", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				w.mu.Lock()
				fast++
				ahead := fast - slow
				w.mu.Unlock()
				if ahead > 2 {
					return map[string]any{"ahead": ahead}, nil
				}
			}
			return nil, nil
		})
		w.unit("Slow", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				time.Sleep(time.Second) //nolint:forbidigo // in a bubble
				w.mu.Lock()
				slow++
				w.mu.Unlock()
			}
			return nil, nil
		})
		r := run(t, w.simple(t, 2, "Fast", "Slow"), many(9, func(n int) {
			w.mu.Lock()
			defer w.mu.Unlock()
			require.LessOrEqual(t, n, slow+2, "a chunk is loaded only when the one before is done")
		}))
		require.Empty(t, r.docs)
		require.Empty(t, r.errs)
		require.Equal(t, 9, fast)
		require.Equal(t, 9, slow)
	})
}

func adaptativeTests(t *testing.T) {
	build := func(w *world, set func(c *stage.Adaptative)) (t3.Stager, error) {
		c := config(func(c *stage.Adaptative) { c.Execute = model("Collect"); set(c) })
		if err := c.CheckConfig(); err != nil {
			return nil, err
		}
		return stage.NewAdaptative(w.env, c)
	}
	for _, chunk := range []int{0, 1, 2, 1000} {
		s, err := build(newWorld(), func(c *stage.Adaptative) { c.ChunkSize = chunk })
		require.NoError(t, err)
		r := run(t, s, stocks())
		require.Empty(t, r.errs)
		require.Equal(t, [][]string{{"1", "2", "4"}, {"2", "3"}, {"3"}, {"3"}}, r.bodies(t))
		require.Equal(t, ampel.Labels(ampel.Names("A")), r.docs[0].Channel)
		require.Equal(t, ampel.Labels(ampel.Names("D")), r.docs[3].Channel)
	}
	s, err := build(newWorld(), func(c *stage.Adaptative) { c.ChunkSize, c.BlackList = 1, ampel.Names("D") })
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1", "2", "4"}, {"2", "3"}, {"3"}}, run(t, s, stocks()).bodies(t))
	s, err = build(newWorld(), func(c *stage.Adaptative) { c.WhiteList = ampel.Names("A", "B") })
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1", "2", "4"}, {"2", "3"}}, run(t, s, stocks()).bodies(t))
	_, err = build(newWorld(), func(c *stage.Adaptative) { c.WhiteList, c.BlackList = ampel.Names("A"), ampel.Names("B") })
	var bad *ampel.ConfigError
	require.ErrorAs(t, err, &bad)

	s, err = build(newWorld(), func(*stage.Adaptative) {})
	require.NoError(t, err)
	r := run(t, s, letters("AB"))
	require.Len(t, r.errs, 1)
	require.ErrorContains(t, r.errs[0], "not loaded")

	t.Run("a unit of one channel fails", func(t *testing.T) {
		w := newWorld()
		w.unit("FailB", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			out := ids(v)
			if slices.Equal(out, []string{"2", "3"}) {
				return nil, errBoom
			}
			return out, nil
		})
		s, err := build(w, func(c *stage.Adaptative) { c.ChunkSize, c.Execute = 1, model("FailB") })
		require.NoError(t, err)
		r := run(t, s, stocks())
		require.Len(t, r.errs, 1)
		require.Equal(t, [][]string{{"1", "2", "4"}, {"3"}, {"3"}}, r.bodies(t))
	})
}

func sequentialTests(t *testing.T) {
	build := func(w *world, propagate bool, units ...string) t3.Stager {
		s, err := stage.NewSequential(w.env, config(func(c *stage.Sequential) { c.Propagate, c.Execute = propagate, model(units...) }))
		require.NoError(t, err)
		return s
	}
	peek := func(seen map[string][]string, name string, n int, result any) unitFn {
		return func(ctx context.Context, v *views, store *ampel.T3Store) (any, error) {
			seen[name] = store.Units()
			got, _ := firstN(n)(ctx, v, store)
			if result == nil {
				return nil, nil
			}
			return got, nil
		}
	}
	for _, propagate := range []bool{true, false} {
		w, seen := newWorld(), map[string][]string{}
		w.unit("u1", peek(seen, "u1", 9, 1))
		w.unit("u2", peek(seen, "u2", 1, 1))
		w.unit("u3", peek(seen, "u3", 9, nil))
		r := run(t, build(w, propagate, "u1", "u2", "u3"), stocks())
		require.Empty(t, r.errs)
		require.Equal(t, [][]string{{"1", "2", "3", "4"}, {"1"}}, r.bodies(t))
		if propagate {
			require.Equal(t, map[string][]string{"u1": nil, "u2": {"u1"}, "u3": {"u1", "u2"}}, seen)
		} else {
			require.Equal(t, map[string][]string{"u1": nil, "u2": nil, "u3": nil}, seen)
		}
	}
	w := newWorld()
	ran := false
	w.unit("fails", func(context.Context, *views, *ampel.T3Store) (any, error) { return nil, errBoom })
	w.unit("after", func(context.Context, *views, *ampel.T3Store) (any, error) { ran = true; return nil, nil })
	r := run(t, build(w, true, "Collect", "fails", "after"), stocks())
	require.Equal(t, []string{"Collect"}, r.units())
	require.Len(t, r.errs, 1)
	require.False(t, ran)
}

func projectingTests(t *testing.T) {
	part := func(channel string, units ...string) stage.Run {
		conf := ampel.Config{"channel": channel}
		return stage.Run{
			Filter:  &ampel.UnitOf[t3.Filter]{UnitModel: ampel.UnitModel{Unit: "T3AmpelBufferFilter", Config: conf}},
			Project: &ampel.UnitOf[t3.Projector]{UnitModel: ampel.UnitModel{Unit: "T3ChannelProjector", Config: conf}},
			Execute: model(units...),
		}
	}
	build := func(w *world, chunk int, save bool, runs ...stage.Run) t3.Stager {
		c := config(func(c *stage.Projecting) { c.ChunkSize, c.Directives, c.SaveStockIDs = chunk, runs, save })
		require.NoError(t, c.CheckConfig())
		s, err := stage.NewProjecting(w.env, c)
		require.NoError(t, err)
		return s
	}
	w := newWorld()
	s, err := stage.NewChannel(w.env, config(func(c *stage.Channel) { c.Channel, c.Execute = ampel.Only(ampel.Name("A")), model("Collect") }))
	require.NoError(t, err)
	r := run(t, s, stocks())
	require.Equal(t, [][]string{{"1", "2", "4"}}, r.bodies(t))
	require.Equal(t, ampel.Labels(ampel.Names("A")), r.docs[0].Channel)

	for _, chunk := range []int{1, 2, 1000} {
		r = run(t, build(w, chunk, true, part("A", "Collect"), part("B", "Collect")), stocks())
		require.Empty(t, r.errs)
		require.Equal(t, [][]string{{"1", "2", "4"}, {"2", "3"}}, r.bodies(t))
		require.Equal(t, []ampel.StockID{ampel.IntID(1), ampel.IntID(2), ampel.IntID(4)}, r.docs[0].Stock)
		require.Equal(t, []ampel.StockID{ampel.IntID(2), ampel.IntID(3)}, r.docs[1].Stock)
	}
	for _, chunk := range []int{0, 2} {
		only := part("C", "Collect")
		only.Filter = nil
		require.Equal(t, [][]string{{"3"}}, run(t, build(w, chunk, false, only), stocks()).bodies(t))
	}
	c := config(func(c *stage.Projecting) {
		c.ChunkSize, c.Directives = 0, []stage.Run{part("A", "Collect"), part("B", "Collect")}
	})
	require.Error(t, c.CheckConfig())

	f := filter.New(ampel.Only(ampel.Name("B")))
	p := project.NewChannel(project.Channel{Base: project.Base{RemoveEmpty: true}, Channel: ampel.Only(ampel.Name("B")), Unalterable: true})
	before := stock(2, "A", "B")
	kept, err := f.Filter([]*ampel.AmpelBuffer{before, stock(1, "A")})
	require.NoError(t, err)
	out, err := p.Project(kept)
	require.NoError(t, err)
	require.Len(t, out, 1)
	require.Equal(t, ampel.Names("B"), out[0].Stock.Channel)
	require.Equal(t, ampel.Names("A", "B"), before.Stock.Channel)
}
