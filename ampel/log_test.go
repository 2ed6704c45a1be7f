package ampel_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/internal/faulty"
)

type panicky struct{}

func (panicky) String() string { panic("no") }

func lines(t *testing.T, db *docdb.DB) (out []ampel.LogDocument) {
	for d, err := range docdb.Decode[ampel.LogDocument](db.Collection("log").Find(t.Context(), bson.D{})) {
		require.NoError(t, err)
		out = append(out, d)
	}
	return out
}

// Whatever is logged is stored, in some form.
func TestLogTakesAnything(t *testing.T) {
	raw, err := sqlite.OpenMemory()
	require.NoError(t, err)
	defer func() { require.NoError(t, raw.Close()) }()
	db, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	l := ampel.StartLog(db, 3, 5, slog.LevelInfo)
	log := l.Logger(slog.New(slog.DiscardHandler)).With("unit", "U", "run", 5)
	log.Info(strings.Repeat("long ", 10_000))
	log.Info("bytes \xff", "text", "\xff", "key\xff", 1)
	log.Info("odd", "panic", panicky{}, "channel", 1.5, "stock", 1.5, "alert", "x", "func", func() {}, "group", slog.GroupValue(slog.Int("n", 1)))
	log.Error("error", "error", errors.New("\xff"+strings.Repeat("long", 100_000)), "map", map[string]any{"a.b": 1})
	log.Info("keys", "$dollar", 1, "dot.ted", 2, "", 3)
	log.Info("big", "text", strings.Repeat("x", 1_000_000), "wait", time.Second)
	log.With(slog.Group("", slog.Int("inline", 1))).WithGroup("").Info("inline")
	log.WithGroup("a").With("b", 1).WithGroup("c").Info("nested", "d", 2)
	log.Info("nested again", slog.Group("a", "b", 1))
	lost, err := l.Close()
	all := lines(t, raw)
	require.Zero(t, lost, "%v", err)
	require.Len(t, all, 9)
	for _, d := range all {
		require.Equal(t, "U", d.Unit)
		require.EqualValues(t, 5, d.Run)
		require.LessOrEqual(t, len(d.Message), 9_000)
		require.LessOrEqual(t, len(d.Extra.String()), 40_000)
	}
	require.Contains(t, fmt.Sprint(all[2].Extra.Any()), "PANIC")
	n, _ := all[7].Extra.Get("a.c.d").Int()
	require.EqualValues(t, 2, n)
	log.Info("after the end")
	require.Len(t, lines(t, raw), 9)
}

// A database that is slow costs lines, not time, and they are counted.
func TestLogIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		raw, err := sqlite.OpenMemory()
		require.NoError(t, err)
		defer func() { require.NoError(t, raw.Close()) }()
		release := make(chan struct{})
		db, err := ampel.NewDatabase(t.Context(), faulty.New(raw, func(_ context.Context, c faulty.Call) faulty.Verdict {
			if c.Collection == "log" && c.Op == "write" {
				<-release
			}
			return faulty.Verdict{}
		}))
		require.NoError(t, err)
		l := ampel.StartLog(db, 3, 1, slog.LevelInfo)
		log := l.Logger(slog.New(slog.DiscardHandler))
		const n = 10_000
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range n / 4 {
					log.Info("line")
				}
			})
		}
		wg.Wait()
		close(release)
		lost, err := l.Close()
		require.Error(t, err)
		require.Positive(t, lost)
		require.Len(t, lines(t, raw), int(n-lost))
	})
}

// Lines that cannot be stored are counted, with the reason.
func TestLogCannotBeStored(t *testing.T) {
	raw, err := sqlite.OpenMemory()
	require.NoError(t, err)
	defer func() { require.NoError(t, raw.Close()) }()
	full := errors.New("disk full")
	db, err := ampel.NewDatabase(t.Context(), faulty.New(raw, func(_ context.Context, c faulty.Call) faulty.Verdict {
		if c.Collection == "log" && c.Op == "write" {
			return faulty.Verdict{Err: full}
		}
		return faulty.Verdict{}
	}))
	require.NoError(t, err)
	l := ampel.StartLog(db, 3, 1, slog.LevelInfo)
	log := l.Logger(slog.New(slog.DiscardHandler))
	log.Info("one")
	log.Debug("too quiet")
	log.Info("two")
	lost, err := l.Close()
	require.EqualValues(t, 2, lost)
	require.ErrorIs(t, err, full)
}
