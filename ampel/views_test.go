package ampel_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

type configs map[int64]ampel.Value

func (c configs) Config(id int64) (ampel.Value, error) {
	if v, ok := c[id]; ok {
		return v, nil
	}
	return ampel.Value{}, errors.New("unknown")
}

func code(c ampel.DocumentCode) *ampel.DocumentCode { return &c }

func result(unit string, codes []ampel.DocumentCode, body ...any) ampel.T2Document {
	d := ampel.T2Document{Stock: ampel.IntID(1), Unit: unit, Meta: []ampel.MetaRecord{{Tier: 0, Code: code(-1)}}}
	for _, c := range codes {
		d.Meta = append(d.Meta, ampel.MetaRecord{Tier: 2, Code: code(c)})
	}
	for _, b := range body {
		d.Body = append(d.Body, ampel.MustValue(b))
	}
	return d
}

func TestViews(t *testing.T) {
	t.Run("6.7-views: payload and tuples", func(t *testing.T) {
		d := result("U", []ampel.DocumentCode{0, -4}, bson.M{"a": 1, "b": nil, "c": 3})
		v, err := ampel.NewT2DocView(d, nil)
		require.NoError(t, err)
		p, err := v.Payload()
		require.NoError(t, err)
		n, _ := p.Get("a").Int()
		require.EqualValues(t, 1, n)
		tuple, ok := v.NTuple([]string{"a", "c"})
		require.True(t, ok)
		n, _ = tuple[1].Int()
		require.EqualValues(t, 3, n)
		tuple, ok = v.NTuple([]string{"a", "b"})
		require.True(t, ok)
		require.True(t, tuple[1].IsNull())
		_, ok = v.NTuple([]string{"a", "b"}, ampel.NoNull())
		require.False(t, ok)
		_, ok = v.NTuple([]string{"a", "z"})
		require.False(t, ok)
		tuple, ok = v.NTuple([]string{"a", "z"}, ampel.Partial())
		require.True(t, ok)
		require.True(t, tuple[1].IsNull())
		_, err = v.Payload(ampel.WithCode(7))
		require.ErrorIs(t, err, ampel.ErrNoContent)
		require.True(t, v.HasContent())
	})
	t.Run("6.7-views: payload is that of the last good run", func(t *testing.T) {
		v, err := ampel.NewT2DocView(result("U", []ampel.DocumentCode{0, 5, -4}, 1, 2, 3), nil)
		require.NoError(t, err)
		p, err := v.Payload()
		require.NoError(t, err)
		require.Equal(t, ampel.MustValue(2), p)
		v, err = ampel.NewT2DocView(result("U", []ampel.DocumentCode{0, 0, 0}, 1), nil)
		require.NoError(t, err)
		p, err = v.Payload()
		require.NoError(t, err)
		require.Equal(t, ampel.MustValue(1), p)
		v, err = ampel.NewT2DocView(result("U", nil), nil)
		require.NoError(t, err)
		require.False(t, v.HasContent())
	})
	t.Run("6.7-views: configurations", func(t *testing.T) {
		d := result("U", nil)
		d.Config = ampel.MustValue(int64(42))
		known := configs{42: ampel.MustValue(bson.M{"foo": 42})}
		v, err := ampel.NewT2DocView(d, known)
		require.NoError(t, err)
		require.EqualValues(t, 42, v.ConfID())
		require.True(t, v.Config().Has("foo"))
		_, err = ampel.NewT2DocView(d, configs{})
		require.Error(t, err)
	})
	t.Run("6.7-views: bodies", func(t *testing.T) {
		b := &ampel.AmpelBuffer{ID: ampel.IntID(1), T2: []ampel.T2Document{
			result("U", []ampel.DocumentCode{0}, bson.M{"foo": "bar"}, bson.M{}), result("L", []ampel.DocumentCode{0}, []int{1}),
		}}
		v, err := ampel.NewSnapView(b, nil)
		require.NoError(t, err)
		_, err = v.T2Body("nonesuch")
		require.ErrorIs(t, err, ampel.ErrNoBody)
		_, err = v.T2Body("L")
		require.ErrorIs(t, err, ampel.ErrNoBody, "a list is no map")
		body, err := v.T2Body("L", ampel.OfKind(ampel.Value.IsList))
		require.NoError(t, err)
		require.Equal(t, 1, body.Len())
		body, err = v.T2Body("U", ampel.Element(0))
		require.NoError(t, err)
		require.True(t, body.Has("foo"))
		require.True(t, v.LatestT2Body("U").Has("foo"), "empty results do not count")
		require.Len(t, v.RawT2Body("U"), 2)
		x, ok := v.T2Value("U", "foo")
		require.True(t, ok)
		s, _ := x.Text()
		require.Equal(t, "bar", s)
		require.Equal(t, "DP: 0, CP: 0, T2: 2", v.ContentSummary())
	})
}

// A view does not change when the buffer does, nor when what it returned does.
func TestViewsCannotBeChanged(t *testing.T) {
	z := ampel.Name("Z")
	b, want := fullBuffer(), fullBuffer()
	v, err := ampel.NewTransientView(b, nil)
	require.NoError(t, err)
	spoil := func(s *ampel.StockDocument, t0 []ampel.DataPoint, t1 []ampel.T1Document, logs []ampel.LogDocument) {
		s.Channel[0], s.Tag[0], s.Name[0], s.TS["A"] = z, z, z, ampel.StockTime{}
		s.Journal[0].Tag[0], s.Journal[0].Channel[0], s.Journal[0].Tier = z, z, 9
		delete(s.Journal[0].More, "k")
		t0[0].Tag[0], t0[0].Meta[0].Tag[0] = z, z
		t1[0].DPS[0], t1[0].Channel[0] = 9, z
		logs[0].Channel[0] = z
	}
	spoil(b.Stock, b.T0, b.T1, b.Logs)
	b.Extra["x"] = 2
	b.T2[0].Body[0], *b.T2[0].Meta[0].Code, b.T2[0].Meta[0].Activity[0].Tag[0] = ampel.MustValue(2), 9, z
	check := func() {
		t.Helper()
		require.Equal(t, want.Stock, v.Stock())
		require.Equal(t, want.T0, v.T0())
		require.Equal(t, want.T1, v.T1())
		require.Equal(t, want.Logs, v.Logs())
		require.Equal(t, want.T2[0].Body, v.T2()[0].Body())
		require.Equal(t, want.T2[0].Meta, v.T2()[0].Meta())
		x, _ := v.Extra("x")
		require.Equal(t, 1, x)
		require.Len(t, v.LightCurves(), 1)
		require.Equal(t, want.T0, v.LightCurves()[0].Photopoints())
		require.Equal(t, ampel.Names("A"), v.Channels())
	}
	check()
	spoil(v.Stock(), v.T0(), v.T1(), v.Logs())
	v.T2()[0] = nil
	v.T2Views(nil)(func(d *ampel.T2DocView) bool {
		d.Body()[0] = ampel.Value{}
		*d.Meta()[0].Code = 9
		return true
	})
	v.Channels()[0] = z
	v.LightCurves()[0].Photopoints()[0].Tag[0] = z
	for r := range v.JournalEntries(nil) {
		r.Tag[0] = z
	}
	check()
}

func fullBuffer() *ampel.AmpelBuffer {
	a := ampel.Name("A")
	return &ampel.AmpelBuffer{
		ID: ampel.IntID(1),
		Stock: &ampel.StockDocument{
			Channel: []ampel.Label{a}, Tag: []ampel.Label{a}, Name: []ampel.Label{a}, TS: map[string]ampel.StockTime{"A": {Tied: 1}},
			Journal: []ampel.JournalRecord{{Tier: 1, Tag: ampel.Labels{a}, Channel: ampel.Labels{a}, More: map[string]ampel.Value{"k": {}}}},
		},
		T0:    []ampel.DataPoint{{ID: 1, Tag: []ampel.Label{a}, Meta: []ampel.MetaRecord{{Tag: ampel.Labels{a}}}}},
		T1:    []ampel.T1Document{{DPS: []int64{1}, Channel: []ampel.Label{a}}},
		T2:    []ampel.T2Document{{Unit: "U", Body: []ampel.Value{ampel.MustValue(1)}, Meta: []ampel.MetaRecord{{Code: code(0), Activity: []ampel.MetaActivity{{Tag: ampel.Labels{a}}}}}}},
		Logs:  []ampel.LogDocument{{Channel: ampel.Labels{a}}},
		Extra: map[string]any{"x": 1},
	}
}

func TestViewsOfEmptyBuffers(t *testing.T) {
	b := &ampel.AmpelBuffer{T0: []ampel.DataPoint{}, T1: []ampel.T1Document{}, T2: []ampel.T2Document{}}
	v, err := ampel.NewTransientView(b, nil)
	require.NoError(t, err)
	require.Nil(t, v.T0())
	require.Nil(t, v.T1())
	require.Nil(t, v.T2())
	require.Nil(t, v.Stock())
	require.Nil(t, v.LightCurves())
}

func TestLightCurves(t *testing.T) {
	v, err := ampel.NewTransientView(&ampel.AmpelBuffer{
		T0: []ampel.DataPoint{{ID: 1}, {ID: -2}, {ID: 3}},
		T1: []ampel.T1Document{{Link: 7, DPS: []int64{1, -2}}, {Link: 8, DPS: []int64{3, 99}}},
	}, nil)
	require.NoError(t, err)
	require.Len(t, v.LightCurves(), 2)
	require.Len(t, v.LightCurves()[0].Photopoints(), 1)
	require.Len(t, v.LightCurves()[0].Upperlimits(), 1)
	require.Len(t, v.LightCurves()[1].Photopoints(), 1)
	require.Len(t, v.Photopoints(), 2)
	require.Len(t, v.Upperlimits(), 1)
}

func TestT3Store(t *testing.T) {
	s := &ampel.T3Store{}
	require.False(t, s.Contains("U"))
	for i, u := range []string{"U", "V", "U"} {
		s.AddView(ampel.NewT3DocView(&ampel.T3Document{Unit: u, ConfID: int64(i), Code: ampel.DocumentCode(i)}, ampel.Value{}))
	}
	require.Equal(t, []string{"U", "V"}, s.Units())
	require.True(t, s.Contains("U", "V"))
	require.False(t, s.Contains("U", "W"))
	require.Len(t, s.Views(ampel.T3Query{Units: []string{"U"}}), 2)
	require.Len(t, s.Views(ampel.T3Query{Units: []string{"U"}, Configs: []int64{2}, Codes: []ampel.DocumentCode{2}}), 1)
	require.Nil(t, s.View(ampel.T3Query{Units: []string{"W"}}))
	_, err := s.MandatoryView(ampel.T3Query{Units: []string{"W"}})
	require.ErrorContains(t, err, "required")
	require.NoError(t, s.AddSessionInfo(map[string]any{"a": 1, "b": 1}))
	require.NoError(t, s.AddSessionInfo(map[string]any{"b": 2}))
	require.Error(t, s.AddSessionInfo(map[string]any{"c": make(chan int)}))
	b, _ := s.Session("b")
	n, _ := b.Int()
	require.EqualValues(t, 2, n)
	require.Equal(t, 2, s.SessionInfo().Len())
	s.SetExtra("k", t)
	x, ok := s.Extra("k")
	require.True(t, ok)
	require.Same(t, t, x)
}
