package t0test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/catalog"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/t1"
	"github.com/penstock/penstock/ampel/t2"
	"github.com/penstock/penstock/pl"
)

var errBoom = errors.New("boom")

type unitConfig struct {
	Note string `config:"note"`
}

func init() {
	t2.Register("T0TestStock", func(unitConfig) (t2.StockUnit, error) { return t2.Func[*ampel.StockDocument](nil), nil })
	t2.Register("T0TestPoint", func(unitConfig) (t2.PointUnit, error) { return t2.Func[*ampel.DataPoint](nil), nil })
	t2.Register("T0TestState", func(unitConfig) (t2.StateUnit, error) { return t2.Func[*t2.State](nil), nil })
}

// lab is a database, a registry with units for tests, and alerts to come.
type lab struct {
	*testing.T
	env    *ampel.Env
	now    time.Time
	supply t0.AlertSupplier
	suite  *suite
}

// fresh returns another lab.
func (l *lab) fresh() *lab { return l.suite.lab(l.T) }

func (s *suite) lab(t *testing.T) *lab {
	db, err := ampel.NewDatabase(t.Context(), s.open(t))
	require.NoError(t, err)
	l := &lab{T: t, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), suite: s}
	l.env = &ampel.Env{Units: catalog.New(), DB: db, Process: "proc", Now: func() time.Time { return l.now }}
	ampel.Register(l.env.Units, "Alerts", func(*ampel.Env, struct{}) (t0.AlertSupplier, error) { return l.supply, nil })
	return l
}

// filter makes a filter known.
func (l *lab) filter(name string, f func(a *t0.Alert) (t0.Verdict, error)) {
	ampel.Register(l.env.Units, name, func(*ampel.Env, struct{}) (t0.AlertFilter, error) {
		return t0.FilterFunc(func(_ context.Context, a *t0.Alert) (t0.Verdict, error) { return f(a) }), nil
	})
}

// adder makes a muxer known that adds points, and wants all of them combined.
func (l *lab) adder(name string, ids ...int64) {
	ampel.Register(l.env.Units, name, func(*ampel.Env, struct{}) (t0.Muxer, error) {
		return t0.MuxerFunc(func(_ context.Context, _ *t0.Alert, points, _ []ampel.DataPoint) (insert, combine []ampel.DataPoint, err error) {
			insert = append(insert, points...)
			for _, id := range ids {
				insert = append(insert, ampel.DataPoint{ID: id, Body: ampel.MustValue(bson.M{"id": id})})
			}
			return insert, insert, nil
		}), nil
	})
}

// history makes a muxer known that adds what is in the database.
func (l *lab) history(name string) {
	ampel.Register(l.env.Units, name, func(*ampel.Env, struct{}) (t0.Muxer, error) {
		return t0.MuxerFunc(func(_ context.Context, _ *t0.Alert, points, history []ampel.DataPoint) (insert, combine []ampel.DataPoint, err error) {
			return points, append(append(combine, history...), points...), nil
		}), nil
	})
}

func (l *lab) unit(name string, f t1.UnitFunc) {
	ampel.Register(l.env.Units, name, func(*ampel.Env, struct{}) (t1.Unit, error) { return f, nil })
}

// alert makes an alert of datapoints that have nothing but an id.
func alert(id, stock int64, points ...int64) *t0.Alert {
	a := &t0.Alert{ID: id, Stock: ampel.IntID(stock), Name: ampel.Names("n")}
	for _, p := range points {
		a.Datapoints = append(a.Datapoints, ampel.MustValue(bson.M{"id": p, "mag": float64(20 - p%10)}))
	}
	return a
}

// config is a consumer of the alerts of the lab.
func config(directives string) string {
	return "{supplier: Alerts, shaper: GenericShaper, directives: " + directives + "}"
}

func (l *lab) build(text string) (ampel.Runner, error) {
	v, err := job.DecodeYAML([]byte(text))
	require.NoError(l, err)
	u := ampel.UnitOf[ampel.Runner]{UnitModel: ampel.UnitModel{Unit: "AlertConsumer", Config: v.(map[string]any)}}
	if err := u.Check(l.env.Units); err != nil {
		return nil, err
	}
	r, _, err := u.Build(l.env)
	return r, err
}

func (l *lab) run(text string, alerts ...*t0.Alert) (ampel.Report, error) {
	l.Helper()
	if alerts != nil {
		l.supply = t0.Of(alerts...)
	}
	r, err := l.build(text)
	require.NoError(l, err)
	return r.Run(l.Context())
}

// ingest runs without an error, and returns how many alerts were ingested.
func (l *lab) ingest(text string, alerts ...*t0.Alert) int {
	l.Helper()
	r, err := l.run(text, alerts...)
	require.NoError(l, err)
	require.Equal(l, ampel.EventOK, r.Code, "%v", r.Errors)
	return r.Docs
}

// deliver supplies what is given, errors included.
func (l *lab) deliver(d ...t0.Delivery) {
	l.supply = t0.SupplierFunc(func(context.Context) (pl.Stage[t0.Delivery], error) { return pl.From(d), nil })
}

func all[T any](l *lab, col string) []T {
	l.Helper()
	var out []T
	for d, err := range docdb.Decode[T](l.env.DB.Collection(col).Find(context.WithoutCancel(l.Context()), bson.D{})) {
		require.NoError(l, err)
		out = append(out, d)
	}
	return out
}

func (l *lab) stocks() []ampel.StockDocument { return all[ampel.StockDocument](l, "stock") }
func (l *lab) points() []ampel.DataPoint     { return all[ampel.DataPoint](l, "t0") }
func (l *lab) states() []ampel.T1Document    { return all[ampel.T1Document](l, "t1") }
func (l *lab) tickets() []ampel.T2Document   { return all[ampel.T2Document](l, "t2") }
func (l *lab) troubles() []ampel.Trouble     { return all[ampel.Trouble](l, "trouble") }
func (l *lab) event() ampel.EventDocument {
	all := all[ampel.EventDocument](l, "event")
	require.NotEmpty(l, all)
	return all[len(all)-1]
}

// counted returns a count of the last event.
func (l *lab) counted(path string) int64 {
	l.Helper()
	n, ok := l.event().More["metrics"].Get("count." + path).Int()
	require.True(l, ok, "%s in %v", path, l.event().More["metrics"])
	return n
}
