package ampel_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
)

func TestDecodeIsStrict(t *testing.T) {
	type inner struct {
		N    int           `config:"n,required"`
		Wait time.Duration `config:"wait"`
	}
	type conf struct {
		Name  string             `config:"name"`
		List  []inner            `config:"list"`
		Map   map[string]float64 `config:"map"`
		Tags  ampel.Labels       `config:"tags"`
		Small int8               `config:"small"`
		One   *inner             `config:"one"`
	}
	decode := func(m map[string]any) (conf, error) {
		c := conf{Name: "default"}
		return c, ampel.Decode(m, &c)
	}
	var c conf
	require.NoError(t, ampel.Decode(map[string]any{
		"list": []any{map[string]any{"n": int64(1), "wait": "2s"}}, "map": map[string]any{"x": int64(3)}, "tags": "A", "one": map[string]any{"n": 2.0},
	}, &c))
	require.Equal(t, []inner{{1, 2 * time.Second}}, c.List)
	require.Equal(t, map[string]float64{"x": 3}, c.Map)
	require.Equal(t, ampel.Labels{ampel.Name("A")}, c.Tags)
	require.Equal(t, 2, c.One.N)
	for path, m := range map[string]map[string]any{
		"nmae":         {"nmae": "x"},
		"name":         {"name": int64(1)},
		"list":         {"list": "x"},
		"list[0].n":    {"list": []any{map[string]any{}}},
		"list[1].n":    {"list": []any{map[string]any{"n": int64(1)}, map[string]any{"n": "x"}}},
		"list[0].m":    {"list": []any{map[string]any{"n": int64(1), "m": nil}}},
		"list[0].wait": {"list": []any{map[string]any{"n": int64(1), "wait": int64(3)}}},
		"map.x":        {"map": map[string]any{"x": "y"}},
		"tags[1]":      {"tags": []any{"A", 1.5}},
		"small":        {"small": int64(300)},
		"one.n":        {"one": map[string]any{"n": 1.5}},
	} {
		_, err := decode(m)
		var bad *ampel.ConfigError
		require.ErrorAs(t, err, &bad, path)
		require.Equal(t, path, bad.Path)
	}
	require.Error(t, ampel.Decode(map[string]any{}, conf{}))
}

func TestConfigID(t *testing.T) {
	id := func(c ampel.Config) int64 {
		n, err := ampel.ConfigID(c)
		require.NoError(t, err)
		return n
	}
	one := int64(1)
	require.EqualValues(t, -8986814508490313900, id(ampel.Config{"a": one, "b": int64(2), "c": map[string]any{"b": int64(3), "a": []any{one, int64(4)}}}))
	require.EqualValues(t, -8986814508490313900, id(ampel.Config{"c": map[string]any{"a": []any{int64(4), one}, "b": int64(3)}, "b": int64(2), "a": one}))
	require.EqualValues(t, 3320404949056263377, id(ampel.Config{}))
	require.EqualValues(t, 3320404949056263377, id(nil))
	require.NotEqual(t, id(ampel.Config{"a": "é"}), id(ampel.Config{"a": "e"}))
}

type engine interface{ Power() int }

type motor int

func (m motor) Power() int { return int(m) }

func TestRegistry(t *testing.T) {
	r := ampel.NewRegistry()
	type motorConf struct {
		Power int                   `config:"power"`
		Spare *ampel.UnitOf[engine] `config:"spare"`
	}
	ampel.Register(r, "Motor", func(_ *ampel.Env, c motorConf) (engine, error) {
		if c.Power > 9000 {
			panic("over 9000")
		}
		return motor(c.Power), nil
	})
	ampel.Register(r, "Text", func(*ampel.Env, struct{}) (string, error) { return "", nil })
	env := &ampel.Env{Units: r}
	build := func(v any) (engine, ampel.Config, error) {
		var u ampel.UnitOf[engine]
		if err := ampel.Decode(v, &u); err != nil {
			return nil, nil, err
		}
		if err := u.Check(r); err != nil {
			return nil, nil, err
		}
		return u.Build(env)
	}
	e, full, err := build(map[string]any{"unit": "Motor", "config": map[string]any{"power": int64(1)}, "override": map[string]any{"power": int64(7)}})
	require.NoError(t, err)
	require.Equal(t, 7, e.Power())
	require.Equal(t, ampel.Config{"power": int64(7), "spare": nil}, full)
	_, _, err = build("Motor")
	require.NoError(t, err)
	for path, v := range map[string]any{
		"unit":                map[string]any{"unit": "Moter"},
		"config.pwr":          map[string]any{"unit": "Motor", "config": map[string]any{"pwr": int64(1)}},
		"config.spare.unit":   map[string]any{"unit": "Motor", "config": map[string]any{"spare": "Nothing"}},
		"config.spare.config": map[string]any{"unit": "Motor", "config": map[string]any{"spare": map[string]any{"unit": "Motor", "config": int64(3)}}},
		"conf":                map[string]any{"unit": "Motor", "conf": map[string]any{}},
	} {
		_, _, err := build(v)
		var bad *ampel.ConfigError
		require.ErrorAs(t, err, &bad, path)
		require.Equal(t, path, bad.Path)
	}
	_, _, err = build("Text")
	require.ErrorContains(t, err, "not a engine")
	_, _, err = build("Moter")
	require.ErrorIs(t, err, ampel.ErrUnknownUnit)
	_, _, err = build(map[string]any{"unit": "Motor", "config": map[string]any{"power": int64(9001)}})
	require.ErrorContains(t, err, "panicked")
	require.Panics(t, func() { ampel.Register(r, "Motor", func(*ampel.Env, struct{}) (int, error) { return 0, nil }) })
}

func TestTimeFormat(t *testing.T) {
	f, err := ampel.FormatTime("%Y-%m-%d %H:%M:%S.%f")
	require.NoError(t, err)
	at := time.Date(2026, 11, 21, 7, 34, 21, 494327000, time.UTC)
	require.Equal(t, "2026-11-21 07:34:21.494327", f.Format(at))
	back, err := f.Parse("2026-11-21 07:34:21.494327")
	require.NoError(t, err)
	require.True(t, at.Equal(back))
	for _, bad := range []string{"%Q", "%"} {
		_, err := ampel.FormatTime(bad)
		require.Error(t, err)
	}
}
