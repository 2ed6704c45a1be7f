package ampel_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

func newDatabase(t *testing.T) *ampel.Database {
	raw, err := sqlite.OpenMemory()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, raw.Close()) })
	db, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	_, err = ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err, "the indexes exist")
	return db
}

func TestRunNumbers(t *testing.T) {
	db := newDatabase(t)
	var mu sync.Mutex
	var wg sync.WaitGroup
	var got []int64
	for range 40 {
		wg.Go(func() {
			n, err := db.NextRun(t.Context())
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				got = append(got, n)
			}
		})
	}
	wg.Wait()
	slices.Sort(got)
	want := make([]int64, 40)
	for i := range want {
		want[i] = int64(i + 1)
	}
	require.Equal(t, want, got)
}

func TestConfigs(t *testing.T) {
	raw, err := sqlite.OpenMemory()
	require.NoError(t, err)
	defer func() { require.NoError(t, raw.Close()) }()
	one, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	other, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	for _, c := range []ampel.Config{{"a": int64(1), "b": map[string]any{"c": []any{"x", 1.5, nil, true}}}, {}, nil} {
		id, err := one.SaveConfig(t.Context(), c)
		require.NoError(t, err)
		want, err := ampel.ConfigID(c)
		require.NoError(t, err)
		require.Equal(t, want, id)
		again, err := other.SaveConfig(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, id, again)
		third, err := ampel.NewDatabase(t.Context(), raw)
		require.NoError(t, err)
		v, err := third.Config(id)
		require.NoError(t, err)
		require.Equal(t, len(c), v.Len())
		require.False(t, v.Has("_id"))
	}
	_, err = one.Config(5)
	require.ErrorIs(t, err, docdb.ErrNotFound)
}

func TestEvent(t *testing.T) {
	db := newDatabase(t)
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	boom := errors.New("boom")
	start := func(o ampel.EventOptions) *ampel.Event {
		o.Process, o.Tier, o.Now = "p", 2, func() time.Time { return now }
		e, err := ampel.StartEvent(t.Context(), db, o)
		require.NoError(t, err)
		return e
	}
	last := func() ampel.EventDocument {
		raw, err := db.Collection("event").FindOne(t.Context(), bson.D{}, docdb.SortBy(bson.D{{Key: "run", Value: -1}}))
		require.NoError(t, err)
		var d ampel.EventDocument
		require.NoError(t, bson.Unmarshal(raw, &d))
		return d
	}
	e := start(ampel.EventOptions{})
	require.Equal(t, ampel.EventRunning, last().Code)
	require.Nil(t, last().Tier)
	e.Set("ret", 3)
	now = now.Add(1500 * time.Millisecond)
	require.NoError(t, e.End(t.Context()))
	d := last()
	require.Equal(t, ampel.EventOK, d.Code)
	require.EqualValues(t, 2, *d.Tier)
	require.InDelta(t, 1.5, d.Duration, 1e-9)
	n, _ := d.More["ret"].Int()
	require.EqualValues(t, 3, n)

	e = start(ampel.EventOptions{})
	e.SetCode(ampel.EventPreCheckExit)
	require.NoError(t, e.HandleError(t.Context(), boom, ampel.Trouble{Unit: "U", Extra: map[string]any{"alert": 7}}))
	e.SetCode(ampel.EventOK)
	require.NoError(t, e.End(t.Context()))
	require.Equal(t, ampel.EventException, last().Code, "an exception cannot be taken back")
	raw, err := db.Collection("trouble").FindOne(t.Context(), bson.D{})
	require.NoError(t, err)
	require.Equal(t, "21/11/2026 12:00:01", raw.Lookup("datetime").StringValue())
	require.Equal(t, "boom", raw.Lookup("msg").StringValue())
	require.EqualValues(t, 7, raw.Lookup("alert").AsInt64())

	e = start(ampel.EventOptions{RaiseExc: true})
	require.ErrorIs(t, e.HandleError(t.Context(), boom, ampel.Trouble{}), boom)
	count, err := db.Collection("trouble").Count(t.Context(), bson.D{})
	require.NoError(t, err)
	require.EqualValues(t, 1, count)
	require.Equal(t, []error{boom}, e.Errors())
}

func TestDocumentsKeepTheirFields(t *testing.T) {
	stock := bson.M{
		"stock": "id", "origin": int64(5), "channel": bson.A{"A", int64(1)}, "tag": bson.A{"T"}, "name": bson.A{"n"},
		"ts": bson.M{"any": bson.M{"tied": int64(1), "upd": 2.5}}, "body": bson.M{"x": int64(1)},
		"journal": bson.A{
			bson.M{"tier": int64(0), "ts": int64(1), "action": int64(1), "alert": int64(9), "channel": "A"},
			bson.M{"tier": int64(3), "ts": int64(2), "action": int64(0), "unit": "U", "tag": bson.A{"a", "b"}, "extra": bson.M{"k": "v"}, "process": "p", "run": int64(1)},
		},
	}
	data, err := bson.Marshal(stock)
	require.NoError(t, err)
	var d ampel.StockDocument
	require.NoError(t, bson.Unmarshal(data, &d))
	alert, _ := d.Journal[0].More["alert"].Int()
	require.EqualValues(t, 9, alert)
	require.Equal(t, ampel.MustValue(stock).Any(), ampel.MustValue(d).Any())
	require.Equal(t, ampel.MustValue(stock).Any(), ampel.MustValue(d.Clone()).Any())
}
