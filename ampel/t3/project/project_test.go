package project_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/catalog"
)

func projector(unit, yaml string) (t3.Projector, error) {
	v, err := job.DecodeYAML([]byte(yaml))
	if err != nil {
		return nil, err
	}
	u := ampel.UnitOf[t3.Projector]{UnitModel: ampel.UnitModel{Unit: unit, Config: v.(map[string]any)}}
	p, _, err := u.Build(&ampel.Env{Units: catalog.New()})
	return p, err
}

func labels(s ...string) ampel.Labels { return ampel.Labels(ampel.Names(s...)) }

func buffer() *ampel.AmpelBuffer {
	at := ampel.StockTime{Tied: 1, Upd: 2}
	return &ampel.AmpelBuffer{
		ID: ampel.IntID(1),
		Stock: &ampel.StockDocument{
			Stock: ampel.IntID(1), Channel: labels("A", "B", "C"), Tag: labels("T"), Name: labels("n"), Updated: 5,
			TS: map[string]ampel.StockTime{"any": at, "A": at, "B": at},
			Journal: []ampel.JournalRecord{
				{Run: 1, Channel: labels("A")}, {Run: 2, Channel: labels("A", "B")}, {Run: 3, Channel: labels("B")}, {Run: 4}, {Run: 5, Channel: labels("B", "C")},
			},
		},
		T0:    []ampel.DataPoint{{ID: 1, Channel: labels("C")}},
		T1:    []ampel.T1Document{{Link: 1, Channel: labels("A", "B")}, {Link: 2, Channel: labels("B")}},
		T2:    []ampel.T2Document{{Unit: "U", Channel: labels("A", "B", "C")}, {Unit: "V", Channel: labels("C")}, {Unit: "W"}},
		Logs:  []ampel.LogDocument{{Message: "m"}},
		Extra: map[string]any{"x": 1},
	}
}

func project(t *testing.T, unit, yaml string) []*ampel.AmpelBuffer {
	t.Helper()
	p, err := projector(unit, yaml)
	require.NoError(t, err)
	in := buffer()
	out, err := p.Project([]*ampel.AmpelBuffer{in})
	require.NoError(t, err)
	require.Equal(t, buffer(), in, "the buffer that came in is as it was")
	return out
}

func TestProjectors(t *testing.T) {
	t.Run("options of the channel projector", func(t *testing.T) {
		require.Len(t, project(t, "T3ChannelProjector", `{channel: A, keep_unbound: true}`)[0].Stock.Journal, 3)
		out := project(t, "T3ChannelProjector", `{channel: A, strip_channel: true}`)[0]
		require.Empty(t, out.Stock.Channel)
		require.Len(t, out.Stock.Journal, 2)
		require.Empty(t, out.Stock.Journal[0].Channel)
		require.Len(t, out.T1, 1)
		require.Empty(t, out.T1[0].Channel)
		p, err := projector("T3ChannelProjector", `{channel: A, unalterable: false}`)
		require.NoError(t, err)
		in := buffer()
		got, err := p.Project([]*ampel.AmpelBuffer{in})
		require.NoError(t, err)
		require.Same(t, in, got[0])
	})
	t.Run("base", func(t *testing.T) {
		out := project(t, "T3BaseProjector", `{field_projectors: [{discard: t0}, {discard: extra}]}`)[0]
		require.Nil(t, out.T0)
		require.Nil(t, out.Extra)
		require.Len(t, out.T1, 2)
		for _, bad := range []string{`{field_projectors: [{discard: t9}]}`, `{field_projectors: [{key: t0}]}`, `{field_projectors: [{key: t0, discard: t1}]}`} {
			_, err := projector("T3BaseProjector", bad)
			require.Error(t, err, bad)
		}
		_, err := projector("T3ChannelProjector", `{}`)
		var conf *ampel.ConfigError
		require.ErrorAs(t, err, &conf)
		require.Equal(t, "config.channel", conf.Path)
	})
}
