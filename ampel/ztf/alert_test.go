package ztf_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/ztf"
)

func TestAlert(t *testing.T) {
	p := *simulated(t, 1)[0]
	p.Source = "night.tar"
	a, err := p.Alert()
	require.NoError(t, err)
	require.Equal(t, p.Candid, a.ID)
	require.Equal(t, ampel.Names(p.ObjectID), a.Name)
	require.Equal(t, p.Candidate.Body, a.Datapoints[0])
	require.Len(t, a.Datapoints, 1+len(p.History))
	last := 0.0
	for _, d := range a.Datapoints {
		jd, ok := d.Get("jd").Float()
		require.True(t, ok)
		require.True(t, last == 0 || jd < last, "newest first")
		last = jd
	}
	require.Equal(t, `"night.tar"`, a.Extra["source"].String())
	require.Equal(t, `"3.3"`, a.Extra["schemavsn"].String())

	p.ObjectID = "M31"
	_, err = p.Alert()
	var bad *ztf.PacketError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, "objectId", bad.Field)
}
