package t3_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/internal/faulty"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/catalog"
)

var errDisk = errors.New("the disk is gone")

// archive is a database with some stocks, behind one that fails.
type archive struct {
	t    testing.TB
	env  *ampel.Env
	mu   sync.Mutex
	sent map[ampel.StockID]int // by units
	// onSend is called by units before they send, if it is not nil.
	onSend func()
}

const stocks = 6

// newArchive fills a database.
func newArchive(t testing.TB, raw *docdb.DB) *archive {
	_, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	for id := range int64(stocks) {
		doc := ampel.StockDocument{Stock: ampel.IntID(id), Channel: ampel.Names("A", "B")[:1+id%2], Journal: []ampel.JournalRecord{}}
		_, err := raw.Collection("stock").InsertOne(t.Context(), doc)
		require.NoError(t, err)
	}
	return sender(t)
}

// sender is an archive without a database, and a unit that sends.
func sender(t testing.TB) *archive {
	a := &archive{t: t, sent: map[ampel.StockID]int{}}
	a.env = &ampel.Env{Units: catalog.New(), Process: "proc"}
	t3.RegisterUnit(a.env.Units, "Sends", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) {
		return t3.UnitFunc[*ampel.SnapView](a.unit), nil
	})
	return a
}

func (a *archive) unit(_ context.Context, v *t3.Views[*ampel.SnapView], _ *ampel.T3Store) (any, error) {
	n := 0
	for x := range v.All() {
		if a.onSend != nil {
			a.onSend()
		}
		if err := v.Send(ampel.JournalAttributes{}); err != nil {
			return nil, err
		}
		a.mu.Lock()
		a.sent[x.ID()]++
		a.mu.Unlock()
		n++
	}
	return map[string]any{"n": n}, nil
}

// run runs a process with a stager on a database.
func (a *archive) run(ctx context.Context, db *docdb.DB, stage string) (ampel.Report, error) {
	a.t.Helper()
	v, err := job.DecodeYAML([]byte(`
process_name: P
include: {session: T3SessionAlertsNumber}
supply: {unit: T3DefaultBufferSupplier, config: {chunk_size: 4, select: T3StockSelector, load: {unit: T3SimpleDataLoader, config: {directives: [STOCK, T2]}}}}
stage: ` + stage))
	require.NoError(a.t, err)
	a.env.DB, err = ampel.NewDatabase(ctx, db)
	if err != nil {
		return ampel.Report{Code: ampel.EventError}, err
	}
	u := ampel.UnitOf[ampel.Runner]{UnitModel: ampel.UnitModel{Unit: "T3Processor", Config: v.(map[string]any)}}
	p, _, err := u.Build(a.env)
	require.NoError(a.t, err)
	return p.Run(ctx)
}

func decode[T any](t testing.TB, db *docdb.DB, col string) (out []T) {
	t.Helper()
	for d, err := range docdb.Decode[T](db.Collection(col).Find(t.Context(), bson.D{})) {
		require.NoError(t, err)
		out = append(out, d)
	}
	return out
}

var stageConfigs = map[string]string{
	"simple":       `{unit: T3SimpleStager, config: {execute: [Sends, Sends]}}`,
	"alone":        `{unit: T3SimpleStager, config: {execute: Sends}}`,
	"distributive": `{unit: T3DistributiveStager, config: {nthread: 2, execute: Sends}}`,
	"sequential":   `{unit: T3SequentialStager, config: {execute: [Sends, Sends]}}`,
	"channel":      `{unit: T3ChannelStager, config: {channel: A, execute: Sends}}`,
	"adaptative":   `{unit: T3AdaptativeStager, config: {execute: Sends}}`,
	"projecting":   `{unit: T3ProjectingStager, config: {directives: [{execute: Sends}, {filter: {unit: T3AmpelBufferFilter, config: {channel: B}}, execute: Sends}]}}`,
}

// Every operation of a run fails, each in a run of its own: once, from then on,
// or with its answer lost. Nothing of it goes unnoticed.
func TestEveryOperationFails(t *testing.T) {
	ways := []string{"once", "from then on", "answer lost"}
	for i, name := range slices.Sorted(maps.Keys(stageConfigs)) { // the ways take turns
		t.Run(name, func(t *testing.T) {
			ops := oneFault(t, stageConfigs[name], "", 0) // nothing fails
			require.Greater(t, ops, int64(15))
			for n := range ops {
				oneFault(t, stageConfigs[name], ways[(int(n)+i)%len(ways)], n+1)
			}
		})
	}
}

// oneFault runs a process whose n-th operation fails, and returns how many there
// are in all.
func oneFault(t *testing.T, stage, way string, n int64) (ops int64) {
	raw, err := sqlite.OpenMemory()
	require.NoError(t, err)
	defer func() { require.NoError(t, raw.Close()) }()
	a := newArchive(t, raw)
	var mu sync.Mutex
	var bad faulty.Call
	eventWrites, last := 0, false // the second one ends the event
	db := faulty.New(raw, func(_ context.Context, c faulty.Call) faulty.Verdict {
		mu.Lock()
		defer mu.Unlock()
		ops = max(ops, c.N)
		if c.Op == "write" && c.Collection == "event" {
			eventWrites++
		}
		if c.N == n {
			bad, last = c, c.Op == "write" && c.Collection == "event" && eventWrites == 2
		}
		if c.N == n || n > 0 && c.N > n && way == "from then on" {
			return faulty.Verdict{Err: fmt.Errorf("%w: %w", docdb.ErrUnreachable, errDisk), Done: way == "answer lost"}
		}
		return faulty.Verdict{}
	})
	r, err := a.run(t.Context(), db, stage)
	where := fmt.Sprintf("operation %d, %s of %s: code %v, error %v, errors %v", n, bad.Op, bad.Collection, r.Code, err, r.Errors)
	all := errors.Join(append(r.Errors, err)...)
	well := n == 0 || way != "from then on" && (last || bad.Collection == "log" && bad.Op == "write") // ending the event is tried twice
	if !well {
		require.ErrorIs(t, all, errDisk, where)
		require.NotEqual(t, ampel.EventOK, r.Code, where)
	}
	events := decode[ampel.EventDocument](t, raw, "event")
	require.LessOrEqual(t, len(events), 1)
	if way != "from then on" {
		for _, e := range events {
			require.NotEqual(t, ampel.EventRunning, e.Code, where)
			require.Equal(t, well, e.Code == ampel.EventOK, where)
			lost, _ := e.More["logs_lost"].Int()
			require.Equal(t, bad.Collection == "log" && bad.Op == "write", lost > 0, where)
		}
		if err == nil && !well {
			require.NotEmpty(t, decode[ampel.Trouble](t, raw, "trouble"), where)
		}
	}
	journalFailed := way == "from then on" || bad.Collection == "stock" && bad.Op == "write"
	for _, s := range decode[ampel.StockDocument](t, raw, "stock") {
		if journalFailed && len(s.Journal) == 0 {
			continue
		}
		require.Len(t, s.Journal, a.sent[s.Stock], "journal of stock %v: %s", s.Stock, where)
	}
	for _, d := range decode[ampel.T3Document](t, raw, "t3") {
		require.NotNil(t, d.Meta)
	}
	require.Equal(t, well, err == nil && r.Code == ampel.EventOK, where)
	return ops
}

// A database that stays locked is waited for, but not for ever.
func TestDatabaseStaysLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		raw, err := sqlite.OpenMemory()
		require.NoError(t, err)
		defer func() { require.NoError(t, raw.Close()) }()
		a := newArchive(t, raw)
		var locked atomic.Bool
		a.onSend = func() { locked.Store(true) }
		db := faulty.New(raw, func(_ context.Context, c faulty.Call) faulty.Verdict {
			if locked.Load() && c.Op != "find" {
				return faulty.Verdict{Err: docdb.ErrLocked}
			}
			return faulty.Verdict{}
		})
		start := time.Now()
		r, err := a.run(t.Context(), db, stageConfigs["simple"])
		require.ErrorIs(t, err, docdb.ErrLocked)
		require.Equal(t, ampel.EventException, r.Code)
		require.Greater(t, time.Since(start), time.Minute)
		require.Less(t, time.Since(start), 10*time.Minute)
	})
}

// A database that does not answer any more does not keep a canceled run from
// ending.
func TestDatabaseHangs(t *testing.T) {
	for name, stage := range stageConfigs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				raw, err := sqlite.OpenMemory()
				require.NoError(t, err)
				defer func() { require.NoError(t, raw.Close()) }()
				a := newArchive(t, raw)
				var stuck sync.Once
				hang := make(chan struct{})
				ctx, cancel := context.WithCancel(context.Background())
				a.onSend = func() { stuck.Do(func() { close(hang); cancel() }) }
				db := faulty.New(raw, func(ctx context.Context, _ faulty.Call) faulty.Verdict {
					select {
					case <-hang:
						<-ctx.Done()
						return faulty.Verdict{Err: ctx.Err()}
					default:
						return faulty.Verdict{}
					}
				})
				start := time.Now()
				r, err := a.run(ctx, db, stage)
				require.Error(t, err)
				require.Contains(t, []ampel.EventCode{ampel.EventAborted, ampel.EventException}, r.Code) // the journal is lost
				require.Less(t, time.Since(start), 10*time.Minute)
			})
		})
	}
}
