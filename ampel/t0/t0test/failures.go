package t0test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/pl"
)

// failures: what goes wrong with one alert costs that alert.
func (s *suite) failures(t *testing.T) {
	// excepted runs, and returns the troubles of a run that goes on.
	excepted := func(l *lab, conf string, docs int, alerts ...*t0.Alert) []ampel.Trouble {
		l.Helper()
		r, err := l.run(conf, alerts...)
		require.NoError(l, err)
		require.Equal(l, ampel.EventException, r.Code)
		require.Equal(l, docs, r.Docs)
		require.Equal(l, ampel.EventException, l.event().Code)
		return l.troubles()
	}
	s.run(t, "6.7: a malformed datapoint", func(l *lab) {
		bad := alert(2, 2, 4)
		bad.Datapoints = append(bad.Datapoints, ampel.MustValue(bson.M{"id": "five"}))
		troubles := excepted(l, config(`[{channel: A}, {channel: B}]`), 2, alert(1, 1, 1), bad, alert(3, 3, 3))
		require.Len(l, troubles, 1)
		require.Equal(l, ampel.Labels(ampel.Names("A", "B")), troubles[0].Channel)
		require.Contains(l, troubles[0].Msg, "datapoint 1: field id")
		require.EqualValues(l, 0, troubles[0].Tier)
		require.EqualValues(l, 1, l.counted("errors"))
		require.Len(l, l.stocks(), 2)
	})
	s.run(t, "an error of a delivery", func(l *lab) {
		l.deliver(t0.Delivery{Alert: alert(1, 1, 1)}, t0.Delivery{Err: errBoom}, t0.Delivery{}, t0.Delivery{Alert: alert(2, 2, 2)})
		troubles := excepted(l, config(`[{channel: A}]`), 2)
		require.Len(l, troubles, 2)
		require.Contains(l, troubles[0].Msg, "boom")
		require.Contains(l, troubles[1].Msg, "neither")
	})
	s.run(t, "a filter fails and another panics, other channels go on", func(l *lab) {
		l.filter("Fails", func(*t0.Alert) (t0.Verdict, error) { return t0.Accept, errBoom })
		l.filter("Panics", func(*t0.Alert) (t0.Verdict, error) { panic("ouch") })
		troubles := excepted(l, config(`[{channel: A, filter: {unit: Fails}}, {channel: B}, {channel: C, filter: {unit: Panics}}]`), 1, alert(1, 1, 1))
		require.Len(l, troubles, 2)
		require.Equal(l, ampel.Labels(ampel.Names("A")), troubles[0].Channel)
		require.Equal(l, ampel.Labels(ampel.Names("C")), troubles[1].Channel)
		require.Contains(l, troubles[1].Msg, "ouch")
		require.NotEmpty(l, troubles[1].Exception, "the stack")
		require.Equal(l, ampel.Names("B"), l.stocks()[0].Channel)
	})
	s.run(t, "a T1 unit panics", func(l *lab) {
		l.unit("Panics", func(context.Context, []ampel.DataPoint) (any, ampel.DocumentCode, error) { panic("ouch") })
		troubles := excepted(l, config(`[{channel: A, ingest: {combine: [{unit: T1SimpleCombiner, compute: Panics}]}}]`), 0, alert(1, 1, 1))
		require.Contains(l, troubles[0].Msg, "ouch")
		require.Empty(l, l.stocks(), "nothing of the alert is stored")
		require.Empty(l, l.points())
	})
	s.run(t, "the supplier fails in the end", func(l *lab) {
		l.supply = t0.SupplierFunc(func(context.Context) (pl.Stage[t0.Delivery], error) {
			return pl.FromSeq2(func(yield func(t0.Delivery, error) bool) {
				if yield(t0.Delivery{Alert: alert(1, 1, 1)}, nil) {
					yield(t0.Delivery{}, errBoom)
				}
			}), nil
		})
		r, err := l.run(config(`[{channel: A}]`))
		require.NoError(l, err)
		require.Equal(l, ampel.EventException, r.Code)
		require.ErrorIs(l, r.Errors[0], errBoom)
	})
	s.run(t, "errors that are raised", func(l *lab) {
		l.deliver(t0.Delivery{Err: errBoom}, t0.Delivery{Alert: alert(1, 1, 1)})
		r, err := l.run(`{supplier: Alerts, shaper: GenericShaper, raise_exc: true, directives: [{channel: A}]}`)
		require.ErrorIs(l, err, errBoom)
		require.Equal(l, ampel.EventException, r.Code)
		require.Equal(l, ampel.EventException, l.event().Code)
		require.Empty(l, l.troubles())
	})
	s.run(t, "6.7: a bad configuration", func(l *lab) {
		l.filter("Even", even)
		for text, want := range map[string]string{
			`{supplier: Alerts, shaper: GenericShaper, directives: []}`:                                                                 "directives: need at least 1 directive",
			`{supplier: Alerts, shaper: GenericShaper}`:                                                                                 "directives: is missing",
			`{supplier: Nobody, shaper: GenericShaper, directives: [{channel: A}]}`:                                                     "supplier.unit: unknown unit",
			`{supplier: Alerts, shaper: Even, directives: [{channel: A}]}`:                                                              "shaper.unit: Even is a AlertFilter, not a Shaper",
			`{supplier: Alerts, shaper: GenericShaper, iter_max: -1, directives: [{channel: A}]}`:                                       "iter_max: is below zero",
			`{supplier: Alerts, shaper: GenericShaper, ingester: {ops: 0}, directives: [{channel: A}]}`:                                 "ingester.ops",
			`{supplier: Alerts, shaper: GenericShaper, compiler_opts: {t1: {hash_size: 64}}, directives: [{channel: A}]}`:               "compiler_opts.t1.hash_size",
			config(`[{channel: A}, {channel: A}]`):                                                                                      "directives[1].channel",
			config(`[{channel: any}]`):                                                                                                  "directives[0].channel",
			config(`[{channel: a.b}]`):                                                                                                  "directives[0].channel",
			config(`[{channel: A, filter: {unit: Even, on_stock_match: maybe}}]`):                                                       "directives[0].filter.on_stock_match",
			config(`[{channel: A, filter: {unit: GenericShaper}}]`):                                                                     "directives[0].filter.unit",
			config(`[{channel: A, filter: {unit: Even, config: {x: 1}}}]`):                                                              "directives[0].filter.config.x: unknown key",
			config(`[{channel: A, ingest: {stock_t2: [{unit: Nope}]}}]`):                                                                "directives[0].ingest.stock_t2[0].unit",
			config(`[{channel: A, ingest: {point_t2: [{unit: T0TestStock}]}}]`):                                                         "directives[0].ingest.point_t2[0].unit",
			config(`[{channel: A, ingest: {combine: [{unit: T1SimpleCombiner, state_t2: [{unit: T0TestState, config: {nota: 1}}]}]}}]`): "directives[0].ingest.combine[0].state_t2[0].config.nota",
			config(`[{channel: A, ingest: {combine: [{unit: T1SimpleCombiner, group: 0}]}}]`):                                           "directives[0].ingest.combine[0].group",
			config(`[{channel: A, ingest: {mux: {unit: T1SimpleCombiner}}}]`):                                                           "directives[0].ingest.mux.unit",
			config(`[{channel: A, ingest: {mux: {unit: ZTFMuxer, combine: [{unit: Nope}]}}}]`):                                          "directives[0].ingest.mux.combine[0].unit",
			config(`[{channel: A, ingest: {new: {}, stock_t2: [{unit: T0TestStock}]}}]`):                                                "directives[0].ingest: new and known",
			config(`[{channel: A, ingest: {known: {new: {}}}}]`):                                                                        "directives[0].ingest.known",
		} {
			_, err := l.build(text)
			require.ErrorContains(l, err, want, text)
		}
		require.Empty(l, all[ampel.EventDocument](l, "event"), "nothing has begun")
	})
}

// limits: when a run ends before its supply.
func (s *suite) limits(t *testing.T) {
	many := func(n int) []*t0.Alert {
		var out []*t0.Alert
		for i := range n {
			out = append(out, alert(int64(i+1), int64(i+1), int64(i+1)))
		}
		return out
	}
	s.run(t, "iter_max", func(l *lab) {
		n := s.Many / 2
		conf := fmt.Sprintf(`{supplier: Alerts, shaper: GenericShaper, iter_max: %d, directives: [{channel: A}]}`, n)
		require.Equal(l, n, l.ingest(conf, many(s.Many)...))
		require.EqualValues(l, n, l.counted("alerts"))
	})
	s.run(t, "many alerts, small bulks", func(l *lab) {
		n := s.Many
		require.Equal(l, n, l.ingest(`{supplier: Alerts, shaper: GenericShaper, ingester: {ops: 7, wait: 1s}, directives: `+threeUnits+`}`, many(n)...))
		require.Len(l, l.stocks(), n)
		require.Len(l, l.tickets(), 3*n)
	})
	s.run(t, "error_max", func(l *lab) {
		taken := 0
		l.supply = t0.SupplierFunc(func(context.Context) (pl.Stage[t0.Delivery], error) {
			return pl.FromSeq(func(yield func(t0.Delivery) bool) {
				for i := range int64(100_000) {
					taken++
					d := t0.Delivery{Alert: alert(i, i, i)}
					if i%2 == 1 {
						d = t0.Delivery{Err: fmt.Errorf("packet %d", i)}
					}
					if !yield(d) {
						return
					}
				}
			}), nil
		})
		r, err := l.run(`{supplier: Alerts, shaper: GenericShaper, error_max: 5, directives: [{channel: A}]}`)
		require.NoError(l, err)
		require.Equal(l, ampel.EventException, r.Code)
		require.Less(l, taken, 50_000)
		require.GreaterOrEqual(l, r.Docs, 5, "the good ones are stored")
		require.Len(l, l.stocks(), r.Docs)
		require.Contains(l, l.troubles()[5].Msg, "raise error_max")
	})
	s.run(t, "6.7: canceled, alerts are whole", func(l *lab) {
		ctx, cancel := context.WithCancel(l.Context())
		l.supply = t0.SupplierFunc(func(context.Context) (pl.Stage[t0.Delivery], error) {
			return pl.FromSeq(func(yield func(t0.Delivery) bool) {
				for i := range int64(100_000) {
					if i == int64(4*s.Many) {
						cancel()
					}
					if !yield(t0.Delivery{Alert: alert(i, i, i)}) {
						return
					}
				}
			}), nil
		})
		runner, err := l.build(`{supplier: Alerts, shaper: GenericShaper, ingester: {ops: 20}, directives: ` + threeUnits + `}`)
		require.NoError(l, err)
		r, err := runner.Run(ctx)
		require.ErrorIs(l, err, context.Canceled)
		require.Equal(l, ampel.EventAborted, r.Code)
		require.Less(l, r.Docs, 100_000)
		l.now = l.now.AddDate(0, 0, 1)
		require.Equal(l, ampel.EventAborted, l.event().Code)
		require.Empty(l, l.troubles())
		require.Len(l, l.stocks(), r.Docs)
		require.Len(l, l.points(), r.Docs)
		require.Len(l, l.tickets(), 3*r.Docs)
		for _, d := range l.stocks() {
			require.Len(l, d.Journal, 1)
		}
	})
}
