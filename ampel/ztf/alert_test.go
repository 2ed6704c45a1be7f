package ztf_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/ztf"
)

func TestNamesAndNumbers(t *testing.T) {
	for name, n := range map[string]int64{
		"ZTF17aaaaaaa": 0,
		"ZTF18aaaaaaa": 1,
		"ZTF17aaaaaab": 16,
		"ZTF32zzzzzzz": (26*26*26*26*26*26*26-1)*16 + 15,
	} {
		id, err := ztf.StockID(name)
		require.NoError(t, err)
		require.Equal(t, ampel.IntID(n), id)
	}
	for _, name := range []string{"", "ZTF", "ZTF16aaaaaaa", "ZTF33aaaaaaa", "ZTF18aaaaaa", "ZTF18aaaaaaA", "ztf18aaaaaaa", "ZTF1xaaaaaaa", "ZTF/8aaaaaaa"} {
		_, err := ztf.StockID(name)
		require.Error(t, err, name)
	}
	for _, id := range []ampel.StockID{ampel.TextID("x"), ampel.IntID(-1), ampel.IntID(26 * 26 * 26 * 26 * 26 * 26 * 26 * 16)} {
		_, ok := ztf.StockName(id)
		require.False(t, ok)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`ZTF(1[7-9]|2[0-9]|3[0-2])[a-z]{7}`).Draw(t, "name")
		id, err := ztf.StockID(name)
		require.NoError(t, err)
		back, ok := ztf.StockName(id)
		require.True(t, ok)
		require.Equal(t, name, back)
	})
}

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
