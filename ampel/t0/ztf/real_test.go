package ztf_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/catalog"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t0"
	packets "github.com/penstock/penstock/ampel/ztf"
)

const realConsumer = `
supplier: Archive
shaper: ZTFShaper
error_max: 0
directives:
- channel: PLAIN
  ingest: {combine: [T1SimpleCombiner]}
- channel: MUXED
  ingest: {mux: {unit: ZTFMuxer, combine: [T1SimpleCombiner]}}
- channel: DECENT
  filter: {unit: DecentFilter, config: {min_rb: 0.3, min_ndet: 2, min_gal_lat: 10}}
`

// Real packets, and some that were damaged: the damaged ones are troubles, and all
// others are ingested.
func TestRealPackets(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/ztf/*.avro")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("there are no real packets in ../shared/data/ztf beside the project")
	}
	dir := t.TempDir()
	// What there is, counted without the parts under test.
	var d packets.Decoder
	type point struct {
		object string
		candid int64
		what   string
	}
	points := map[point]bool{}
	states := map[string]bool{}
	accepted := 0
	for i, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f)), data, 0o600))
		if i == 0 {
			damaged := map[string][]byte{
				"a_truncated.avro": data[:len(data)/2], "b_empty.avro": {}, "c_text.avro": []byte("no packet"),
			}
			for name, data := range damaged {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
			}
		}
		for p, err := range d.Decode(f, data) {
			require.NoError(t, err)
			members := []string{}
			for _, h := range append(slices.Clone(p.History), p.Candidate) {
				key := point{candid: h.Candid}
				if !h.Detection() {
					quadrant, _ := h.Body.Get("rcid").Int()
					key = point{object: p.ObjectID, what: fmt.Sprint(h.JD, h.Band, h.Limit, quadrant)}
				}
				points[key] = true
				members = append(members, fmt.Sprint(key))
			}
			slices.Sort(members)
			states[p.ObjectID+fmt.Sprint(slices.Compact(members))] = true
			accepted++
		}
	}
	require.Equal(t, 30, accepted)

	raw, err := sqlite.OpenMemory()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, raw.Close()) })
	db, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	units := catalog.New()
	ampel.Register(units, "Archive", func(*ampel.Env, struct{}) (t0.AlertSupplier, error) {
		return &packets.Archive{Paths: []string{dir}}, nil
	})
	conf, err := job.DecodeYAML([]byte(realConsumer))
	require.NoError(t, err)
	u := ampel.UnitOf[ampel.Runner]{UnitModel: ampel.UnitModel{Unit: "AlertConsumer", Config: conf.(map[string]any)}}
	r, _, err := u.Build(&ampel.Env{Units: units, DB: db, Process: "real"})
	require.NoError(t, err)
	report, err := r.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, ampel.EventException, report.Code)
	require.Len(t, report.Errors, 3, "one for each damaged file")
	require.Equal(t, 30, report.Docs)
	for col, want := range map[string]int{"t0": len(points), "t1": len(states), "trouble": 3} {
		n, err := db.Collection(col).Count(t.Context(), bson.D{})
		require.NoError(t, err)
		require.EqualValues(t, want, n, col)
	}
	t.Logf("30 alerts, %d datapoints, %d states", len(points), len(states))

	report, err = r.Run(t.Context())
	require.NoError(t, err)
	require.Zero(t, report.Docs, "all of them are known")
}
