package complement_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/catalog"
	"github.com/penstock/penstock/ampel/t3/complement"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func build(t *testing.T, env *ampel.Env, unit string, conf map[string]any) t3.Complementer {
	t.Helper()
	env.Units = catalog.New()
	u := ampel.UnitOf[t3.Complementer]{UnitModel: ampel.UnitModel{Unit: unit, Config: conf}}
	c, _, err := u.Build(env)
	require.NoError(t, err)
	return c
}

// serve starts a server and returns a configuration of it.
func serve(t *testing.T, h http.HandlerFunc) map[string]any {
	s := httptest.NewServer(h)
	t.Cleanup(func() { http.DefaultTransport.(*http.Transport).CloseIdleConnections(); s.Close() })
	return map[string]any{"base_url": s.URL, "wait": "1ms"}
}

func buffer(id int64, names ...string) *ampel.AmpelBuffer {
	return &ampel.AmpelBuffer{ID: ampel.IntID(id), Stock: &ampel.StockDocument{Stock: ampel.IntID(id), Name: ampel.Names(names...)}}
}

func apply(t *testing.T, c t3.Complementer, b ...*ampel.AmpelBuffer) error {
	return c.Complement(t.Context(), b, &ampel.T3Store{})
}

func TestLookup(t *testing.T) {
	var calls atomic.Int64
	conf := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/ZTF1" && calls.Add(1) < 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/ZTF1":
			_ = json.NewEncoder(w).Encode(map[string]any{"flux": []int{1, 2}})
		case r.URL.Path == "/ZTF3":
			w.WriteHeader(http.StatusForbidden)
		default:
			http.NotFound(w, r)
		}
	})
	conf["prefix"] = "ZTF"
	c := build(t, &ampel.Env{}, "SEDMSpectrumAppender", conf)
	known, unknown, nameless := buffer(1, "SN", "ZTF1"), buffer(2, "ZTF2"), buffer(3, "SN")
	require.NoError(t, apply(t, c, known, unknown, nameless))
	require.EqualValues(t, 3, calls.Load(), "tried again while the service was busy")
	require.Equal(t, map[string]any{"flux": []any{1.0, 2.0}}, known.Extra["SEDMSpectrumAppender"])
	require.Contains(t, unknown.Extra, "SEDMSpectrumAppender")
	require.Nil(t, unknown.Extra["SEDMSpectrumAppender"])
	require.Contains(t, nameless.Extra, "SEDMSpectrumAppender")
	require.ErrorContains(t, apply(t, c, buffer(4, "ZTF3")), "403")
	require.ErrorContains(t, apply(t, c, &ampel.AmpelBuffer{}), "not loaded")

	calls.Store(-100)
	require.ErrorContains(t, apply(t, c, known), "busy")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Complement(ctx, []*ampel.AmpelBuffer{known}, nil), context.Canceled)
}

func TestTNS(t *testing.T) {
	conf := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("catalog") != "TNS" || q.Get("ra") != "12.5" || q.Get("dec") != "-3" || q.Get("radius") != "3" {
			http.Error(w, "unexpected "+r.URL.String(), http.StatusBadRequest)
			return
		}
		_, _ = w.Write([]byte(`[{"objname": "2026abc", "z": 0.1}, {"objname": "2026abc"}]`))
	})
	b := buffer(1, "ZTF1")
	position := func(ra float64, code ampel.DocumentCode) ampel.T2Document {
		return ampel.T2Document{Unit: "T2LightCurveSummary", Code: code, Body: []ampel.Value{ampel.MustValue(map[string]any{"ra": ra, "dec": -3})}}
	}
	b.T2 = []ampel.T2Document{position(1, 0), position(12.5, 0), position(2, -4)}
	require.NoError(t, apply(t, build(t, &ampel.Env{}, "TNSNames", conf), b))
	require.Equal(t, ampel.Names("ZTF1", "TNS2026abc"), b.Stock.Name)
	require.Empty(t, b.Extra)
	require.NoError(t, apply(t, build(t, &ampel.Env{}, "TNSReports", conf), b))
	require.Len(t, b.Extra["TNSReports"], 2)
	require.Equal(t, ampel.Names("ZTF1", "TNS2026abc"), b.Stock.Name)
	b.T2 = []ampel.T2Document{}
	require.ErrorContains(t, apply(t, build(t, &ampel.Env{}, "TNSNames", conf), b), "T2LightCurveSummary")
}

func TestCutouts(t *testing.T) {
	conf := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/alert/5/cutouts" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string][]byte{"cutoutScience": []byte(r.URL.Path)})
	})
	point := func(id int64, jd, mag float64) ampel.DataPoint {
		return ampel.DataPoint{ID: id, Body: ampel.MustValue(map[string]any{"jd": jd, "magpsf": mag})}
	}
	for eligible, want := range map[string][]int64{"first": {3}, "last": {5}, "brightest": {4}, "all": {3, 4, 5}} {
		conf["eligible"] = eligible
		limits := buffer(1)
		limits.T0 = []ampel.DataPoint{point(-1, 1, 1)}
		b := buffer(2)
		b.T0 = []ampel.DataPoint{point(5, 30, 19), point(4, 20, 17), point(-2, 40, 1), point(3, 10, 18)}
		require.NoError(t, apply(t, build(t, &ampel.Env{}, "ZTFCutoutImages", conf), limits, b))
		require.Empty(t, limits.Extra)
		images := b.Extra["ZTFCutoutImages"].(complement.Images)
		require.Len(t, images, len(want), eligible)
		for _, id := range want {
			require.Contains(t, images, id)
		}
		require.Nil(t, images[5])
	}
}

func TestExtJournal(t *testing.T) {
	raw, err := sqlite.OpenMemory()
	require.NoError(t, err)
	defer func() { require.NoError(t, raw.Close()) }()
	other, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	_, err = other.Collection("stock").InsertOne(t.Context(), bson.M{"stock": 1, "channel": bson.A{"A"}, "journal": bson.A{
		bson.M{"tier": 0, "ts": 5, "action": 0}, bson.M{"tier": 3, "ts": 15, "action": 0, "unit": "P"},
	}})
	require.NoError(t, err)
	env := &ampel.Env{Open: func(_ context.Context, name string) (*ampel.Database, error) {
		require.Equal(t, "far/db", name)
		return other, nil
	}}
	for _, c := range []struct {
		conf map[string]any
		want []ampel.UnixTime
	}{
		{map[string]any{}, []ampel.UnixTime{20, 15, 10, 5}},
		{map[string]any{"reverse": false}, []ampel.UnixTime{5, 10, 15, 20}},
		{map[string]any{"sort": false}, []ampel.UnixTime{10, 20, 5, 15}},
		{map[string]any{"filter_config": map[string]any{"attribute": "tier", "operator": "==", "value": int64(3)}}, []ampel.UnixTime{20, 15, 10}},
	} {
		c.conf["mongo_resource"], c.conf["db_name"] = "far", "db"
		b := buffer(1)
		b.Stock.Journal = []ampel.JournalRecord{{TS: 10}, {TS: 20}}
		require.NoError(t, apply(t, build(t, env, "T3ExtJournalAppender", c.conf), b))
		var got []ampel.UnixTime
		for _, r := range b.Stock.Journal {
			got = append(got, r.TS)
		}
		require.Equal(t, c.want, got)
	}
}

func TestBadRemote(t *testing.T) {
	for _, conf := range []map[string]any{
		{}, {"base_url": "ftp://x"}, {"base_url": "http://x", "retries": int64(-1)}, {"base_url": "http://x", "timeout": "0s"}, {"base_url": "http://x", "eligible": "none"},
	} {
		u := ampel.UnitOf[t3.Complementer]{UnitModel: ampel.UnitModel{Unit: "ZTFCutoutImages", Config: conf}}
		var bad *ampel.ConfigError
		require.ErrorAs(t, u.Check(catalog.New()), &bad)
	}
}
