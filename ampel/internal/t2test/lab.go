package t2test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t2"
)

// Lab is a database with a clock.
type Lab struct {
	DB  *ampel.Database
	Now time.Time
}

// NewLab returns a lab with an empty database.
func NewLab(t *testing.T, raw *docdb.DB) *Lab {
	t.Helper()
	db, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	return &Lab{DB: db, Now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
}

// Stock is the id of the stock that Fill makes, State the link of its state.
const (
	Stock = 7
	State = 100
)

// Fill makes a stock with n datapoints, 1 to n, and a state of all of them.
func (l *Lab) Fill(t *testing.T, n int) {
	t.Helper()
	ts := map[string]ampel.StockTime{"A": {Tied: 1, Upd: 1}, "B": {Tied: 1, Upd: 1}, "any": {Tied: 1, Upd: 1}}
	channels := ampel.Names("A", "B")
	l.insert(t, "stock", ampel.StockDocument{Stock: ampel.IntID(Stock), Channel: channels, TS: ts, Journal: []ampel.JournalRecord{{TS: 1}}})
	var ids []int64
	for i := range n {
		ids = append(ids, int64(i+1))
		body := ampel.MustValue(bson.M{"mag": 19.5, "jd": 100 - i})
		l.insert(t, "t0", ampel.DataPoint{ID: int64(i + 1), Stock: []ampel.StockID{ampel.IntID(Stock)}, Channel: channels, Body: body})
	}
	l.insert(t, "t1", ampel.T1Document{Stock: ampel.IntID(Stock), Link: State, DPS: ids, Channel: channels})
}

func (l *Lab) insert(t *testing.T, collection string, doc any) bson.RawValue {
	t.Helper()
	id, err := l.DB.Collection(collection).InsertOne(t.Context(), doc)
	require.NoError(t, err)
	return id
}

// Ticket leaves a ticket for a unit; its kind follows from the unit.
func (l *Lab) Ticket(t *testing.T, unit string, config ampel.Config, link int64, channels ...string) bson.RawValue {
	t.Helper()
	d := ampel.T2Document{
		Stock: ampel.IntID(Stock), Unit: unit, Link: ampel.IntID(link), Code: ampel.CodeNew,
		Meta: []ampel.MetaRecord{{Tier: 0, TS: ampel.At(l.Now.Add(-time.Hour))}},
	}
	if d.Channel = ampel.Names(channels...); len(channels) == 0 {
		d.Channel = ampel.Names("A", "B")
	}
	switch kind, _ := t2.KindOf(unit); kind {
	case ampel.T2Stock:
		d.Col = ampel.ColStock
	case ampel.T2Point:
		d.Col = ampel.ColT0
	}
	if config != nil {
		id, err := l.DB.SaveConfig(t.Context(), config)
		require.NoError(t, err)
		d.Config = ampel.MustValue(id)
	}
	return l.insert(t, "t2", d)
}

// Worker builds a worker.
func (l *Lab) Worker(t *testing.T, conf ampel.Config) ampel.Runner {
	t.Helper()
	r := ampel.NewRegistry()
	ampel.Register(r, "T2Worker", t2.NewWorker)
	model := ampel.UnitOf[ampel.Runner]{UnitModel: ampel.UnitModel{Unit: "T2Worker", Config: conf}}
	require.NoError(t, model.Check(r))
	w, _, err := model.Build(&ampel.Env{Units: r, DB: l.DB, Process: "compute", Now: func() time.Time { return l.Now }})
	require.NoError(t, err)
	return w
}

// Run does a run, of which the code must be as wanted, and returns how many tickets
// were done.
func (l *Lab) Run(t *testing.T, want ampel.EventCode, conf ampel.Config) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	rep, err := l.Worker(t, conf).Run(ctx)
	require.NoError(t, err)
	require.Equal(t, want, rep.Code, "%v", rep.Errors)
	return rep.Docs
}

// Get returns a ticket. It must not be claimed any more.
func (l *Lab) Get(t *testing.T, id bson.RawValue) ampel.T2Document {
	t.Helper()
	raw, err := l.DB.Collection("t2").FindOne(t.Context(), bson.D{{Key: "_id", Value: id}})
	require.NoError(t, err)
	var d ampel.T2Document
	require.NoError(t, bson.Unmarshal(raw, &d))
	_, err = raw.LookupErr("claim")
	require.Error(t, err, "the ticket is still claimed")
	return d
}

// N returns the result of a ticket as a number.
func (l *Lab) N(t *testing.T, id bson.RawValue) int64 {
	t.Helper()
	d := l.Get(t, id)
	require.Equal(t, ampel.OK, d.Code)
	require.Len(t, d.Body, 1)
	n, ok := d.Body[0].Get("n").Int()
	require.True(t, ok)
	return n
}

// StockDoc returns the stock.
func (l *Lab) StockDoc(t *testing.T) ampel.StockDocument {
	t.Helper()
	raw, err := l.DB.Collection("stock").FindOne(t.Context(), bson.D{{Key: "stock", Value: Stock}})
	require.NoError(t, err)
	var s ampel.StockDocument
	require.NoError(t, bson.Unmarshal(raw, &s))
	return s
}

// Troubles returns all of them.
func (l *Lab) Troubles(t *testing.T) []ampel.Trouble {
	t.Helper()
	all, err := l.DB.Collection("trouble").FindAll(t.Context(), bson.D{})
	require.NoError(t, err)
	out := make([]ampel.Trouble, len(all))
	for i, raw := range all {
		require.NoError(t, bson.Unmarshal(raw, &out[i]))
	}
	return out
}
