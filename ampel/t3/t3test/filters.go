package t3test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t3"
)

// build builds a unit of YAML.
func build[T any](env *ampel.Env, unit, yaml string) (T, error) {
	var none T
	v, err := job.DecodeYAML([]byte(yaml))
	if err != nil {
		return none, err
	}
	u := ampel.UnitOf[T]{UnitModel: ampel.UnitModel{Unit: unit, Config: v.(map[string]any)}}
	f, _, err := u.Build(env)
	return f, err
}

// buffers stores three stocks, and loads them.
func buffers(t *testing.T, env *ampel.Env) []*ampel.AmpelBuffer {
	for id, b := range []struct {
		channels []string
		tiers    []int64
		t2       []ampel.T2Document
	}{
		{[]string{"A"}, []int64{0}, []ampel.T2Document{{Unit: "U1"}}},
		{[]string{"A", "B"}, []int64{3}, []ampel.T2Document{{Unit: "U1", Code: -1}, {Unit: "U2", Body: []ampel.Value{ampel.MustValue(map[string]any{"m": 9})}}}},
		{[]string{"B", "C", "D"}, nil, nil},
	} {
		doc := ampel.StockDocument{Stock: ampel.IntID(int64(id + 1)), Channel: ampel.Names(b.channels...), Journal: []ampel.JournalRecord{}}
		for _, tier := range b.tiers {
			doc.Journal = append(doc.Journal, ampel.JournalRecord{Tier: tier})
		}
		insert(t, env, "stock", doc)
		for _, d := range b.t2 {
			d.Stock, d.Link = doc.Stock, doc.Stock
			insert(t, env, "t2", d)
		}
	}
	l, err := build[t3.Loader](env, "T3SimpleDataLoader", `{directives: [STOCK, T2]}`)
	require.NoError(t, err)
	out, err := l.Load(t.Context(), []ampel.StockID{ampel.IntID(1), ampel.IntID(2), ampel.IntID(3)})
	require.NoError(t, err)
	return out
}

func (s *suite) filters(t *testing.T) {
	env := s.env(t)
	in := buffers(t, env)
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
		s.run(t, "6.4-buffers: "+c.config, func(t *testing.T) {
			f, err := build[t3.Filter](env, "T3AmpelBufferFilter", c.config)
			require.NoError(t, err)
			out, err := f.Filter(in)
			require.NoError(t, err)
			got := ""
			for _, b := range out {
				got += b.ID.String()
			}
			require.Equal(t, c.want, got)
		})
	}
}
