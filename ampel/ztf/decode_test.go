package ztf_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/avro"
	"github.com/twmb/avro/ocf"

	"github.com/penstock/penstock/ampel/ztf"
)

func TestRoundTrip(t *testing.T) {
	packets := simulated(t, 20)
	got, errs := decoded(&ztf.Decoder{}, encoded(t, packets...))
	require.Empty(t, errs)
	require.Len(t, got, len(packets))
	for i, want := range packets {
		require.Equal(t, want.ObjectID, got[i].ObjectID)
		require.Equal(t, want.Candid, got[i].Candid)
		require.Equal(t, "file.avro", got[i].Source)
		require.Equal(t, ztf.WrittenVersion, got[i].Version)
		require.Equal(t, want.Publisher, got[i].Publisher)
		samePoint(t, want.Candidate, got[i].Candidate)
		require.Len(t, got[i].History, len(want.History))
		for k, h := range want.History {
			samePoint(t, h, got[i].History[k])
		}
	}
}

// samePoint requires that nothing of want is lost; what is more has to be null.
func samePoint(t *testing.T, want, got *ztf.Point) {
	t.Helper()
	text := func(p *ztf.Point) string {
		q := *p
		q.Body = simulatedNothing
		return fmt.Sprintf("%+v", q) // NaN is not equal to itself
	}
	require.Equal(t, text(want), text(got))
	for name, v := range got.Body.Fields() {
		require.Equal(t, want.Body.Get(name).Any(), v.Any(), name)
	}
	for name := range want.Body.Fields() {
		require.True(t, got.Body.Has(name), name)
	}
}

var simulatedNothing = ztf.Point{}.Body

func TestSamePacketsSameBytes(t *testing.T) {
	packets := simulated(t, 3)
	require.Equal(t, encoded(t, packets...), encoded(t, packets...))
}

func TestEncodeErrors(t *testing.T) {
	_, err := ztf.Encode()
	require.Error(t, err)
	_, err = ztf.Encode(&ztf.Packet{ObjectID: "ZTF20aaaaaaa"})
	require.ErrorIs(t, err, ztf.ErrMissing)
	p := *simulated(t, 1)[0]
	p.Candidate = &ztf.Point{}
	_, err = ztf.Encode(&p)
	require.ErrorContains(t, err, p.ObjectID)
}

// TestCodecs reads what other writers may have packed.
func TestCodecs(t *testing.T) {
	zstd, err := ocf.ZstdCodec(nil, nil)
	require.NoError(t, err)
	for _, codec := range []ocf.Codec{ocf.DeflateCodec(6), ocf.SnappyCodec(), zstd} {
		t.Run(codec.Name(), func(t *testing.T) {
			packets, errs := decoded(&ztf.Decoder{}, container(t, alertSchema, 3, func(m map[string]any) {}, ocf.WithCodec(codec)))
			require.Empty(t, errs)
			require.Len(t, packets, 3)
		})
	}
}

// alertSchema is the least that makes an alert.
const alertSchema = `{"type":"record","name":"alert","fields":[
	{"name":"schemavsn","type":"string"},
	{"name":"objectId","type":["string","null"]},
	{"name":"candid","type":"long"},
	{"name":"candidate","type":["null",{"type":"record","name":"candidate","fields":[
		{"name":"jd","type":"double"},{"name":"fid","type":"int"},{"name":"candid","type":["null","long"]},
		{"name":"ra","type":["null","double"]},{"name":"dec","type":["null","double"]},
		{"name":"magpsf","type":["null","float"]},{"name":"sigmapsf","type":["null","float"]},
		{"name":"isdiffpos","type":["null","string"]},{"name":"diffmaglim","type":["null","float"]}]}]},
	{"name":"prv_candidates","type":["null",{"type":"array","items":["null","candidate"]}]},
	{"name":"more","type":["null",{"type":"map","values":"int"}]}]}`

// container writes n packets and changes each before.
func container(t testing.TB, schema string, n int, change func(m map[string]any), opts ...ocf.WriterOpt) []byte {
	s, err := avro.Parse(schema)
	require.NoError(t, err)
	var b bytes.Buffer
	w, err := ocf.NewWriter(&b, s, append(opts, ocf.WithSyncMarker([16]byte{1, 2, 3}))...)
	require.NoError(t, err)
	for i := range n {
		point := func(jd float64) map[string]any {
			return map[string]any{
				"jd": jd, "fid": int32(1), "candid": int64(i + 1), "ra": 1.0, "dec": 2.0,
				"magpsf": float32(18), "sigmapsf": float32(0.1), "isdiffpos": "t", "diffmaglim": float32(20),
			}
		}
		m := map[string]any{
			"schemavsn": "3.3", "objectId": "ZTF18aaaaaaa", "candid": int64(i + 1), "candidate": point(2459000),
			"prv_candidates": []any{point(2458999), map[string]any{"jd": 2458998.0, "fid": int32(2), "diffmaglim": float32(20)}},
			"more":           map[string]any{"b": int32(2), "a": int32(1)},
		}
		change(m)
		require.NoError(t, w.Encode(m))
		require.NoError(t, w.Flush())
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestSeveralPacketsInOneContainer(t *testing.T) {
	n := 0
	data := container(t, alertSchema, 5, func(m map[string]any) {
		if n++; n == 2 {
			m["objectId"] = nil
		}
		if n == 4 {
			m["schemavsn"] = "9.9"
		}
	})
	packets, errs := decoded(&ztf.Decoder{}, data)
	require.Len(t, packets, 3, "the good ones")
	require.Len(t, errs, 2)
	require.ErrorIs(t, errs[0], ztf.ErrMissing)
	require.EqualError(t, errs[0], "ztf: file.avro: packet 2: objectId: the field is missing or null")
	require.ErrorIs(t, errs[1], ztf.ErrVersion)
	require.Equal(t, `{"more": {"a": {"$numberLong":"1"},"b": {"$numberLong":"2"}}}`, packets[0].Extra.String())
	require.True(t, math.IsNaN(packets[0].Candidate.RB))
}

func TestVersions(t *testing.T) {
	for version, known := range map[string]bool{
		"1.8": true, "2.0": true, "3.0": true, "3.1": true, "3.2": true, "3.3": true,
		"1.7": false, "3.4": false, "4.02": false, "": false, "NaN": false, "three": false,
	} {
		_, errs := decoded(&ztf.Decoder{}, container(t, alertSchema, 1, func(m map[string]any) { m["schemavsn"] = version }))
		if known {
			require.Empty(t, errs, version)
			continue
		}
		require.Len(t, errs, 1, version)
		require.ErrorIs(t, errs[0], ztf.ErrVersion, version)
	}
}

func TestFieldsThatAreMissingOrWrong(t *testing.T) {
	candidate := func(name string, v any) func(map[string]any) {
		return func(m map[string]any) { m["candidate"].(map[string]any)[name] = v }
	}
	history := func(name string, v any) func(map[string]any) {
		return func(m map[string]any) { m["prv_candidates"].([]any)[0].(map[string]any)[name] = v }
	}
	for _, c := range []struct {
		field  string
		change func(map[string]any)
		want   error
	}{
		{"objectId", func(m map[string]any) { m["objectId"] = nil }, ztf.ErrMissing},
		{"candidate", func(m map[string]any) { m["candidate"] = nil }, ztf.ErrMissing},
		{"candidate.candid", candidate("candid", nil), ztf.ErrMissing},
		{"candidate.ra", candidate("ra", nil), ztf.ErrMissing},
		{"candidate.dec", candidate("dec", nil), ztf.ErrMissing},
		{"candidate.magpsf", candidate("magpsf", nil), ztf.ErrMissing},
		{"candidate.magpsf", candidate("magpsf", float32(math.NaN())), ztf.ErrMissing},
		{"candidate.magpsf", candidate("magpsf", float32(math.Inf(1))), ztf.ErrField},
		{"candidate.sigmapsf", candidate("sigmapsf", nil), ztf.ErrMissing},
		{"candidate.isdiffpos", candidate("isdiffpos", nil), ztf.ErrMissing},
		{"candidate.isdiffpos", candidate("isdiffpos", "yes"), ztf.ErrField},
		{"candidate.jd", candidate("jd", math.NaN()), ztf.ErrField},
		{"prv_candidates[0].ra", history("ra", nil), ztf.ErrMissing},
		{"prv_candidates[1]", func(m map[string]any) { m["prv_candidates"].([]any)[1] = nil }, ztf.ErrMissing},
	} {
		t.Run(c.field, func(t *testing.T) {
			packets, errs := decoded(&ztf.Decoder{}, container(t, alertSchema, 1, c.change))
			require.Empty(t, packets)
			require.Len(t, errs, 1)
			require.ErrorIs(t, errs[0], c.want)
			var p *ztf.PacketError
			require.ErrorAs(t, errs[0], &p)
			require.Equal(t, c.field, p.Field)
			require.Equal(t, 1, p.Record)
			require.Equal(t, "file.avro", p.Source)
		})
	}
}

// TestOtherSchemas: a container may hold anything.
func TestOtherSchemas(t *testing.T) {
	for name, c := range map[string]struct {
		schema string
		value  any
		want   error
	}{
		"not a record":  {`"string"`, "x", ztf.ErrSchema},
		"other fields":  {`{"type":"record","name":"user","fields":[{"name":"name","type":"string"}]}`, map[string]any{"name": "x"}, ztf.ErrMissing},
		"other types":   {`{"type":"record","name":"alert","fields":[{"name":"schemavsn","type":"double"}]}`, map[string]any{"schemavsn": 3.3}, ztf.ErrField},
		"empty records": {`{"type":"record","name":"alert","fields":[]}`, map[string]any{}, ztf.ErrContainer},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := avro.Parse(c.schema)
			require.NoError(t, err)
			var b bytes.Buffer
			w, err := ocf.NewWriter(&b, s)
			require.NoError(t, err)
			require.NoError(t, w.Encode(c.value))
			require.NoError(t, w.Close())
			packets, errs := decoded(&ztf.Decoder{}, b.Bytes())
			require.Empty(t, packets)
			require.Len(t, errs, 1)
			require.ErrorIs(t, errs[0], c.want)
		})
	}
}

func TestDamage(t *testing.T) {
	whole := container(t, alertSchema, 3, func(map[string]any) {})
	block := bytes.Index(whole, []byte("\x063.3")) // the first packet
	require.Positive(t, block)
	changed := func(at int, b byte) []byte {
		data := bytes.Clone(whole)
		data[at] = b
		return data
	}
	deflated := container(t, alertSchema, 1, func(map[string]any) {}, ocf.WithCodec(ocf.DeflateCodec(6)))
	for name, c := range map[string]struct {
		data []byte
		good int
		want error
	}{
		"empty":           {nil, 0, ztf.ErrMagic},
		"text":            {[]byte("hello"), 0, ztf.ErrMagic},
		"half the magic":  {whole[:2], 0, ztf.ErrTruncated},
		"half the header": {whole[:100], 0, ztf.ErrTruncated},
		"no last byte":    {whole[:len(whole)-1], 2, ztf.ErrTruncated},
		"half a packet":   {whole[:block+20], 0, ztf.ErrTruncated},
		"bad marker":      {changed(len(whole)-1, 77), 2, ztf.ErrContainer},
		"bad length":      {changed(block, 0xff), 2, ztf.ErrContainer},
		"more after it":   {append(bytes.Clone(whole), 0x80), 3, ztf.ErrTruncated},
		"endless number":  {append([]byte("Obj\x01"), bytes.Repeat([]byte{0xff}, 20)...), 0, ztf.ErrContainer},
		"huge map":        {append([]byte("Obj\x01"), 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01), 0, ztf.ErrContainer},
		"bad codec":       {bytes.Replace(deflated, []byte("deflate"), []byte("inflate"), 1), 0, ztf.ErrContainer},
		"bad schema":      {bytes.Replace(whole, []byte(`"record"`), []byte(`"rekord"`), 1), 0, ztf.ErrSchema},
		"no schema":       {bytes.Replace(whole, []byte("avro.schema"), []byte("avro.sketch"), 1), 0, ztf.ErrSchema},
	} {
		t.Run(name, func(t *testing.T) {
			packets, errs := decoded(&ztf.Decoder{}, c.data)
			require.Len(t, packets, c.good)
			require.NotEmpty(t, errs)
			require.ErrorIs(t, errs[0], c.want)
			require.True(t, strings.HasPrefix(errs[0].Error(), "ztf: file.avro: "), errs[0].Error())
		})
	}
}

// TestEveryTruncation: a file that ends anywhere gives an error, and the packets
// before its end.
func TestEveryTruncation(t *testing.T) {
	whole := container(t, alertSchema, 2, func(map[string]any) {})
	all, errs := decoded(&ztf.Decoder{}, whole)
	require.Empty(t, errs)
	require.Len(t, all, 2)
	d := &ztf.Decoder{}
	ends := 0 // where a container may end
	for n := range len(whole) {
		packets, errs := decoded(d, whole[:n])
		require.Less(t, len(packets), 2)
		if len(errs) == 0 {
			ends++
			continue
		}
		var p *ztf.PacketError
		require.ErrorAs(t, errs[0], &p)
		require.True(t, errors.Is(p, ztf.ErrTruncated) || n == 0 && errors.Is(p, ztf.ErrMagic), "%d bytes: %v", n, p)
	}
	require.Equal(t, 2, ends, "after the header and after the first block")
}

func FuzzDecode(f *testing.F) {
	whole := container(f, alertSchema, 2, func(map[string]any) {})
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(container(f, alertSchema, 1, func(map[string]any) {}, ocf.WithCodec(ocf.DeflateCodec(6))))
	f.Add([]byte("Obj\x01"))
	d := &ztf.Decoder{}
	cutouts := &ztf.Decoder{Cutouts: true}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range []*ztf.Decoder{d, cutouts} {
			packets, errs := decoded(d, data)
			for _, err := range errs {
				var p *ztf.PacketError
				require.ErrorAs(t, err, &p)
			}
			for _, p := range packets {
				require.NotEmpty(t, p.Version)
				require.True(t, p.Candidate.Detection())
			}
		}
	})
}
