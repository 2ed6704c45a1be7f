package t2_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel"
	_ "github.com/penstock/penstock/ampel/internal/t2test" // its units
	"github.com/penstock/penstock/ampel/t2"
)

func TestCheck(t *testing.T) {
	conf := func(c ampel.Config, name string) ampel.UnitModel { return ampel.UnitModel{Unit: name, Config: c} }
	point := map[string]any{"unit": "CountPoint"}
	require.NoError(t, t2.Check(conf(nil, "CountPoints"), ampel.T2State))
	require.NoError(t, t2.Check(conf(ampel.Config{"factor": int64(2), "t2_dependency": []any{map[string]any{
		"unit": "CountPoint", "link_override": map[string]any{"filter": "detections", "sort": "jd", "slice": "first"},
	}}}, "TiedState"), ampel.T2State))
	for _, c := range []struct {
		m    ampel.UnitModel
		kind ampel.T2Type
		want string
	}{
		{conf(nil, "Nobody"), ampel.T2State, "unit: unknown unit"},
		{conf(nil, "CountPoints"), ampel.T2Stock, "for tickets of states, not of stocks"},
		{conf(ampel.Config{"factr": int64(2)}, "CountPoints"), ampel.T2State, "config.factr: unknown key"},
		{conf(ampel.Config{"t2_dependency": []any{point}}, "CountPoints"), ampel.T2State, "config.t2_dependency: unknown key"},
		{conf(nil, "TiedPoint"), ampel.T2Point, "config.t2_dependency: is missing"},
		{conf(ampel.Config{"t2_dependency": map[string]any{"unit": "CountPoints"}}, "TiedPoint"), ampel.T2Point, "config.t2_dependency[0].unit: a unit for tickets of points cannot build on"},
		{conf(ampel.Config{"t2_dependency": []any{point}}, "TiedStock"), ampel.T2Stock, "config.t2_dependency[0].unit"},
		{conf(ampel.Config{"t2_dependency": []any{map[string]any{"unit": "None"}}}, "TiedState"), ampel.T2State, "unknown unit"},
		{conf(ampel.Config{"t2_dependency": []any{map[string]any{"unit": "CountPoints", "link_override": map[string]any{}}}}, "TiedState"), ampel.T2State, "[0].link_override"},
		{conf(ampel.Config{"t2_dependency": []any{map[string]any{"unit": "CountPoint", "link_override": map[string]any{"slice": []any{nil, nil, int64(0)}}}}}, "TiedState"), ampel.T2State, "link_override.slice"},
	} {
		require.ErrorContains(t, t2.Check(c.m, c.kind), c.want)
	}
	require.Panics(t, func() { t2.Register("CountPoint", func(struct{}) (t2.PointUnit, error) { return nil, nil }) })
	kind, ok := t2.KindOf("CountPoint")
	require.True(t, ok)
	require.Equal(t, ampel.T2Point, kind)
}

func TestLinkOverride(t *testing.T) {
	points := []ampel.DataPoint{}
	for _, p := range []struct {
		id int64
		jd any
	}{{4, 10.5}, {-3, 2.0}, {7, nil}, {1, 1}, {-9, 30}} {
		points = append(points, ampel.DataPoint{ID: p.id, Body: ampel.MustValue(map[string]any{"jd": p.jd})})
	}
	for _, c := range []struct {
		conf ampel.Config
		want []int64
	}{
		{nil, []int64{4, -3, 7, 1, -9}},
		{ampel.Config{"filter": "detections"}, []int64{4, 7, 1}},
		{ampel.Config{"filter": "limits", "sort": "id"}, []int64{-9, -3}},
		{ampel.Config{"sort": "jd"}, []int64{1, -3, 4, -9, 7}},
		{ampel.Config{"sort": "jd", "slice": "first"}, []int64{1}},
		{ampel.Config{"slice": "last"}, []int64{-9}},
		{ampel.Config{"slice": []any{int64(1), int64(4), int64(2)}}, []int64{-3, 1}},
		{ampel.Config{"slice": []any{nil, nil, int64(-1)}}, []int64{-9, 1, 7, -3, 4}},
	} {
		var o t2.LinkOverride
		require.NoError(t, ampel.Decode(c.conf, &o))
		require.Equal(t, c.want, o.Apply(points), "%v", c.conf)
	}
	require.Error(t, ampel.Decode(ampel.Config{"filter": "all"}, &t2.LinkOverride{}))
	require.Error(t, ampel.Decode(ampel.Config{"slice": "middle"}, &t2.LinkOverride{}))
}

// A slice takes what its definition says, one by one.
func TestSliceProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := make([]ampel.DataPoint, rapid.IntRange(0, 9).Draw(t, "n"))
		for i := range points {
			points[i].ID = int64(i)
		}
		bound := rapid.Ptr(rapid.Int64Range(-12, 12), true)
		begin, end := bound.Draw(t, "start"), bound.Draw(t, "stop")
		by := bound.Filter(func(p *int64) bool { return p == nil || *p != 0 }).Draw(t, "step")
		n, step := int64(len(points)), int64(1)
		if by != nil {
			step = *by
		}
		wrap := func(p *int64) int64 {
			if *p < 0 {
				return *p + n
			}
			return *p
		}
		var want []int64
		for i := range n { // every position that lies between the bounds and on the grid
			at := i
			if step < 0 {
				at = n - 1 - i
			}
			origin := int64(0)
			if step < 0 {
				origin = n - 1
			}
			if begin != nil {
				if origin = wrap(begin); step > 0 {
					origin = max(origin, 0)
				} else {
					origin = min(origin, n-1)
				}
			}
			beyond := end != nil && (step > 0 && at >= wrap(end) || step < 0 && at <= wrap(end))
			before := step > 0 && at < origin || step < 0 && at > origin
			if !beyond && !before && (at-origin)%step == 0 {
				want = append(want, at)
			}
		}
		list := []any{nil, nil, nil}
		for i, p := range []*int64{begin, end, by} {
			if p != nil {
				list[i] = *p
			}
		}
		var o t2.LinkOverride
		if err := ampel.Decode(ampel.Config{"slice": list}, &o); err != nil {
			t.Fatal(err)
		}
		if got := o.Apply(points); !slices.Equal(want, got) {
			t.Fatalf("want %v, got %v", want, got)
		}
	})
}
