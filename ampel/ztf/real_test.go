package ztf_test

import (
	"bytes"
	"compress/gzip"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/avro/ocf"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/ztf"
)

// raw reads the one packet of a file with nothing but the library.
func raw(t *testing.T, data []byte) map[string]any {
	r, err := ocf.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	var v any
	require.NoError(t, r.Decode(&v))
	require.NoError(t, r.Close())
	return v.(map[string]any)
}

func TestRealPackets(t *testing.T) {
	files := realPackets(t)
	require.Len(t, files, 30)
	d := &ztf.Decoder{}
	detections, limits := 0, 0
	for _, f := range files {
		data := read(t, f)
		packets, errs := decoded(d, data)
		require.Empty(t, errs)
		require.Len(t, packets, 1)
		p, want := packets[0], raw(t, data)

		require.Equal(t, want["objectId"], p.ObjectID)
		require.Equal(t, want["candid"], p.Candid)
		require.Equal(t, "3.0", p.Version)
		require.Nil(t, p.Cutouts)
		sameBody(t, want["candidate"].(map[string]any), p.Candidate.Body)
		history, _ := want["prv_candidates"].([]any)
		require.Len(t, p.History, len(history))
		for i, h := range history {
			m := h.(map[string]any)
			sameBody(t, m, p.History[i].Body)
			require.Equal(t, m["magpsf"] != nil, p.History[i].Detection())
			require.Equal(t, m["jd"], p.History[i].JD)
			if m["candid"] == nil {
				limits++
			} else {
				detections++
			}
		}
		detections++
		require.Equal(t, want["candidate"].(map[string]any)["isdiffpos"] == "t", p.Candidate.Positive)
		require.Equal(t, 0, p.Extra.Len())
	}
	gotDetections, gotLimits := 0, 0
	for _, f := range files {
		packets, _ := decoded(d, read(t, f))
		n, m := packets[0].Points()
		gotDetections += n
		gotLimits += m
	}
	require.Equal(t, detections, gotDetections)
	require.Equal(t, limits, gotLimits)
	t.Logf("%d detections and %d upper limits", detections, limits)
}

// sameBody compares a document with what was decoded: the same fields, in the order
// of the schema, with the same values.
func sameBody(t *testing.T, want map[string]any, body ampel.Value) {
	t.Helper()
	n := 0
	for name, got := range body.Fields() {
		v, ok := want[name]
		require.True(t, ok, name)
		n++
		switch v := v.(type) {
		case nil:
			require.True(t, got.IsNull(), name)
		case float32:
			f, ok := got.Float()
			require.True(t, ok, name)
			require.Equal(t, math.Float32bits(v), math.Float32bits(float32(f)), name)
		case float64:
			f, ok := got.Float()
			require.True(t, ok, name)
			require.Equal(t, math.Float64bits(v), math.Float64bits(f), name)
		case int32:
			require.EqualValues(t, v, got.Any(), name)
		default:
			require.Equal(t, v, got.Any(), name)
		}
	}
	require.Equal(t, len(want), n)
}

func TestCutoutsOnRequest(t *testing.T) {
	data := read(t, realPackets(t)[0])
	packets, errs := decoded(&ztf.Decoder{Cutouts: true}, data)
	require.Empty(t, errs)
	c := packets[0].Cutouts
	require.NotNil(t, c)
	for _, cut := range []ztf.Cutout{c.Science, c.Template, c.Difference} {
		require.True(t, strings.HasSuffix(cut.FileName, ".fits.gz"), cut.FileName)
		z, err := gzip.NewReader(bytes.NewReader(cut.Data))
		require.NoError(t, err)
		head := make([]byte, 6)
		_, err = z.Read(head)
		require.NoError(t, err)
		require.Equal(t, "SIMPLE", string(head), "FITS begins with it")
	}
	without, _ := decoded(&ztf.Decoder{}, data)
	require.Equal(t, packets[0].Candidate.Body, without[0].Candidate.Body)
	require.Nil(t, without[0].Cutouts)
}

func TestRealPacketsCanBeWritten(t *testing.T) {
	for _, f := range realPackets(t) {
		packets, _ := decoded(&ztf.Decoder{Cutouts: true}, read(t, f))
		p := packets[0]
		// What the version of the file does not have yet, and the new one needs.
		if !p.Candidate.Body.Has("drbversion") {
			m := p.Candidate.Body.Any().(map[string]any)
			m["drbversion"] = ""
			q := *p.Candidate
			q.Body = ampel.MustValue(m)
			p.Candidate = &q
		}
		again, errs := decoded(&ztf.Decoder{Cutouts: true}, encoded(t, p))
		require.Empty(t, errs)
		require.Equal(t, p.Cutouts, again[0].Cutouts)
		require.Equal(t, p.Candidate.Mag, again[0].Candidate.Mag)
		require.Len(t, again[0].History, len(p.History))
	}
}

func BenchmarkDecode(b *testing.B) {
	files := realPackets(b)
	var data [][]byte
	for _, f := range files {
		data = append(data, read(b, f))
	}
	for name, cutouts := range map[string]bool{"points": false, "cutouts": true} {
		b.Run(name, func(b *testing.B) {
			d := &ztf.Decoder{Cutouts: cutouts}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				for _, err := range d.Decode(files[i], data[i]) {
					require.NoError(b, err)
				}
				i = (i + 1) % len(data)
			}
		})
	}
}
