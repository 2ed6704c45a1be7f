package t3test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/catalog"
)

type (
	views  = t3.Views[*ampel.SnapView]
	unitFn = t3.UnitFunc[*ampel.SnapView]
)

var errBoom = errors.New("boom")

// lab is a database with the four stocks of the cases, and a registry.
type lab struct {
	t   *testing.T
	env *ampel.Env
	now time.Time
}

func (s *suite) lab(t *testing.T) *lab {
	db, err := ampel.NewDatabase(t.Context(), s.open(t))
	require.NoError(t, err)
	l := &lab{t: t, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	l.env = &ampel.Env{Units: catalog.New(), DB: db, Process: "proc", Now: func() time.Time { return l.now }}
	for i, c := range [][]string{{"A"}, {"A", "B"}, {"B", "C", "D"}, {"A"}} {
		l.insert("stock", ampel.StockDocument{
			Stock: ampel.IntID(int64(i + 1)), Channel: ampel.Names(c...), Name: ampel.Names(fmt.Sprint("n", i+1)),
			Tag: ampel.Names("T"), Journal: []ampel.JournalRecord{},
		})
	}
	l.unit("Collect", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) { return ids(v), nil })
	return l
}

func (l *lab) insert(col string, doc any) {
	_, err := l.env.DB.Collection(col).InsertOne(l.t.Context(), doc)
	require.NoError(l.t, err)
}

func (l *lab) unit(name string, f unitFn) {
	t3.RegisterUnit(l.env.Units, name, t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) { return f, nil })
}

func ids(v *views) []string {
	out := []string{}
	for x := range v.All() {
		out = append(out, x.ID().String())
	}
	return out
}

// process is a configuration with a simple stager of units.
func process(stage map[string]any, units ...string) map[string]any {
	execute := []any{}
	for _, u := range units {
		execute = append(execute, map[string]any{"unit": u})
	}
	conf := map[string]any{"execute": execute}
	for k, v := range stage {
		conf[k] = v
	}
	return map[string]any{
		"supply": map[string]any{"unit": "T3DefaultBufferSupplier", "config": map[string]any{
			"select": map[string]any{"unit": "T3StockSelector"},
			"load":   map[string]any{"unit": "T3SimpleDataLoader", "config": map[string]any{"directives": []any{"STOCK", "T2"}}},
		}},
		"stage": map[string]any{"unit": "T3SimpleStager", "config": conf},
	}
}

func (l *lab) build(conf map[string]any) (t3.Runner, error) {
	u := ampel.UnitOf[t3.Runner]{UnitModel: ampel.UnitModel{Unit: "T3Processor", Config: conf}}
	if err := u.Check(l.env.Units); err != nil {
		return nil, err
	}
	r, _, err := u.Build(l.env)
	return r, err
}

func (l *lab) run(conf map[string]any) (t3.Report, error) {
	l.t.Helper()
	r, err := l.build(conf)
	require.NoError(l.t, err)
	return r.Run(l.t.Context())
}

// mustRun runs without an error.
func (l *lab) mustRun(conf map[string]any) t3.Report {
	l.t.Helper()
	r, err := l.run(conf)
	require.NoError(l.t, err)
	require.Equal(l.t, ampel.EventOK, r.Code, "%v", r.Errors)
	return r
}

func all[T any](l *lab, col string) []T {
	l.t.Helper()
	var out []T
	for d, err := range docdb.Decode[T](l.env.DB.Collection(col).Find(l.t.Context(), bson.D{})) {
		require.NoError(l.t, err)
		out = append(out, d)
	}
	return out
}

func (l *lab) stock(id int64) ampel.StockDocument {
	l.t.Helper()
	for _, s := range all[ampel.StockDocument](l, "stock") {
		if s.Stock == ampel.IntID(id) {
			return s
		}
	}
	l.t.Fatalf("no stock %d", id)
	return ampel.StockDocument{}
}

func (l *lab) docs() []ampel.T3Document      { return all[ampel.T3Document](l, "t3") }
func (l *lab) events() []ampel.EventDocument { return all[ampel.EventDocument](l, "event") }
func (l *lab) troubles() []ampel.Trouble     { return all[ampel.Trouble](l, "trouble") }
