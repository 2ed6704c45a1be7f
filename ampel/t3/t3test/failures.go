package t3test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t3"
)

type selectorFunc func(context.Context) ([]ampel.StockID, error)

func (f selectorFunc) Select(ctx context.Context) ([]ampel.StockID, error) { return f(ctx) }

type sessionFunc func() (map[string]any, error)

func (f sessionFunc) Supply(context.Context, *ampel.T3Store) (map[string]any, error) { return f() }

type complementFunc func([]*ampel.AmpelBuffer) error

func (f complementFunc) Complement(_ context.Context, b []*ampel.AmpelBuffer, _ *ampel.T3Store) error {
	return f(b)
}

func (s *suite) failures(t *testing.T) {
	s.codes(t)
	s.run(t, "errors: a document that cannot be stored", s.notStored)
	s.run(t, "errors: texts that cannot be stored as they are", s.oddTexts)
	s.run(t, "errors: runs without a trace", s.hidden)
	s.run(t, "errors: a canceled run", s.canceled)
	s.run(t, "journal: sending", s.sending)
	s.run(t, "journal: order", s.journalOrder)
	s.run(t, "journal: a stock that takes no entry", s.oneRefuses)
	s.run(t, "results: an adapter", s.adapter)
}

// A stock that takes no entry does not keep the others from theirs, and one that
// does not exist is reported.
func (s *suite) oneRefuses(t *testing.T) {
	l := s.lab(t)
	_, err := l.env.DB.Collection("stock").UpdateOne(t.Context(), bson.D{{Key: "stock", Value: 2}}, bson.D{{Key: "$set", Value: bson.D{{Key: "tag", Value: "no list"}}}})
	require.NoError(t, err)
	l.unit("Sends", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		for id := range int64(4) {
			if err := v.SendTo(ampel.IntID(id+1), ampel.StockAttributes{Tag: ampel.Names("seen"), Journal: &ampel.JournalAttributes{}}); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	r, err := l.run(process(nil, "Sends"))
	require.NoError(t, err)
	require.Equal(t, ampel.EventException, r.Code)
	require.ErrorIs(t, r.Errors[0], docdb.ErrUpdate)
	noted, err := l.env.DB.Collection("stock").Count(t.Context(), bson.D{{Key: "journal.tier", Value: 3}, {Key: "tag", Value: "seen"}})
	require.NoError(t, err)
	require.EqualValues(t, 3, noted)

	l = s.lab(t)
	l.unit("Sends", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		return nil, errors.Join(v.SendTo(ampel.IntID(1), ampel.JournalAttributes{}), v.SendTo(ampel.IntID(99), ampel.JournalAttributes{}))
	})
	r, err = l.run(process(nil, "Sends"))
	require.NoError(t, err)
	require.ErrorContains(t, r.Errors[0], "1 of the 2 stocks have no document")
	require.Len(t, l.stock(1).Journal, 1)
}

// Every step that fails leaves its code in the trouble and in the event.
func (s *suite) codes(t *testing.T) {
	boom := func() error { return errBoom }
	panics := func() error { panic(errBoom) }
	for name, fail := range map[string]func() error{"error": boom, "panic": panics} {
		for code, change := range map[ampel.DocumentCode]func(conf, supply map[string]any){
			ampel.T3ContextError: func(conf, _ map[string]any) { conf["include"] = map[string]any{"session": "BadSession"} },
			ampel.T3SelectError:  func(_, supply map[string]any) { supply["select"] = "BadSelector" },
			ampel.T3LoadError:    func(_, supply map[string]any) { supply["load"] = "BadLoader" },
			ampel.T3ComplementError: func(_, supply map[string]any) {
				supply["complement"] = "BadComplementer"
			},
			ampel.T3RunError: func(conf, _ map[string]any) {
				conf["stage"].(map[string]any)["config"] = map[string]any{"execute": "BadUnit"}
			},
		} {
			s.run(t, "errors: "+code.String()+" by "+name, func(t *testing.T) {
				l := s.lab(t)
				ampel.Register(l.env.Units, "BadSession", func(*ampel.Env, struct{}) (t3.Session, error) {
					return sessionFunc(func() (map[string]any, error) { return nil, fail() }), nil
				})
				ampel.Register(l.env.Units, "BadSelector", func(*ampel.Env, struct{}) (t3.Selector, error) {
					return selectorFunc(func(context.Context) ([]ampel.StockID, error) { return nil, fail() }), nil
				})
				l.loader("BadLoader", func(int) error { return fail() })
				ampel.Register(l.env.Units, "BadComplementer", func(*ampel.Env, struct{}) (t3.Complementer, error) {
					return complementFunc(func([]*ampel.AmpelBuffer) error { return fail() }), nil
				})
				l.unit("BadUnit", func(context.Context, *views, *ampel.T3Store) (any, error) { return nil, fail() })
				conf := process(nil, "Collect")
				change(conf, conf["supply"].(map[string]any)["config"].(map[string]any))
				r, err := l.run(conf)
				require.NoError(t, err)
				require.Equal(t, ampel.EventException, r.Code)
				require.Len(t, r.Errors, 1)
				require.ErrorIs(t, r.Errors[0], errBoom)
				require.Len(t, l.troubles(), 1)
				require.Equal(t, code, l.troubles()[0].Code)
				require.Equal(t, name == "panic", len(l.troubles()[0].Exception) > 0)
				e := l.events()[0]
				require.Equal(t, ampel.EventException, e.Code)
				list, _ := e.More["errors"].List()
				n, _ := list[0].Int()
				require.EqualValues(t, code, n)

				conf["raise_exc"] = true
				_, err = l.run(conf)
				require.ErrorIs(t, err, errBoom)
				require.Len(t, l.troubles(), 1)
				require.Equal(t, ampel.EventException, l.events()[1].Code)
			})
		}
	}
}

// A document that cannot be stored is trouble; those before it stay.
func (s *suite) notStored(t *testing.T) {
	l := s.lab(t)
	conf := process(map[string]any{"human_id": []any{"process", "taskindex", "unit", "run"}, "human_timestamp_format": "%Y", "human_timestamp": true, "resolve_config": true, "tag": "X"}, "Collect", "Collect")
	conf["process_name"] = "p#3"
	r, err := l.run(conf)
	require.NoError(t, err)
	require.Equal(t, ampel.EventException, r.Code)
	require.Equal(t, 1, r.Docs)
	require.Len(t, l.troubles(), 1)
	d := l.docs()[0]
	require.Equal(t, "[p#3] [#3] [Collect] [1] 2026", text(d.DocID))
	require.Equal(t, "2026", d.Datetime)
	require.True(t, d.Config.IsMap())
	require.Equal(t, ampel.Labels(ampel.Names("X")), d.Tag)
}

// A run without database, or a hidden one, leaves no trace of itself.
func (s *suite) hidden(t *testing.T) {
	l := s.lab(t)
	l.unit("Fails", func(context.Context, *views, *ampel.T3Store) (any, error) { return nil, errBoom })
	conf := process(nil, "Fails")
	conf["update_events"] = false
	r, err := l.run(conf)
	require.NoError(t, err)
	require.Equal(t, ampel.EventException, r.Code)
	require.Empty(t, l.events())
	require.Empty(t, l.troubles())

	l.env.DB = nil
	r = l.mustRun(map[string]any{"stage": map[string]any{"unit": "T3SimpleStager", "config": map[string]any{"execute": "T3CountStocks"}}})
	require.Zero(t, r.Run)
	require.Equal(t, 1, r.Docs)
	_, err = l.run(process(nil, "Collect"))
	require.ErrorContains(t, err, "no database")
}

func (s *suite) canceled(t *testing.T) {
	l := s.lab(t)
	ctx, cancel := context.WithCancel(t.Context())
	l.unit("Cancels", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		for range v.All() {
			if err := v.Send(ampel.JournalAttributes{}); err != nil {
				return nil, err
			}
			cancel()
		}
		return 1, nil
	})
	p, err := l.build(process(nil, "Cancels"))
	require.NoError(t, err)
	r, err := p.Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, ampel.EventAborted, r.Code)
	require.Equal(t, ampel.EventAborted, l.events()[0].Code)
	require.Empty(t, l.docs())
	require.Empty(t, l.troubles())
	require.Len(t, l.stock(1).Journal, 1, "what was sent stays")
}

// Sending is possible from the first view to the end of the unit.
func (s *suite) sending(t *testing.T) {
	l := s.lab(t)
	var kept *views
	l.unit("Sends", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		kept = v
		require.ErrorIs(t, v.Send(ampel.JournalAttributes{}), t3.ErrNoView)
		require.NoError(t, v.SendAll(ampel.JournalAttributes{Tag: ampel.Names("all")}))
		require.Error(t, v.SendAll(ampel.JournalAttributes{Extra: map[string]any{"c": make(chan int)}}))
		n := 0
		for range v.All() {
			require.NoError(t, v.Send(ampel.StockAttributes{Tag: ampel.Names("seen")}))
			require.Error(t, v.Send(ampel.JournalAttributes{Extra: map[string]any{"c": make(chan int)}}))
			if n++; n == 3 {
				break
			}
		}
		return nil, nil
	})
	l.mustRun(process(nil, "Sends"))
	require.ErrorIs(t, kept.Send(ampel.JournalAttributes{}), t3.ErrEnded)
	require.ErrorIs(t, kept.SendTo(ampel.IntID(1), ampel.JournalAttributes{}), t3.ErrEnded)
	require.ErrorIs(t, kept.SendAll(ampel.JournalAttributes{}), t3.ErrEnded)
	for id, n := range map[int64]int{1: 1, 3: 1, 4: 0} {
		require.Len(t, l.stock(id).Journal, n)
		require.Equal(t, n == 1, len(l.stock(id).Tag) == 2)
	}
}

// A result adapter rewrites a result before it is stored.
type upper struct{}

func (upper) Adapt(_ context.Context, r t3.UnitResult) (t3.UnitResult, error) {
	r.Body, r.Code = "ADAPTED", t3.Code(5)
	return r, nil
}

func (s *suite) adapter(t *testing.T) {
	l := s.lab(t)
	ampel.Register(l.env.Units, "Upper", func(*ampel.Env, struct{}) (t3.ResultAdapter, error) { return upper{}, nil })
	l.unit("Unit", func(context.Context, *views, *ampel.T3Store) (any, error) {
		return t3.UnitResult{Body: "plain", Adapter: "Upper"}, nil
	})
	l.mustRun(process(nil, "Unit"))
	require.Equal(t, "ADAPTED", text(l.docs()[0].Body))
	require.EqualValues(t, 5, l.docs()[0].Code)
	l.unit("Lost", func(context.Context, *views, *ampel.T3Store) (any, error) {
		return t3.UnitResult{Body: "plain", Adapter: "Nobody"}, nil
	})
	r, err := l.run(process(nil, "Lost"))
	require.NoError(t, err)
	require.ErrorIs(t, r.Errors[0], ampel.ErrUnknownUnit)
}

// The records of a stock come in the order of their units, whether they were
// sent for one stock or for many, and are not nested.
func (s *suite) journalOrder(t *testing.T) {
	l := s.lab(t)
	tagged := func(tag string, single bool) unitFn {
		return func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
			for range v.All() {
				if !single {
					continue
				}
				if err := v.Send(ampel.JournalAttributes{Tag: ampel.Names(tag)}); err != nil {
					return nil, err
				}
			}
			if single {
				return nil, nil
			}
			return t3.UnitResult{Journal: &ampel.JournalAttributes{Tag: ampel.Names(tag)}}, nil
		}
	}
	l.unit("Many", tagged("many", false))
	l.unit("Single", tagged("single", true))
	conf := process(nil, "Many", "Single", "Many")
	conf["stage"].(map[string]any)["unit"] = "T3SequentialStager"
	l.mustRun(conf)
	for id := range int64(4) {
		var tags []string
		for _, r := range l.stock(id + 1).Journal {
			tags = append(tags, r.Tag[0].String())
		}
		require.Equal(t, []string{"many", "single", "many"}, tags)
	}
	conf = process(nil, "Many")
	conf["stage"].(map[string]any)["unit"] = "T3AdaptativeStager"
	l.mustRun(conf)
	require.Len(t, l.stock(3).Journal, 3+3, "one for each of three channels")
}

// Whatever the text of an error is, it makes a trouble, and what units send that
// cannot be stored is refused when they send it.
func (s *suite) oddTexts(t *testing.T) {
	l := s.lab(t)
	l.unit("Odd", func(context.Context, *views, *ampel.T3Store) (any, error) {
		return nil, errors.New("bad \xff bytes, " + strings.Repeat("and long ", 3_000_000))
	})
	r, err := l.run(process(nil, "Odd"))
	require.NoError(t, err)
	require.Equal(t, ampel.EventException, r.Code)
	require.Contains(t, l.troubles()[0].Msg, "bytes, and long")

	l = s.lab(t)
	l.unit("Sends", func(_ context.Context, v *views, _ *ampel.T3Store) (any, error) {
		for range v.All() {
			for _, bad := range []ampel.Attributes{
				ampel.JournalAttributes{Extra: map[string]any{"dot.ted": 1}},
				ampel.JournalAttributes{Extra: map[string]any{"a": map[string]any{"$b": 1}}},
				ampel.JournalAttributes{Tag: ampel.Names("\xff")},
				ampel.StockAttributes{Name: ampel.Names("\xff")},
				ampel.StockAttributes{Tag: ampel.Names("\xff"), Journal: &ampel.JournalAttributes{}},
			} {
				if err := v.Send(bad); !errors.Is(err, docdb.ErrDialect) {
					return nil, fmt.Errorf("%v was taken: %w", bad, err)
				}
			}
			if err := v.Send(ampel.JournalAttributes{}); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	l.mustRun(process(nil, "Sends"))
	require.Len(t, l.stock(4).Journal, 1)
}
