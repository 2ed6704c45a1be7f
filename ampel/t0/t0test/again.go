package t0test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/t1"
)

// again: what happens when alerts come again, or more of them about one stock.
func (s *suite) again(t *testing.T) {
	s.run(t, "6.7: the same alert again changes nothing", func(l *lab) {
		l.ingest(config(threeUnits), alert(7, 1, 1, 2, 3))
		before := l.dump()
		require.Zero(l, l.ingest(config(threeUnits), alert(7, 1, 1, 2, 3)))
		require.EqualValues(l, 1, l.counted("known"))
		require.Equal(l, before, l.dump())
		require.Zero(l, l.ingest(config(threeUnits), alert(7, 1, 1, 2, 3), alert(7, 1, 1, 2, 3)))
		require.Equal(l, before, l.dump())
	})
	s.run(t, "6.7: the same points in another alert keep results, metadata grow", func(l *lab) {
		l.ingest(config(threeUnits), alert(7, 1, 1, 2, 3))
		_, err := l.env.DB.Collection("t2").UpdateMany(l.Context(), bson.D{}, bson.D{
			{Key: "$set", Value: bson.D{{Key: "code", Value: ampel.OK}}},
			{Key: "$push", Value: bson.D{{Key: "body", Value: bson.D{{Key: "x", Value: 1}}}}},
		})
		require.NoError(l, err)
		require.Equal(l, 1, l.ingest(config(threeUnits), alert(8, 1, 1, 2, 3)))
		require.Len(l, l.points(), 3)
		for _, p := range l.points() {
			require.Len(l, p.Meta, 2)
		}
		require.Len(l, l.states(), 1)
		require.Len(l, l.states()[0].Meta, 2)
		tickets := l.tickets()
		require.Len(l, tickets, 5)
		for _, d := range tickets {
			require.Equal(l, ampel.OK, d.Code)
			require.Len(l, d.Body, 1)
			require.Len(l, d.Meta, 2)
		}
		require.Len(l, l.stocks()[0].Journal, 2)
	})
	s.run(t, "6.7: another alert with one more point", func(l *lab) {
		l.ingest(config(threeUnits), alert(7, 1, 1, 2, 3), alert(8, 1, 1, 2, 3, 4))
		require.Len(l, l.points(), 4)
		require.Len(l, l.states(), 2)
		require.Equal(l, t1.NewLinker().Link([]int64{1, 2, 3, 4}), l.states()[1].Link)
		count := map[string]int{}
		for _, d := range l.tickets() {
			count[d.Unit]++
			if d.Unit == "T0TestStock" {
				require.Len(l, d.Meta, 2)
			}
		}
		require.Equal(l, map[string]int{"T0TestStock": 1, "T0TestPoint": 4, "T0TestState": 2}, count)
	})
	s.run(t, "the history of the alerts before, written or not", func(l *lab) {
		l.history("History")
		conf := config(`[{channel: A, ingest: {mux: {unit: History, combine: [{unit: T1SimpleCombiner}]}}}]`)
		l.ingest(conf, alert(1, 1, 1), alert(2, 1, 2), alert(3, 2, 3))
		l.ingest(conf, alert(4, 1, 4))
		var dps [][]int64
		for _, d := range l.states() {
			dps = append(dps, d.DPS)
		}
		require.ElementsMatch(l, [][]int64{{1}, {1, 2}, {3}, {1, 2, 4}}, dps)
	})
	s.run(t, "a point that a channel combines is one that it sees", func(l *lab) {
		l.history("History")
		l.ingest(config(`[{channel: A}]`), alert(1, 1, 1))
		l.ingest(config(`[{channel: B, ingest: {mux: {unit: History, combine: [{unit: T1SimpleCombiner}]}}}]`), alert(2, 1, 2))
		require.Equal(l, ampel.Names("A", "B"), l.points()[0].Channel)
		require.Equal(l, ampel.Names("B"), l.points()[1].Channel)
	})
	s.run(t, "a point of two stocks", func(l *lab) {
		l.ingest(config(`[{channel: A}]`), alert(1, 1, 5), alert(2, 2, 5))
		require.Len(l, l.points(), 1)
		require.Equal(l, []ampel.StockID{ampel.IntID(1), ampel.IntID(2)}, l.points()[0].Stock)
	})
	s.run(t, "a known alert for one more channel", func(l *lab) {
		l.ingest(config(`[{channel: A, ingest: {stock_t2: [T0TestStock]}}]`), alert(7, 1, 1))
		both := config(`[{channel: A, ingest: {stock_t2: [T0TestStock]}}, {channel: B, ingest: {stock_t2: [T0TestStock]}}]`)
		require.Equal(l, 1, l.ingest(both, alert(7, 1, 1)))
		require.Equal(l, ampel.Names("A", "B"), l.points()[0].Channel)
		require.Equal(l, ampel.Names("A", "B"), l.tickets()[0].Channel)
		journal := l.stocks()[0].Journal
		require.Len(l, journal, 2)
		require.Equal(l, ampel.Labels(ampel.Names("B")), journal[1].Channel)
		require.Zero(l, l.ingest(both, alert(7, 1, 1)))
	})
	// What a kill leaves behind: some collections have been written.
	for i, lost := range [][]string{{"stock"}, {"stock", "t2"}, {"stock", "t2", "t1"}} {
		name := []string{"a kill before the journal", "a kill before the tickets", "a kill before the states"}[i]
		s.run(t, name, func(l *lab) {
			l.history("History")
			conf := config(`[{channel: A, ingest: {stock_t2: [T0TestStock], point_t2: [T0TestPoint], mux: {unit: History,
				combine: [{unit: T1SimpleCombiner, state_t2: [T0TestState]}]}}}]`)
			alerts := []*t0.Alert{alert(1, 1, 1, 2), alert(2, 1, 2, 3), alert(3, 2, 9)}
			l.ingest(conf, alerts...)
			whole := l.dump()
			for _, col := range lost {
				_, err := l.env.DB.Collection(col).DeleteMany(l.Context(), bson.D{})
				require.NoError(l, err)
			}
			l.now = l.now.AddDate(0, 0, 1)
			require.Equal(l, 3, l.ingest(conf, alerts...))
			require.Equal(l, whole, l.dump())
		})
	}
	s.run(t, "a kill in the middle of bulks", func(l *lab) {
		l.history("History")
		conf := config(`[{channel: A, ingest: {stock_t2: [T0TestStock], point_t2: [T0TestPoint], mux: {unit: History,
			combine: [{unit: T1SimpleCombiner, state_t2: [T0TestState]}]}}}]`)
		var alerts []*t0.Alert
		for i := range int64(40) {
			alerts = append(alerts, alert(i, i%7, 1000+i, 2000+i/3))
		}
		l.ingest(conf, alerts...)
		whole := l.dump()
		rng := rand.New(rand.NewPCG(1, 2))
		for _, col := range []string{"stock", "t0", "t1", "t2"} {
			for _, d := range all[bson.M](l, col) {
				if col == "stock" || rng.IntN(2) == 0 {
					_, err := l.env.DB.Collection(col).DeleteOne(l.Context(), bson.D{{Key: "_id", Value: d["_id"]}})
					require.NoError(l, err)
				}
			}
		}
		require.Equal(l, 40, l.ingest(conf, alerts...))
		require.Equal(l, whole, l.dump())
	})
	s.run(t, "two processes take the same alerts in", func(l *lab) {
		var alerts []*t0.Alert
		for i := range int64(200) {
			alerts = append(alerts, alert(i, i%7, 1000+i, 2000+i/3))
		}
		l.supply = t0.Of(alerts...)
		var errs [2]error
		var docs [2]int
		var wg sync.WaitGroup
		for i := range 2 {
			r, err := l.build(`{supplier: Alerts, shaper: GenericShaper, ingester: {ops: 11}, directives: ` + threeUnits + `}`)
			require.NoError(l, err)
			wg.Go(func() {
				var report ampel.Report
				report, errs[i] = r.Run(l.Context())
				errs[i] = errors.Join(append(report.Errors, errs[i])...)
				docs[i] = report.Docs
			})
		}
		wg.Wait()
		require.NoError(l, errors.Join(errs[:]...))
		both := l.dump()
		fresh := l.fresh()
		fresh.ingest(config(threeUnits), alerts...)
		alone := fresh.dump()
		for col := range alone {
			require.Len(l, both[col], len(alone[col]), col)
		}
		journal := 0
		for _, d := range l.stocks() {
			journal += len(d.Journal)
		}
		require.Equal(l, 200, journal, "each alert once")
		for _, d := range l.states() {
			require.Len(l, d.Meta, 1)
		}
	})
}
