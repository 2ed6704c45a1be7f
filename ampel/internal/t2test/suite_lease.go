package t2test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

func set(t *testing.T, l *Lab, id bson.RawValue, fields bson.M) {
	t.Helper()
	_, err := l.DB.Collection("t2").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$set", Value: fields}})
	require.NoError(t, err)
}

// dead has a ticket of a worker that is gone.
func dead(t *testing.T, l *Lab) {
	l.Fill(t, 2)
	id := l.Ticket(t, "CountPoints", nil, State)
	leave := func(lost int) {
		set(t, l, id, bson.M{"code": ampel.CodeRunning, "claim": bson.M{
			"id": int64(5), "owner": int64(6), "ts": ampel.At(l.Now), "run": int64(3), "code": ampel.CodeNew, "lost": lost,
		}})
	}
	leave(0)
	conf := ampel.Config{"stale_after": "1m"}
	require.Zero(t, l.Run(t, ampel.EventPreCheckExit, conf))
	l.Now = l.Now.Add(59 * time.Second)
	require.Zero(t, l.Run(t, ampel.EventPreCheckExit, conf), "the worker was not given its time")
	l.Now = l.Now.Add(2 * time.Second)
	require.Equal(t, 1, l.Run(t, ampel.EventOK, conf))
	require.EqualValues(t, 2, l.N(t, id))
	require.Len(t, l.Get(t, id).Meta, 2)

	leave(4) // it has ended five workers
	l.Now = l.Now.Add(2 * time.Minute)
	require.Equal(t, 1, l.Run(t, ampel.EventException, conf))
	require.Equal(t, ampel.CodeTooMany, l.Get(t, id).Code)
	require.Contains(t, l.Troubles(t)[0].Msg, "5 ended with their worker")

	leave(0)
	setCode(t, l, id, ampel.CodeRerun) // by hand, while it was claimed
	require.Zero(t, l.Run(t, ampel.EventPreCheckExit, conf))
	l.Now = l.Now.Add(2 * time.Minute)
	require.Equal(t, 1, l.Run(t, ampel.EventOK, conf))
	require.Equal(t, ampel.OK, l.Get(t, id).Code)
}

// untold has a result that was written by a worker which died before it told the
// stock. The same happens again after the stock was told.
func untold(t *testing.T, l *Lab) {
	l.Fill(t, 1)
	id := l.Ticket(t, "CountPoints", nil, State)
	ok := ampel.OK
	meta := []ampel.MetaRecord{{Tier: 0}, {Tier: 2, Run: 3, Code: &ok}}
	record := ampel.JournalRecord{Tier: 2, TS: ampel.At(l.Now), Run: 3, Unit: "CountPoints", Action: ampel.T2AddBody, TraceID: map[string]int64{"claim": 5}}
	left := bson.M{"code": ampel.OK, "body": bson.A{bson.M{"n": 1}}, "meta": meta, "claim": bson.M{
		"id": int64(5), "owner": int64(6), "ts": ampel.At(l.Now), "run": int64(3), "code": ampel.CodeNew,
		"entry": bson.M{"record": record, "bump": true},
	}}
	for range 2 {
		set(t, l, id, left)
		l.Now = l.Now.Add(time.Hour)
		require.Zero(t, l.Run(t, ampel.EventOK, nil))
		require.EqualValues(t, 1, l.N(t, id))
		s := l.StockDoc(t)
		require.Len(t, s.Journal, 2, "the journal must have the result once")
		require.EqualValues(t, 3, s.Journal[1].Run)
		require.Equal(t, ampel.Labels(ampel.Names("A", "B")), s.Journal[1].Channel)
		require.Equal(t, record.TS, s.TS["B"].Upd)
	}
	require.Zero(t, l.Run(t, ampel.EventPreCheckExit, nil))
}

func limits(t *testing.T, l *Lab) {
	l.Fill(t, 3)
	for i := range int64(3) {
		l.Ticket(t, "CountPoint", nil, i+1)
	}
	l.Ticket(t, "CountPoints", nil, State)
	l.Ticket(t, "CountJournal", nil, Stock)
	require.Equal(t, 2, l.Run(t, ampel.EventOK, ampel.Config{"doc_limit": int64(2)}))
	require.Equal(t, 1, l.Run(t, ampel.EventOK, ampel.Config{"unit_ids": []any{"CountJournal"}}))
	require.Zero(t, l.Run(t, ampel.EventPreCheckExit, ampel.Config{"code_match": []any{"RERUN_REQUESTED", int64(-2000)}}))
	require.Zero(t, l.Run(t, ampel.EventPreCheckExit, ampel.Config{"min_doc_age": int64(3601)}))
	require.Equal(t, 2, l.Run(t, ampel.EventOK, ampel.Config{"min_doc_age": int64(3599)}))
}

// waiting has a run that waits for tickets.
func waiting(t *testing.T, l *Lab) {
	l.Fill(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan ampel.Report, 1)
	w := l.Worker(t, ampel.Config{"backoff_on_query": map[string]any{"factor": 0.001, "base": int64(1)}})
	go func() {
		rep, _ := w.Run(ctx) // the error is that it was canceled
		done <- rep
	}()
	for i := range int64(2) {
		id := l.Ticket(t, "CountPoints", ampel.Config{"factor": i}, State)
		require.Eventually(t, func() bool {
			n, err := l.DB.Collection("t2").Count(t.Context(), bson.D{{Key: "_id", Value: id}, {Key: "code", Value: ampel.OK}, {Key: "claim", Value: nil}})
			return err == nil && n == 1
		}, 20*time.Second, time.Millisecond)
	}
	cancel()
	require.Equal(t, 2, (<-done).Docs)
}

// elsewhere has a dependency that another worker is running, perhaps for long.
func elsewhere(t *testing.T, l *Lab) {
	l.Fill(t, 2)
	dep := l.Ticket(t, "CountPoints", nil, State)
	tied := l.Ticket(t, "TiedState", nil, State)
	above := l.Ticket(t, "TiedState", needs(map[string]any{"unit": "TiedState"}), State)
	set(t, l, dep, bson.M{"code": ampel.CodeRunning, "claim": bson.M{
		"id": int64(5), "owner": int64(6), "ts": ampel.At(l.Now), "run": int64(3), "code": ampel.CodeNew,
	}})
	for range 9 { // more often than max_try
		require.Zero(t, l.Run(t, ampel.EventOK, nil))
	}
	for _, id := range []bson.RawValue{tied, above} {
		d := l.Get(t, id)
		require.Equal(t, ampel.CodeNew, d.Code)
		require.Len(t, d.Meta, 1, "waiting counted as a try")
	}
	l.Now = l.Now.Add(time.Hour)
	require.Equal(t, 3, l.Run(t, ampel.EventOK, nil))
	require.EqualValues(t, 8, l.N(t, above))
}

// logs has a run whose log is stored.
func logs(t *testing.T, l *Lab) {
	l.Fill(t, 1)
	l.Ticket(t, "CountPoints", ampel.Config{"do": "fail"}, State)
	l.Run(t, ampel.EventException, nil)
	n, err := l.DB.Collection("log").Count(t.Context(), bson.D{{Key: "r", Value: 1}})
	require.NoError(t, err)
	require.EqualValues(t, 2, n, "one line about the ticket, and one at the end")
}
