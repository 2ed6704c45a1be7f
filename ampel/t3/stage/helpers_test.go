package stage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"

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

// world is a registry with the units of one test, and what they saw.
type world struct {
	env  *ampel.Env
	mu   sync.Mutex
	seen map[string][]string // by unit, in the order of instances
	next map[string]int
}

func newWorld() *world {
	w := &world{seen: map[string][]string{}, next: map[string]int{}}
	w.env = &ampel.Env{Units: catalog.New(), Process: "proc"}
	w.unit("Collect", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		return ids(v), nil
	})
	return w
}

// unit registers a unit without configuration.
func (w *world) unit(name string, f unitFn) {
	t3.RegisterUnit(w.env.Units, name, t3.Snap, func(env *ampel.Env, _ struct {
		Label string `config:"label"`
	}) (t3.Unit[*ampel.SnapView], error) {
		return f, nil
	})
}

// ids ranges over all views.
func ids(v *views) []string {
	out := []string{}
	for x := range v.All() {
		out = append(out, x.ID().String())
	}
	return out
}

// model names units.
func model(names ...string) ampel.UnitsOf[t3.AnyUnit] {
	var out ampel.UnitsOf[t3.AnyUnit]
	for _, n := range names {
		out = append(out, ampel.UnitOf[t3.AnyUnit]{UnitModel: ampel.UnitModel{Unit: n}})
	}
	return out
}

// config builds a configuration of a stager with defaults.
func config[C any, P interface {
	*C
	SetDefaults()
}](set func(c *C)) C {
	var c C
	P(&c).SetDefaults()
	set(&c)
	return c
}

// simple builds a T3SimpleStager.
func (w *world) simple(t testing.TB, chunk int, units ...string) t3.Stager {
	s, err := stage.NewSimple(w.env, config(func(c *stage.Simple) { c.ChunkSize, c.Execute = chunk, model(units...) }))
	require.NoError(t, err)
	return s
}

// result is what a stager yielded.
type result struct {
	docs []*ampel.T3Document
	errs []error
}

func run(t testing.TB, s t3.Stager, buffers t3.Buffers) result {
	return runWith(t.Context(), s, buffers, &ampel.T3Store{})
}

func runWith(ctx context.Context, s t3.Stager, buffers t3.Buffers, store *ampel.T3Store) result {
	var r result
	for d, err := range s.Stage(ctx, buffers, store) {
		if err != nil {
			r.errs = append(r.errs, err)
			continue
		}
		r.docs = append(r.docs, d)
	}
	return r
}

// bodies returns the lists that are the bodies of documents.
func (r result) bodies(t testing.TB) [][]string {
	var out [][]string
	for _, d := range r.docs {
		var b []string
		if !d.Body.IsNull() {
			require.NoError(t, d.Body.Decode(&b))
		}
		out = append(out, b)
	}
	return out
}

func (r result) units() []string {
	var out []string
	for _, d := range r.docs {
		out = append(out, d.Unit)
	}
	return out
}

// stocks are those of the cases: 1{A} 2{A,B} 3{B,C,D} 4{A}.
func stocks() t3.Buffers {
	return t3.BuffersOf(func(yield func(*ampel.AmpelBuffer) bool) {
		for i, channels := range [][]string{{"A"}, {"A", "B"}, {"B", "C", "D"}, {"A"}} {
			if !yield(stock(int64(i+1), channels...)) {
				return
			}
		}
	})
}

func stock(id int64, channels ...string) *ampel.AmpelBuffer {
	return &ampel.AmpelBuffer{ID: ampel.IntID(id), Stock: &ampel.StockDocument{
		Stock: ampel.IntID(id), Channel: ampel.Names(channels...), Name: ampel.Names(fmt.Sprint("n", id)), Tag: ampel.Names("T"),
	}}
}

// letters are stocks named A, B, C, ...
func letters(s string) t3.Buffers {
	return t3.BuffersOf(func(yield func(*ampel.AmpelBuffer) bool) {
		for _, c := range s {
			if !yield(&ampel.AmpelBuffer{ID: ampel.TextID(string(c))}) {
				return
			}
		}
	})
}

// many are n stocks in channel A; pulled tells how many were asked for.
func many(n int, pulled func(int)) t3.Buffers {
	var seq iter.Seq[*ampel.AmpelBuffer] = func(yield func(*ampel.AmpelBuffer) bool) {
		for i := range n {
			if pulled != nil {
				pulled(i + 1)
			}
			if !yield(stock(int64(i+1), "A")) {
				return
			}
		}
	}
	return t3.BuffersOf(seq)
}

var errBoom = errors.New("boom")

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}
