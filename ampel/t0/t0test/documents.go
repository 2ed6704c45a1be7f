package t0test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t1"
)

const threeUnits = `[{channel: A, ingest: {
	stock_t2: [{unit: T0TestStock}],
	point_t2: [{unit: T0TestPoint, config: {note: x}}],
	combine: [{unit: T1SimpleCombiner, state_t2: [{unit: T0TestState}]}]}}]`

// documents: what an accepted alert leaves behind.
func (s *suite) documents(t *testing.T) {
	s.run(t, "6.7: three points, no units", func(l *lab) {
		require.Equal(l, 1, l.ingest(config(`[{channel: A}]`), alert(7, 1, 1, 2, 3)))
		require.Len(l, l.points(), 3)
		require.Empty(l, l.states())
		require.Empty(l, l.tickets())
		stocks := l.stocks()
		require.Len(l, stocks, 1)
		require.Equal(l, ampel.IntID(1), stocks[0].Stock)
		require.EqualValues(l, ampel.Names("A"), stocks[0].Channel)
		require.Equal(l, ampel.Names("n"), stocks[0].Name)
	})
	s.run(t, "6.7: stock, point and state units", func(l *lab) {
		l.ingest(config(threeUnits), alert(7, 1, 1, 2, 3))
		link := t1.NewLinker().Link([]int64{1, 2, 3})
		states := l.states()
		require.Len(l, states, 1)
		require.Equal(l, link, states[0].Link)
		require.Equal(l, []int64{1, 2, 3}, states[0].DPS)
		require.Empty(l, states[0].Unit)
		tickets := l.tickets()
		require.Len(l, tickets, 1+3+1)
		note, err := ampel.ConfigID(ampel.Config{"note": "x"})
		require.NoError(l, err)
		var points []ampel.Link
		for _, d := range tickets {
			require.Equal(l, ampel.CodeNew, d.Code)
			require.EqualValues(l, ampel.Names("A"), d.Channel)
			require.Empty(l, d.Body)
			require.Len(l, d.Meta, 1)
			switch d.Unit {
			case "T0TestStock":
				require.Equal(l, ampel.ColStock, d.Col)
				require.Equal(l, ampel.IntID(1), d.Link)
				require.True(l, d.Config.IsNull())
			case "T0TestPoint":
				require.Equal(l, ampel.ColT0, d.Col)
				n, _ := d.Config.Int()
				require.Equal(l, note, n)
				points = append(points, d.Link)
			case "T0TestState":
				require.Empty(l, d.Col)
				require.Equal(l, ampel.IntID(link), d.Link)
			}
		}
		require.ElementsMatch(l, []ampel.Link{ampel.IntID(1), ampel.IntID(2), ampel.IntID(3)}, points)
		conf, err := l.env.DB.Config(note)
		require.NoError(l, err)
		require.Equal(l, map[string]any{"note": "x"}, conf.Any())
	})
	s.run(t, "6.7: retro combiner", func(l *lab) {
		l.ingest(config(`[{channel: A, ingest: {combine: [{unit: T1SimpleRetroCombiner, state_t2: [{unit: T0TestState}]}]}}]`), alert(7, 1, 1, 2, 3))
		var dps [][]int64
		for _, d := range l.states() {
			dps = append(dps, d.DPS)
		}
		require.ElementsMatch(l, [][]int64{{1}, {1, 2}, {1, 2, 3}}, dps)
		require.Len(l, l.tickets(), 3)
	})
	s.run(t, "6.7: a muxer adds five points", func(l *lab) {
		l.adder("Add", 11, 12, 13, 14, 15)
		l.ingest(config(`[{channel: A, ingest: {mux: {unit: Add, combine: [T1SimpleCombiner]}}}]`), alert(7, 1, 1, 2, 3))
		require.Len(l, l.points(), 8)
		require.Equal(l, []int64{1, 2, 3, 11, 12, 13, 14, 15}, l.states()[0].DPS)
	})
	s.run(t, "6.7: one channel muxes, the other does not", func(l *lab) {
		l.adder("Add", 11, 12, 13, 14, 15)
		l.ingest(config(`[
			{channel: TEST, ingest: {combine: [{unit: T1SimpleCombiner}]}},
			{channel: LONG, ingest: {mux: {unit: Add, combine: [{unit: T1SimpleCombiner}]}}}]`), alert(7, 1, 1, 2, 3))
		seen := map[string]int{}
		for _, p := range l.points() {
			for _, c := range p.Channel {
				seen[c.String()]++
			}
		}
		require.Equal(l, map[string]int{"TEST": 3, "LONG": 8}, seen)
		states := l.states()
		require.Len(l, states, 2)
		require.Len(l, states[0].Channel, 1)
		require.Len(l, states[1].Channel, 1)
		require.NotEqual(l, states[0].Channel, states[1].Channel)
	})
	s.run(t, "channels of one alert share documents, each written once", func(l *lab) {
		l.ingest(config(`[
			{channel: A, ingest: {stock_t2: [T0TestStock], combine: [{unit: T1SimpleCombiner, state_t2: [{unit: T0TestState}]}]}},
			{channel: 5, ingest: {stock_t2: [T0TestStock], combine: [{unit: T1SimpleCombiner, state_t2: [{unit: T0TestState}]}]}}]`), alert(7, 1, 1, 2))
		both := []ampel.ChannelID{ampel.Name("A"), ampel.Number(5)}
		for _, d := range l.points() {
			require.Equal(l, both, d.Channel)
			require.Len(l, d.Meta, 1)
			require.EqualValues(l, both, d.Meta[0].Channel)
		}
		require.Len(l, l.states(), 1)
		require.Equal(l, both, l.states()[0].Channel)
		require.Len(l, l.tickets(), 2)
		for _, d := range l.tickets() {
			require.Equal(l, both, d.Channel)
			require.Len(l, d.Meta, 1)
		}
		require.Equal(l, both, l.stocks()[0].Channel)
		require.Len(l, l.stocks()[0].Journal, 1)
	})
	s.run(t, "the journal names the alert and the extra content that was asked for", func(l *lab) {
		a := alert(7, 1, 1, 2)
		a.Tag = ampel.Names("HOT")
		a.Extra = map[string]ampel.Value{"seen": ampel.MustValue(42), "secret": ampel.MustValue(1)}
		l.ingest(`{supplier: Alerts, shaper: GenericShaper, include_alert_extra_with_keys: [seen, nothing],
			compiler_opts: {stock: {tag: S}, t0: {tag: P}, t1: {tag: C}, t2: {tag: U}}, directives: `+threeUnits+`}`, a)
		stock := l.stocks()[0]
		require.Len(l, stock.Journal, 1)
		r := stock.Journal[0]
		id, _ := r.More["alert"].Int()
		require.EqualValues(l, 7, id)
		require.Equal(l, map[string]any{"seen": int64(42)}, r.Extra.Any())
		require.Equal(l, []any{t1.NewLinker().Link([]int64{1, 2})}, r.More["link"].Any())
		require.EqualValues(l, 0, r.Tier)
		require.EqualValues(l, 1, r.Run)
		require.Equal(l, "proc", r.Process)
		require.Equal(l, ampel.T0AddChannel|ampel.T1AddChannel|ampel.T2AddChannel|ampel.StockAddChannel|
			ampel.StockBumpUpd|ampel.StockAddTag|ampel.StockAddName, r.Action)
		require.Equal(l, ampel.Names("HOT", "S"), stock.Tag)
		require.Equal(l, ampel.Names("HOT", "P"), l.points()[0].Tag)
		require.Equal(l, ampel.Names("HOT", "C"), l.states()[0].Tag)
		require.Equal(l, ampel.Names("HOT", "U"), l.tickets()[0].Tag)
		require.EqualValues(l, l.now.Unix(), l.points()[0].Meta[0].TS)
	})
	s.run(t, "times of the stock, for all channels too", func(l *lab) {
		first := ampel.UnixTime(l.now.Unix())
		l.ingest(config(`[{channel: A}]`), alert(7, 1, 1))
		l.now = l.now.AddDate(0, 0, 1)
		second := ampel.UnixTime(l.now.Unix())
		l.ingest(config(`[{channel: A}, {channel: B}]`), alert(8, 1, 2))
		require.Equal(l, map[string]ampel.StockTime{
			"any": {Tied: first, Upd: second}, "A": {Tied: first, Upd: second}, "B": {Tied: second, Upd: second},
		}, l.stocks()[0].TS)
	})
	s.run(t, "a state with a unit stands beside the plain one", func(l *lab) {
		calls := 0
		l.unit("Count", func(_ context.Context, points []ampel.DataPoint) (any, ampel.DocumentCode, error) {
			calls++
			return bson.M{"n": len(points)}, 3, nil
		})
		combine := `{combine: [{unit: T1SimpleCombiner}, {unit: T1SimpleCombiner, compute: {unit: Count}, state_t2: [{unit: T0TestState}]}]}`
		l.ingest(config(`[{channel: A, ingest: `+combine+`}, {channel: B, ingest: `+combine+`}]`), alert(7, 1, 1, 2))
		require.Equal(l, 1, calls, "once for both channels")
		states := l.states()
		require.Len(l, states, 2)
		plain := slices.IndexFunc(states, func(d ampel.T1Document) bool { return d.Unit == "" })
		require.NotEqual(l, -1, plain)
		computed := states[1-plain]
		require.Equal(l, "Count", computed.Unit)
		require.Equal(l, states[plain].Link, computed.Link)
		require.EqualValues(l, 3, computed.Code)
		require.Len(l, computed.Body, 1)
		require.Equal(l, map[string]any{"n": int64(2)}, computed.Body[0].Any())
		require.Empty(l, states[plain].Body)
		require.Len(l, l.tickets(), 1)
	})
	s.run(t, "points for tickets are picked", func(l *lab) {
		l.ingest(config(`[{channel: A, ingest: {point_t2: [
			{unit: T0TestPoint, config: {note: last}, ingest: {filter: detections, sort: id, slice: last}},
			{unit: T0TestPoint, config: {note: bright}, ingest: {sort: mag, slice: first}},
			{unit: T0TestPoint, config: {note: two}, ingest: {slice: [0, 2]}}]}}]`), alert(7, 1, 3, 9, -4, 1))
		picked := map[string][]string{}
		for _, d := range l.tickets() {
			n, _ := d.Config.Int()
			conf, err := l.env.DB.Config(n)
			require.NoError(l, err)
			note, _ := conf.Get("note").Text()
			picked[note] = append(picked[note], d.Link.String())
		}
		require.Equal(l, map[string][]string{"last": {"9"}, "bright": {"9"}, "two": {"3", "9"}}, picked)
	})
	s.run(t, "nothing to combine", func(l *lab) {
		require.Equal(l, 1, l.ingest(config(threeUnits), alert(7, 1)))
		require.Empty(l, l.states())
		empty, _ := l.stocks()[0].Journal[0].More["combine_empty"].Bool()
		require.True(l, empty)
		require.Len(l, l.tickets(), 1, "the one on the stock")
	})
}
