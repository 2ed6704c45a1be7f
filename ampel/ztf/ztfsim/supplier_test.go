package ztfsim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/ztf/ztfsim"
)

func TestSupplier(t *testing.T) {
	r := ampel.NewRegistry()
	ampel.Register(r, "ZTFSimulationSupplier", ztfsim.NewSupplier)
	var u ampel.UnitOf[t0.AlertSupplier]
	require.NoError(t, u.DecodeConfig(map[string]any{"unit": "ZTFSimulationSupplier", "config": map[string]any{"alerts": int64(300), "seed": int64(4)}}))
	require.NoError(t, u.Check(r))
	supplier, _, err := u.Build(&ampel.Env{Units: r})
	require.NoError(t, err)
	stage, err := supplier.Alerts(t.Context())
	require.NoError(t, err)
	var ids []int64
	for d, err := range stage.All(t.Context()) {
		require.NoError(t, err)
		require.NoError(t, d.Err)
		ids = append(ids, d.Alert.ID)
	}
	i := 0
	for p := range newSurvey(t, ztfsim.ForAlerts(300, 4)).Packets() {
		require.Equal(t, p.Candid, ids[i])
		i++
	}
	require.Len(t, ids, i)

	require.NoError(t, u.DecodeConfig(map[string]any{"unit": "ZTFSimulationSupplier", "config": map[string]any{"alerts": int64(0)}}))
	require.Error(t, u.Check(r))
}
