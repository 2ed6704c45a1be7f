package t3test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

func labels(s ...string) ampel.Labels { return ampel.Labels(ampel.Names(s...)) }

// full stores a stock of three channels, and loads it.
func full(t *testing.T, env *ampel.Env) *ampel.AmpelBuffer {
	at, id := ampel.StockTime{Tied: 1, Upd: 2}, ampel.IntID(1)
	insert(t, env, "stock", ampel.StockDocument{
		Stock: id, Channel: labels("A", "B", "C"), Tag: labels("T"), Name: labels("n"), Updated: 5,
		TS: map[string]ampel.StockTime{"any": at, "A": at, "B": at},
		Journal: []ampel.JournalRecord{
			{Run: 1, Channel: labels("A")}, {Run: 2, Channel: labels("A", "B")}, {Run: 3, Channel: labels("B")}, {Run: 4}, {Run: 5, Channel: labels("B", "C")},
		},
	})
	insert(t, env, "t0", ampel.DataPoint{ID: 1, Stock: []ampel.StockID{id}, Channel: labels("C")})
	insert(t, env, "t1", ampel.T1Document{Stock: id, Link: 1, Channel: labels("A", "B")}, ampel.T1Document{Stock: id, Link: 2, Channel: labels("B")})
	insert(t, env, "t2", ampel.T2Document{Stock: id, Unit: "U", Channel: labels("A", "B", "C")},
		ampel.T2Document{Stock: id, Unit: "V", Channel: labels("C")}, ampel.T2Document{Stock: id, Unit: "W"})
	l, err := build[t3.Loader](env, "T3SimpleDataLoader", `{directives: [STOCK, T0, T1, T2]}`)
	require.NoError(t, err)
	out, err := l.Load(t.Context(), []ampel.StockID{id})
	require.NoError(t, err)
	out[0].Extra = map[string]any{"x": 1}
	out[0].Logs = []ampel.LogDocument{{Message: "m"}}
	return out[0]
}

func project(t *testing.T, env *ampel.Env, in *ampel.AmpelBuffer, unit, yaml string) []*ampel.AmpelBuffer {
	t.Helper()
	p, err := build[t3.Projector](env, unit, yaml)
	require.NoError(t, err)
	before := in.Clone()
	out, err := p.Project([]*ampel.AmpelBuffer{in})
	require.NoError(t, err)
	require.Equal(t, before, in, "the buffer that came in is as it was")
	return out
}

func (s *suite) projectors(t *testing.T) {
	env := s.env(t)
	in := full(t, env)
	s.run(t, "6.5-channel: one", func(t *testing.T) {
		out := project(t, env, in, "T3ChannelProjector", `{channel: A}`)[0]
		require.EqualValues(t, labels("A"), out.Stock.Channel)
		require.Equal(t, map[string]ampel.StockTime{"A": {Tied: 1, Upd: 2}}, out.Stock.TS)
		require.Len(t, out.Stock.Journal, 2)
		for i, r := range out.Stock.Journal {
			require.EqualValues(t, i+1, r.Run)
			require.Equal(t, labels("A"), r.Channel)
		}
		require.Len(t, out.T1, 1)
		require.EqualValues(t, labels("A"), out.T1[0].Channel)
		require.Len(t, out.T2, 1)
		require.EqualValues(t, labels("A"), out.T2[0].Channel)
		require.Equal(t, in.T0, out.T0)
		require.Equal(t, in.Logs, out.Logs)
		require.Equal(t, in.Extra, out.Extra)
		require.Equal(t, in.Stock.Tag, out.Stock.Tag)
		require.Equal(t, in.Stock.Name, out.Stock.Name)
		require.Equal(t, in.Stock.Updated, out.Stock.Updated)
	})
	for _, unit := range []string{"T3ChannelProjector", "T3MultiChannelProjector"} {
		for _, logic := range []string{"any_of", "all_of", "one_of"} {
			s.run(t, "6.5-channel: several, "+unit+" "+logic, func(t *testing.T) {
				out := project(t, env, in, unit, `{channel: {`+logic+`: [A, B]}}`)[0]
				require.EqualValues(t, labels("A", "B"), out.Stock.Channel)
				require.Len(t, out.Stock.TS, 2)
				var journal []ampel.Labels
				for _, r := range out.Stock.Journal {
					journal = append(journal, r.Channel)
				}
				require.Equal(t, []ampel.Labels{labels("A"), labels("A", "B"), labels("B"), labels("B")}, journal)
				require.Len(t, out.T1, 2)
				require.EqualValues(t, labels("A", "B"), out.T1[0].Channel)
				require.EqualValues(t, labels("B"), out.T1[1].Channel)
				require.Len(t, out.T2, 1)
				require.EqualValues(t, labels("A", "B"), out.T2[0].Channel)
			})
		}
	}
	s.run(t, "6.5-channel: none of the stock's", func(t *testing.T) {
		require.Empty(t, project(t, env, in, "T3ChannelProjector", `{channel: Z}`))
		out := project(t, env, in, "T3ChannelProjector", `{channel: Z, remove_empty: false}`)[0]
		require.Empty(t, out.Stock.Channel)
		require.Empty(t, out.Stock.TS)
		require.Empty(t, out.Stock.Journal)
		require.NotNil(t, out.T1)
		require.Empty(t, out.T1)
		require.Empty(t, out.T2)
	})
}
