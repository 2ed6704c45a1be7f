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

func buffers() []*ampel.AmpelBuffer {
	body := ampel.MustValue(map[string]any{"data": []any{map[string]any{"m": 9}}})
	make := func(id int64, tiers []int64, t2 []ampel.T2Document, channels ...string) *ampel.AmpelBuffer {
		s := &ampel.StockDocument{Stock: ampel.IntID(id), Channel: ampel.Names(channels...)}
		for _, t := range tiers {
			s.Journal = append(s.Journal, ampel.JournalRecord{Tier: t})
		}
		return &ampel.AmpelBuffer{ID: ampel.IntID(id), Stock: s, T2: t2}
	}
	return []*ampel.AmpelBuffer{
		make(1, []int64{0}, []ampel.T2Document{{Unit: "U1", Code: 0}}, "A"),
		make(2, []int64{3}, []ampel.T2Document{{Unit: "U1", Code: -1}, {Unit: "U2", Body: []ampel.Value{ampel.MustValue(map[string]any{"m": 9}), body}}}, "A", "B"),
		make(3, nil, []ampel.T2Document{}, "B", "C", "D"),
	}
}

func TestT3(t *testing.T) {
	dict := func(data, match, criteria string) string {
		return `{data: ` + data + `, on_match: ` + match + `, filter: {unit: SimpleDictArrayFilter, config: ` + criteria + `}}`
	}
	unit2 := `{attribute: unit, operator: "==", value: U2}`
	for _, c := range []struct{ config, want string }{
		{`{}`, "123"},
		{`{channel: A}`, "12"},
		{`{channel: {any_of: [A, C]}}`, "123"},
		{`{channel: {all_of: [A, B]}}`, "2"},
		{`{channel: {one_of: [A, B]}}`, "1"},
		{`{channel: {any_of: [{all_of: [A, B]}, D]}}`, "23"},
		{`{filters: ` + dict("t2", "include", unit2) + `}`, "2"},
		{`{filters: ` + dict("t2", "exclude", unit2) + `}`, "13"},
		{`{filters: ` + dict("journal", "include", `{attribute: tier, operator: "==", value: 3}`) + `}`, "2"},
		{`{filters: ` + dict("t2", "include", `{all_of: [{attribute: unit, operator: "==", value: U1}, {attribute: code, operator: ">=", value: 0}]}`) + `}`, "1"},
		{`{filters: ` + dict("t2", "include", `{any_of: [`+unit2+`, {attribute: code, operator: "==", value: 0}]}`) + `}`, "12"},
		{`{filters: ` + dict("t2", "include", `{attribute: body, type: Sequence, operator: contains, value: {m: 9}}`) + `}`, "2"},
		{`{filters: ` + dict("t2", "include", `{attribute: code, type: str, operator: "==", value: 0}`) + `}`, ""},
		{`{channel: A, filters: [` + dict("t2", "include", `{attribute: code, operator: "==", value: 0}`) + `, ` +
			dict("journal", "exclude", `{attribute: tier, operator: "==", value: 3}`) + `]}`, "1"},
	} {
		t.Run("6.4-buffers: "+c.config, func(t *testing.T) {
			f, err := build[t3.Filter]("T3AmpelBufferFilter", c.config)
			require.NoError(t, err)
			out, err := f.Filter(buffers())
			require.NoError(t, err)
			got := ""
			for _, b := range out {
				got += b.ID.String()
			}
			require.Equal(t, c.want, got)
		})
	}
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
		_, err = f.Filter(buffers())
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
