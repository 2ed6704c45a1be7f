package t3test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/job"
)

const part = `{filter: {unit: T3AmpelBufferFilter, config: {channel: %[1]s}}, project: {unit: T3ChannelProjector, config: {channel: %[1]s}}, execute: %[2]s}`

// stagers runs processes with each of the stagers, and looks at the documents
// that they leave. What has to do with time is tested in package stage.
func (s *suite) stagers(t *testing.T) {
	two := "directives: [" + fmt.Sprintf(part, "A", "All") + ", " + fmt.Sprintf(part, "B", "All") + "]"
	for _, c := range []struct {
		name, stager, config string
		stocks               string // "": those of the lab, else one for each letter
		want                 string
		fails                bool
	}{
		{"two units", "Simple", `execute: [All, Other]`, "", "All 1234, Other 1234", false},
		{"two units in chunks", "Simple", `chunk_size: 2, execute: [All, Other]`, "", "All 1234, Other 1234", false},
		{"two units in one chunk", "Simple", `chunk_size: 0, execute: [All, Other]`, "", "All 1234, Other 1234", false},
		{"nobody is more than a chunk ahead", "Simple", `chunk_size: 2, execute: [Fast, Slow]`, "ABCDEFGHI", "Fast ABCDEFGHI, Slow ABCDEFGHI", false},
		{"one fails at the fourth stock", "Simple", `chunk_size: 2, execute: [All, Fail4]`, "", "All 1234", true},
		{"one ends after two", "Simple", `chunk_size: 1, execute: [Two, All]`, "", "Two 12, All 1234", false},
		{"one fails at the first stock", "Simple", `execute: [Fail1, All]`, "", "All 1234", true},
		{"a second range", "Simple", `execute: [Twice]`, "", "Twice 1234", false},

		{"four by two", "Distributive", `nthread: 2, execute: All`, "ABCD", "All AC, All BD", false},
		{"seven by three", "Distributive", `nthread: 3, execute: All`, "ABCDEFG", "All ADG, All BE, All CF", false},
		{"one each", "Distributive", `nthread: 2, execute: One`, "ABCD", "One A, One B", false},
		{"ids without results", "Distributive", `nthread: 2, save_stock_ids: true, execute: Nothing`, "ABC", "Nothing =AC, Nothing =B", false},
		{"idle instances", "Distributive", `nthread: 4, execute: Count`, "AB", "Count 1, Count 1, Count 0, Count 0", false},
		{"an instance fails", "Distributive", `nthread: 2, execute: FailB`, "ABCD", "FailB AC", true},

		{"every channel", "Adaptative", `execute: All`, "", "All@A 124, All@B 23, All@C 3, All@D 3", false},
		{"all but one, stock by stock", "Adaptative", `chunk_size: 1, black_list: D, execute: All`, "", "All@A 124, All@B 23, All@C 3", false},
		{"only some", "Adaptative", `white_list: [A, B], execute: All`, "", "All@A 124, All@B 23", false},
		{"ids of stocks", "Adaptative", `save_stock_ids: true, white_list: B, execute: Nothing`, "", "Nothing@B =23", false},

		{"one after the other", "Sequential", `execute: [All, One, Nothing]`, "", "All 1234, One 1", false},
		{"results of those before", "Sequential", `execute: [Peek, One, Peek]`, "", "Peek , One 1, Peek Peek One", false},
		{"results are not shown", "Sequential", `propagate: false, execute: [One, Peek]`, "", "One 1, Peek ", false},
		{"the second fails", "Sequential", `execute: [All, Fail1, One]`, "", "All 1234", true},

		{"one channel", "Channel", `channel: A, execute: All`, "", "All@A 124", false},
		{"two blocks", "Projecting", two, "", "All 124, All 23", false},
		{"two blocks in chunks", "Projecting", "chunk_size: 2, " + two, "", "All 124, All 23", false},
		{"two blocks, with ids", "Projecting", "save_stock_ids: true, " + two, "", "All 124=124, All 23=23", false},
		{"a projector alone", "Projecting", `directives: [{project: {unit: T3ChannelProjector, config: {channel: C}}, execute: All}]`, "", "All 3", false},
		{"one chunk of all", "Projecting", `chunk_size: 0, directives: [` + fmt.Sprintf(part, "A", "[All, One]") + `]`, "", "All 124, One 1", false},
	} {
		s.run(t, "6.6-"+c.stager+": "+c.name, func(t *testing.T) {
			l := s.lab(t)
			sent := l.stagerUnits()
			l.letters(c.stocks)
			v, err := job.DecodeYAML([]byte("{" + c.config + "}"))
			require.NoError(t, err)
			conf := process(nil)
			conf["stage"] = map[string]any{"unit": "T3" + c.stager + "Stager", "config": v}
			r, err := l.run(conf)
			require.NoError(t, err)
			require.Equal(t, c.want, l.results(), "%v", r.Errors)
			require.Equal(t, c.fails, r.Code == ampel.EventException, "%v", r.Errors)
			require.Equal(t, r.Code, l.events()[0].Code)
			require.Len(t, l.troubles(), len(r.Errors))
			for _, stock := range all[ampel.StockDocument](l, "stock") {
				require.Len(t, stock.Journal, sent[stock.Stock.String()], "what was sent about stock %v", stock.Stock)
			}
		})
	}
	s.run(t, "6.6-Adaptative: stocks are not loaded", func(t *testing.T) {
		l := s.lab(t)
		conf := process(nil)
		conf["supply"].(map[string]any)["config"].(map[string]any)["load"] = map[string]any{"unit": "T3SimpleDataLoader", "config": map[string]any{"directives": []any{"T2"}}}
		conf["stage"] = map[string]any{"unit": "T3AdaptativeStager", "config": map[string]any{"execute": "Collect"}}
		r, err := l.run(conf)
		require.NoError(t, err)
		require.Equal(t, ampel.EventException, r.Code)
		require.ErrorContains(t, r.Errors[0], "not loaded")
	})
	s.run(t, "6.6-Adaptative and Projecting: mistakes", func(t *testing.T) {
		l := s.lab(t)
		l.stagerUnits()
		inPlace := strings.ReplaceAll(two, "T3ChannelProjector, config: {", "T3ChannelProjector, config: {unalterable: false, ")
		for _, c := range [][3]string{
			{"T3AdaptativeStager", `white_list: A, black_list: B, execute: All`, "black_list"},
			{"T3AdaptativeStager", `unalterable: false, execute: All`, "unalterable"},
			{"T3ProjectingStager", "chunk_size: 0, " + two, "chunk_size"},
			{"T3ProjectingStager", inPlace, "directives[0].project.config.unalterable"},
		} {
			v, err := job.DecodeYAML([]byte("{" + c[1] + "}"))
			require.NoError(t, err)
			conf := process(nil)
			conf["stage"] = map[string]any{"unit": c[0], "config": v}
			_, err = l.build(conf)
			var bad *ampel.ConfigError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, "config.stage.config."+c[2], bad.Path)
		}
		require.Empty(t, l.events())
	})
	s.run(t, "6.6: paranoia", func(t *testing.T) {
		for paranoia, same := range []bool{true, false} {
			l := s.lab(t)
			got := make([]*ampel.SnapView, 2)
			for i, name := range []string{"First", "Second"} {
				l.unit(name, func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
					for x := range v.All() {
						got[i] = x
						break
					}
					return nil, nil
				})
			}
			l.mustRun(process(map[string]any{"paranoia_level": int64(paranoia)}, "First", "Second"))
			require.NotNil(t, got[0])
			require.Equal(t, same, got[0] == got[1])
		}
	})
}

// letters replaces the stocks of the lab, unless names is empty.
func (l *lab) letters(names string) {
	if names == "" {
		return
	}
	_, err := l.env.DB.Collection("stock").DeleteMany(l.t.Context(), bson.D{})
	require.NoError(l.t, err)
	for _, c := range names {
		l.insert("stock", ampel.StockDocument{Stock: ampel.TextID(string(c)), Channel: ampel.Names("A"), Journal: []ampel.JournalRecord{}})
	}
}

// results writes the documents of the runs: unit, channel, body, and ids behind
// an equals sign.
func (l *lab) results() string {
	var out []string
	for _, d := range l.docs() {
		s := d.Unit
		if len(d.Channel) > 0 {
			s += "@" + d.Channel[0].String()
		}
		s += " "
		if d.Body.IsMap() {
			s += text(d.Body.Get("saw"))
		} else {
			s += text(d.Body)
		}
		if len(d.Stock) > 0 {
			s += "="
		}
		for _, id := range d.Stock {
			s += id.String()
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// stagerUnits registers units whose results are texts: the ids that they saw.
// They send an entry for the journal of each; how many is returned, by stock.
func (l *lab) stagerUnits() (sent map[string]int) {
	var mu sync.Mutex
	sent = map[string]int{}
	see := func(name string, limit int, fail func(n int, id string) error) {
		l.unit(name, func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			seen, n := "", 0
			for x := range v.All() {
				n++
				if err := fail(n, x.ID().String()); err != nil {
					return nil, err
				}
				if err := v.Send(ampel.JournalAttributes{}); err != nil {
					return nil, err
				}
				mu.Lock()
				sent[x.ID().String()]++
				mu.Unlock()
				if seen += x.ID().String(); n == limit {
					break
				}
			}
			for x := range v.All() { // a second range yields nothing
				seen += "again " + x.ID().String()
			}
			return seen, nil
		})
	}
	never := func(int, string) error { return nil }
	at := func(k int) func(int, string) error {
		return func(n int, _ string) error {
			if n == k {
				return errBoom
			}
			return nil
		}
	}
	counts := map[string]int{}
	pace := func(name, other string) func(int, string) error {
		return func(n int, _ string) error {
			mu.Lock()
			defer mu.Unlock()
			counts[name] = n
			if n > counts[other]+2 {
				return fmt.Errorf("%s has seen %d and %s %d", name, n, other, counts[other])
			}
			return nil
		}
	}
	see("All", 0, never)
	see("Other", 0, never)
	see("Twice", 0, never)
	see("One", 1, never)
	see("Two", 2, never)
	see("Fail1", 0, at(1))
	see("Fail4", 0, at(4))
	see("Fast", 0, pace("Fast", "Slow"))
	see("Slow", 0, pace("Slow", "Fast"))
	see("FailB", 0, func(_ int, id string) error {
		if id == "B" {
			return errBoom
		}
		return nil
	})
	l.unit("Nothing", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) { ids(v); return nil, nil })
	l.unit("Count", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		n := len(ids(v))
		return fmt.Sprint(n), nil
	})
	l.unit("Peek", func(_ context.Context, _ *views, store *ampel.T3Store) (any, error) {
		return map[string]any{"saw": strings.Join(store.Units(), " ")}, nil
	})
	return sent
}
