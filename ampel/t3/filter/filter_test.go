package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/catalog"
	"github.com/penstock/penstock/ampel/t3/filter"
)

var env = &ampel.Env{Units: catalog.New()}

func build[T any](unit, yaml string) (T, error) {
	var none T
	v, err := job.DecodeYAML([]byte(yaml))
	if err != nil {
		return none, err
	}
	u := ampel.UnitOf[T]{UnitModel: ampel.UnitModel{Unit: unit, Config: v.(map[string]any)}}
	f, _, err := u.Build(env)
	return f, err
}

func TestFilter(t *testing.T) {
	dict := func(data, match, criteria string) string {
		return `{data: ` + data + `, on_match: ` + match + `, filter: {unit: SimpleDictArrayFilter, config: ` + criteria + `}}`
	}
	unit2 := `{attribute: unit, operator: "==", value: U2}`
	for _, bad := range []string{
		`{channel: [A]}`, `{filters: {data: t9, filter: {unit: SimpleDictArrayFilter, config: ` + unit2 + `}}}`,
		`{filters: ` + dict("t2", "maybe", unit2) + `}`, `{filters: ` + dict("t2", "include", `{attribute: a, operator: "~", value: 1}`) + `}`,
		`{filters: ` + dict("t2", "include", `{operator: "==", value: 1}`) + `}`, `{filters: ` + dict("t2", "include", `{any_of: []}`) + `}`,
		`{filters: ` + dict("t2", "include", `{attribute: a, type: Thing, operator: "==", value: 1}`) + `}`,
	} {
		t.Run("6.4-buffers, an error: "+bad, func(t *testing.T) {
			_, err := build[t3.Filter]("T3AmpelBufferFilter", bad)
			var conf *ampel.ConfigError
			require.ErrorAs(t, err, &conf)
		})
	}
	t.Run("6.4-buffers: what is not loaded is an error", func(t *testing.T) {
		f, err := build[t3.Filter]("T3AmpelBufferFilter", `{filters: `+dict("t1", "include", unit2)+`}`)
		require.NoError(t, err)
		_, err = f.Filter([]*ampel.AmpelBuffer{{ID: ampel.IntID(1), Stock: &ampel.StockDocument{}}})
		require.ErrorContains(t, err, "not loaded")
	})
	t.Run("6.4-arrays", func(t *testing.T) {
		pick := func(unit, criteria, list string) string {
			t.Helper()
			f, err := build[filter.Array](unit, criteria)
			require.NoError(t, err)
			v, err := job.DecodeYAML([]byte(list))
			require.NoError(t, err)
			all, _ := ampel.MustValue(v).List()
			out, err := f.Pick(all)
			require.NoError(t, err)
			s := ""
			for _, e := range out {
				s += e.Get("id").String() + " "
			}
			if unit == "PrimitiveTypeArrayFilter" {
				return ampel.MustValue(out).String()
			}
			return s
		}
		require.Contains(t, pick("SimpleDictArrayFilter", `{attribute: a, operator: "==", value: 2}`, `[{a: 1, id: 1}, {a: 2, id: 2}, {b: 2, id: 3}]`), "2")
		require.Contains(t, pick("FlatDictArrayFilter", `{attribute: a.b, operator: ">", value: 2}`, `[{a: {b: 1}, id: 1}, {a: {b: 3}, id: 2}]`), `"2"`)
		require.NotContains(t, pick("FlatDictArrayFilter", `{attribute: a.b, operator: ">", value: 2}`, `[{a: {b: 1}, id: 1}, {a: {b: 3}, id: 2}]`), `"1"`)
		require.Equal(t, `[{"$numberLong":"3"}]`, pick("PrimitiveTypeArrayFilter", `{all_of: [{operator: ">", value: 2}, {operator: "<", value: 4}]}`, `[1, 2, 3, 4]`))
		require.Equal(t, `[{"$numberLong":"4"},{"$numberLong":"1"}]`, pick("PrimitiveTypeArrayFilter", `{any_of: [{operator: ">", value: 3}, {operator: "<", value: 2}]}`, `[1, 2, 3, 4]`))
		f, err := build[filter.Array]("PrimitiveTypeArrayFilter", `{operator: ">", value: 2}`)
		require.NoError(t, err)
		_, err = f.Pick([]ampel.Value{ampel.MustValue("x")})
		require.Error(t, err, "a text and a number have no order")
	})
}
