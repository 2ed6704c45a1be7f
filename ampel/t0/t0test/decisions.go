package t0test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
)

// even accepts alerts with an even id.
func even(a *t0.Alert) (t0.Verdict, error) {
	if a.ID%2 == 0 {
		return t0.Accept, nil
	}
	return t0.Reject, nil
}

func matching(match string) string {
	return config(`[{channel: A, filter: {unit: Even, on_stock_match: ` + match + `}}]`)
}

// decisions: who gets an alert.
func (s *suite) decisions(t *testing.T) {
	s.run(t, "6.7: no filter, accepted", func(l *lab) {
		require.Equal(l, 1, l.ingest(config(`[{channel: A}]`), alert(7, 1, 1)))
		require.EqualValues(l, 1, l.counted("alerts"))
		require.EqualValues(l, 1, l.counted("accepted.A"))
		n, err := l.env.DB.AlertCount(l.Context(), l.now.AddDate(0, 0, -1))
		require.NoError(l, err)
		require.EqualValues(l, 1, n, "T3 finds the number")
	})
	s.run(t, "a filter rejects, nothing is stored", func(l *lab) {
		l.filter("Even", even)
		require.Equal(l, 1, l.ingest(config(`[{channel: A, filter: {unit: Even, reject: {log: true}}}]`), alert(1, 1, 1), alert(2, 2, 2), alert(3, 3, 3)))
		require.Len(l, l.stocks(), 1)
		require.Len(l, l.points(), 1)
		require.EqualValues(l, 2, l.counted("rejected.A"))
	})
	s.run(t, "each channel has its own filter", func(l *lab) {
		l.filter("Even", even)
		require.Equal(l, 2, l.ingest(config(`[{channel: A, filter: {unit: Even}}, {channel: B}]`), alert(1, 1, 1), alert(2, 2, 2)))
		stocks := l.stocks()
		require.Equal(l, ampel.Names("B"), stocks[0].Channel)
		require.Equal(l, ampel.Names("A", "B"), stocks[1].Channel)
	})
	s.run(t, "groups", func(l *lab) {
		l.filter("ByID", func(a *t0.Alert) (t0.Verdict, error) { return t0.Verdict(a.ID - 10), nil })
		grouped := `[{channel: A, filter: {unit: ByID}, ingest: {
			stock_t2: [{unit: T0TestStock, config: {note: one}, group: 1}, {unit: T0TestStock, config: {note: both}, group: [1, 2]}, {unit: T0TestStock}],
			combine: [{unit: T1SimpleCombiner, group: 2}]}}]`
		require.Equal(l, 3, l.ingest(config(grouped), alert(9, 9, 1), alert(10, 10, 1), alert(11, 11, 1), alert(12, 12, 1), alert(13, 13, 1)))
		count := map[ampel.StockID]int{}
		for _, d := range l.tickets() {
			count[d.Stock]++
		}
		require.Equal(l, map[ampel.StockID]int{ampel.IntID(11): 3, ampel.IntID(12): 2, ampel.IntID(13): 1}, count)
		require.Len(l, l.states(), 1)
		require.Equal(l, ampel.IntID(12), l.states()[0].Stock)
	})
	s.run(t, "without a group all units run", func(l *lab) {
		l.filter("Even", even)
		l.ingest(config(`[{channel: A, filter: {unit: Even}, ingest: {stock_t2: [{unit: T0TestStock, group: 4}]}}]`), alert(2, 1, 1))
		require.Len(l, l.tickets(), 1)
	})
	for _, match := range []string{"bypass", "overrule", "silent_overrule"} {
		s.run(t, match+" of a stock that the channel knows", func(l *lab) {
			l.filter("Even", even)
			// Stock 1 is known when 3 comes, stock 2 when 7 comes in the second run.
			require.Equal(l, 3, l.ingest(matching(match), alert(1, 1, 1), alert(2, 1, 2), alert(3, 1, 3), alert(5, 2, 4), alert(6, 2, 5)))
			require.Equal(l, 1, l.ingest(matching(match), alert(7, 2, 6)))
			overruled := map[string]int64{"overrule": 1}[match]
			require.Equal(l, overruled, l.counted("overruled"))
			require.Zero(l, l.counted("rejected.A"))
		})
	}
	s.run(t, "without on_stock_match it does not matter what is known", func(l *lab) {
		l.filter("Even", even)
		require.Equal(l, 1, l.ingest(config(`[{channel: A, filter: {unit: Even}}]`), alert(2, 1, 2), alert(3, 1, 3)))
	})
	s.run(t, "alerts that come again are decided as before", func(l *lab) {
		l.filter("Even", even)
		alerts := []*t0.Alert{alert(1, 1, 1), alert(2, 1, 2), alert(3, 1, 3)}
		require.Equal(l, 2, l.ingest(matching("bypass"), alerts...))
		before := l.dump()
		require.Zero(l, l.ingest(matching("bypass"), alerts...), "alert 1 came before the stock was known")
		require.Equal(l, before, l.dump())
	})
	s.run(t, "a stock that is in the channel by other means is known", func(l *lab) {
		l.filter("Even", even)
		_, err := l.env.DB.Collection("stock").InsertOne(l.Context(), bson.M{"stock": int64(1), "channel": bson.A{"A"}, "journal": bson.A{}})
		require.NoError(l, err)
		require.Equal(l, 1, l.ingest(matching("bypass"), alert(1, 1, 1), alert(3, 2, 1)))
	})
	s.run(t, "bypass does not care about an error of the filter", func(l *lab) {
		l.filter("Even", func(a *t0.Alert) (t0.Verdict, error) {
			if a.ID == 3 {
				return t0.Reject, errBoom
			}
			return even(a)
		})
		require.Equal(l, 2, l.ingest(matching("bypass"), alert(2, 1, 1), alert(3, 1, 2)))
	})
	s.run(t, "new and known", func(l *lab) {
		dual := config(`[{channel: A, ingest: {new: {stock_t2: [T0TestStock]}, known: {point_t2: [T0TestPoint]}}}]`)
		l.ingest(dual, alert(1, 1, 1), alert(2, 1, 2))
		l.ingest(dual, alert(3, 1, 3))
		var links []string
		for _, d := range l.tickets() {
			links = append(links, d.Unit+" "+d.Link.String())
		}
		require.ElementsMatch(l, []string{"T0TestStock 1", "T0TestPoint 2", "T0TestPoint 3"}, links)
	})
	s.run(t, "excluded points", func(l *lab) {
		ampel.Register(l.env.Units, "Excluding", func(*ampel.Env, struct{}) (t0.Shaper, error) {
			return t0.ShaperFunc(func(context.Context, *t0.Alert) ([]ampel.DataPoint, error) {
				return []ampel.DataPoint{{ID: 1}, {ID: 2, Excl: ampel.Names("A")}}, nil
			}), nil
		})
		ingest := `ingest: {combine: [{unit: T1SimpleCombiner}]}`
		l.ingest(`{supplier: Alerts, shaper: Excluding, directives: [{channel: A, `+ingest+`}, {channel: B, `+ingest+`}]}`, alert(1, 1))
		states := l.states()
		require.Len(l, states, 2)
		for _, d := range states {
			require.Len(l, d.DPS, map[string]int{"A": 1, "B": 2}[d.Channel[0].String()])
		}
		require.Equal(l, ampel.Names("A"), l.points()[1].Excl)
	})
}
