package t2test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// Run checks T2Worker on a database. open returns one that is empty. skip has the
// cases that meet a fault of the database which is not ours, and which.
func Run(t *testing.T, open func(*testing.T) *docdb.DB, skip map[string]string) {
	for name, test := range map[string]func(*testing.T, *Lab){
		"three kinds on two channels": kinds, "results and codes": results, "bad tickets": bad,
		"backends": backends, "tied stock": tiedStock, "tied point": tiedPoint, "tied state": tiedState,
		"points of a state": pointsOfState, "dependency running": dependencyRunning, "dependency elsewhere": elsewhere,
		"dependencies that cannot be met": unmet, "a circle": circle, "too many trials": tooMany,
		"limit and units": limits, "waiting": waiting, "raise": raise, "canceled": canceled,
		"a dead worker": dead, "an untold result": untold, "refused result": refused,
		"workers side by side": together, "log": logs,
	} {
		t.Run(name, func(t *testing.T) {
			if why := skip[name]; why != "" {
				t.Skip(why)
			}
			test(t, NewLab(t, open(t)))
		})
	}
}

func kinds(t *testing.T, l *Lab) {
	l.Fill(t, 3)
	stock := l.Ticket(t, "CountJournal", nil, Stock)
	var points []bson.RawValue
	for i := range int64(3) {
		points = append(points, l.Ticket(t, "CountPoint", nil, i+1, "A"))
	}
	state := l.Ticket(t, "CountPoints", ampel.Config{"factor": int64(5)}, State)
	require.Equal(t, 5, l.Run(t, ampel.EventOK, nil))
	require.EqualValues(t, 1, l.N(t, stock))
	require.EqualValues(t, 15, l.N(t, state))
	for _, p := range points {
		require.EqualValues(t, 1, l.N(t, p))
	}

	require.Zero(t, l.Run(t, ampel.EventPreCheckExit, nil))
	require.Zero(t, l.Run(t, ampel.EventOK, ampel.Config{"pre_check": false}))
	events, err := l.DB.Collection("event").FindAll(t.Context(), bson.D{})
	require.NoError(t, err)
	require.Len(t, events, 3)
	var first, second, third ampel.EventDocument
	for i, e := range []*ampel.EventDocument{&first, &second, &third} {
		require.NoError(t, bson.Unmarshal(events[i], e))
		require.Equal(t, "compute", e.Process)
		require.EqualValues(t, 2, *e.Tier)
	}
	n, _ := first.More["ret"].Int()
	require.EqualValues(t, 5, n)
	require.Equal(t, ampel.EventPreCheckExit, second.Code)
	require.Zero(t, second.Run, "a run number was used for nothing")
	require.EqualValues(t, 2, third.Run)

	s := l.StockDoc(t)
	require.Len(t, s.Journal, 6)
	for _, r := range s.Journal[1:] {
		require.EqualValues(t, 2, r.Tier)
		require.EqualValues(t, 1, r.Run)
		require.Equal(t, ampel.T2AddBody|ampel.StockBumpUpd, r.Action)
		if r.Unit == "CountPoint" {
			require.Equal(t, ampel.Labels(ampel.Names("A")), r.Channel)
		}
		if r.Unit == "CountPoints" {
			require.Equal(t, ampel.Labels(ampel.Names("A", "B")), r.Channel)
			require.Equal(t, string(state.Value), string(docOf(t, r).Value))
		}
	}
	for _, c := range []string{"any", "A", "B"} {
		require.Equal(t, ampel.At(l.Now), s.TS[c].Upd, c)
	}
	d := l.Get(t, state)
	require.Len(t, d.Meta, 2)
	m := d.Meta[1]
	require.EqualValues(t, 2, m.Tier)
	require.Equal(t, ampel.OK, *m.Code)
	require.Equal(t, ampel.MetaSetCode|ampel.MetaAddBody|ampel.MetaBumpStockUpd, m.Activity[0].Action)
}

func docOf(t *testing.T, r ampel.JournalRecord) bson.RawValue {
	kind, raw, err := r.Doc.MarshalBSONValue()
	require.NoError(t, err)
	return bson.RawValue{Type: bson.Type(kind), Value: raw}
}

func results(t *testing.T, l *Lab) {
	l.Fill(t, 1)
	more := l.Ticket(t, "CountPoints", ampel.Config{"do": "more"}, State)
	missing := l.Ticket(t, "CountPoints", ampel.Config{"do": "missing"}, State)
	require.Equal(t, 2, l.Run(t, ampel.EventOK, ampel.Config{"jtag": "J", "mtag": "M", "backoff_on_retry": map[string]any{"factor": 2.5, "jitter": false}}))
	d := l.Get(t, more)
	require.EqualValues(t, 12, d.Code)
	require.Equal(t, ampel.Names("seen"), d.Tag)
	require.Equal(t, ampel.MetaSetUnitCode|ampel.MetaAddBody|ampel.MetaUnitTag|ampel.MetaExtraJournal|ampel.MetaBumpStockUpd, d.Meta[1].Activity[0].Action)
	require.Equal(t, ampel.Labels(ampel.Names("M")), d.Meta[1].Tag)
	v, err := ampel.NewT2DocView(d, l.DB)
	require.NoError(t, err)
	n, _ := v.Value("n").Int()
	require.EqualValues(t, 1, n)

	d = l.Get(t, missing)
	require.Equal(t, ampel.T2MissingInfo, d.Code)
	require.Empty(t, d.Body)
	require.Equal(t, ampel.At(l.Now)+3, d.Meta[1].RetryAfter, "2.5 seconds, rounded up")
	for _, r := range l.StockDoc(t).Journal[1:] {
		if r.Code == ampel.T2MissingInfo {
			continue
		}
		require.Equal(t, ampel.Labels(ampel.Names("J", "jt")), r.Tag)
		require.EqualValues(t, 3, r.Code)
		mood, _ := r.Extra.Get("mood").Text()
		require.Equal(t, "good", mood)
		require.Equal(t, ampel.T2AddBody|ampel.T2AddTag|ampel.T2SetCode|ampel.T2ExtraJournal|ampel.StockBumpUpd, r.Action)
	}
	require.Empty(t, l.Troubles(t))
}

func bad(t *testing.T, l *Lab) {
	l.Fill(t, 2)
	l.insert(t, "t0", ampel.DataPoint{ID: 50, Body: ampel.MustValue(bson.M{"flux": 1})})
	l.insert(t, "t1", ampel.T1Document{Stock: ampel.IntID(Stock), Link: 101, DPS: []int64{1, 77}})
	cases := []struct {
		id   bson.RawValue
		code ampel.DocumentCode
		msg  string
	}{
		{l.Ticket(t, "CountPoint", nil, 50, "A"), ampel.CodeException, "no magnitude"},
		{l.Ticket(t, "CountPoints", ampel.Config{"factor": int64(-1)}, State), ampel.CodeException, "Could not instantiate unit CountPoints: "},
		{l.Ticket(t, "CountPoints", ampel.Config{"factr": int64(1)}, State), ampel.CodeException, "Could not instantiate unit CountPoints: ampel: config: config.factr: unknown key"},
		{l.Ticket(t, "Nobody", nil, State), ampel.CodeException, "Could not instantiate unit Nobody"},
		{l.Ticket(t, "CountPoints", ampel.Config{"do": "panic"}, State), ampel.CodeException, "the unit panicked: no more paper"},
		{l.Ticket(t, "CountPoints", ampel.Config{"do": "fail"}, State), ampel.CodeException, "no more ink"},
		{l.Ticket(t, "CountPoints", ampel.Config{"do": "channel"}, State), ampel.CodeException, "cannot be stored"},
		{l.Ticket(t, "CountPoints", ampel.Config{"do": "nothing"}, State), ampel.CodeError, "returned nothing"},
		{l.Ticket(t, "CountPoints", nil, 999), ampel.T2NoLink, "no T1 document"},
		{l.Ticket(t, "CountPoints", nil, 101), ampel.T2MissingInfo, "datapoint 77"},
		{l.Ticket(t, "CountPoint", nil, 999), ampel.T2NoLink, "no id 999"},
		{l.Ticket(t, "TiedPoint", nil, 1), ampel.CodeException, "t2_dependency: is missing"},
		{l.Ticket(t, "TiedPoint", ampel.Config{"t2_dependency": []any{map[string]any{"unit": "CountPoints"}}}, 2), ampel.CodeException, "cannot build on"},
	}
	unknown := l.Ticket(t, "CountPoints", nil, State)
	_, err := l.DB.Collection("t2").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: unknown}}, bson.D{{Key: "$set", Value: bson.D{{Key: "config", Value: int64(12345)}}}})
	require.NoError(t, err)
	cases = append(cases, struct {
		id   bson.RawValue
		code ampel.DocumentCode
		msg  string
	}{unknown, ampel.T2NoConfig, "config 12345"})
	good := l.Ticket(t, "CountJournal", nil, Stock)

	require.Equal(t, len(cases)+1, l.Run(t, ampel.EventException, nil))
	require.EqualValues(t, 1, l.N(t, good))
	troubles := l.Troubles(t)
	require.Len(t, troubles, len(cases))
	for _, c := range cases {
		d := l.Get(t, c.id)
		require.Equal(t, c.code, d.Code, c.msg)
		require.Empty(t, d.Body)
		found := false
		for _, r := range troubles {
			if r.Unit == d.Unit && r.Code == c.code && strings.Contains(r.Msg, c.msg) {
				found = true
				require.Equal(t, ampel.Labels(d.Channel), r.Channel)
				require.Equal(t, strings.Contains(c.msg, "panicked"), len(r.Exception) > 0)
			}
		}
		require.True(t, found, "no trouble tells of %q: %v", c.msg, troubles)
	}
}

// backends runs one good unit and one that ends its process.
func backends(t *testing.T, l *Lab) {
	l.Fill(t, 3)
	for i, b := range []string{"sync", "thread", "task", "process"} {
		factor := ampel.Config{"factor": int64(i + 2)}
		good := []bson.RawValue{l.Ticket(t, "CountPoints", factor, State), l.Ticket(t, "CountJournal", factor, Stock)}
		want := ampel.EventOK
		var guilty, stuck bson.RawValue
		conf := ampel.Config{"backend": b, "workers": int64(2)}
		if b == "process" {
			want = ampel.EventException
			guilty = l.Ticket(t, "CountPoints", ampel.Config{"do": "exit"}, State)
		}
		if b == "thread" || b == "process" {
			want = ampel.EventException
			conf["timeout"] = "1s"
			stuck = l.Ticket(t, "CountPoints", ampel.Config{"do": "hang", "factor": int64(i)}, State)
		}
		l.Run(t, want, conf)
		require.EqualValues(t, 3*(i+2), l.N(t, good[0]))
		require.Equal(t, ampel.OK, l.Get(t, good[1]).Code)
		if b == "process" {
			require.Equal(t, ampel.CodeException, l.Get(t, guilty).Code)
			troubles := l.Troubles(t)
			found := false
			for _, r := range troubles {
				found = found || strings.Contains(r.Msg, "exit status 7")
			}
			require.True(t, found, "%v", troubles)
		}
		if conf["timeout"] != nil {
			require.Equal(t, ampel.CodeException, l.Get(t, stuck).Code)
		}
	}
}

func refused(t *testing.T, l *Lab) {
	l.Fill(t, 1)
	wrong := l.Ticket(t, "CountPoints", ampel.Config{"do": "dollar"}, State)
	good := l.Ticket(t, "CountPoints", nil, State)
	require.Equal(t, 2, l.Run(t, ampel.EventException, nil))
	require.EqualValues(t, 1, l.N(t, good))
	require.Equal(t, ampel.CodeException, l.Get(t, wrong).Code)
	require.Contains(t, l.Troubles(t)[0].Msg, "the result cannot be stored")
}

func raise(t *testing.T, l *Lab) {
	l.Fill(t, 1)
	l.Ticket(t, "CountPoints", ampel.Config{"do": "fail"}, State)
	rep, err := l.Worker(t, ampel.Config{"raise_exc": true}).Run(t.Context())
	require.ErrorContains(t, err, "no more ink")
	require.Equal(t, ampel.EventException, rep.Code)
	require.Empty(t, l.Troubles(t))
}

func canceled(t *testing.T, l *Lab) {
	l.Fill(t, 1)
	id := l.Ticket(t, "CountPoints", ampel.Config{"do": "hang"}, State)
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	begun := make(chan ampel.Report, 1)
	w := l.Worker(t, nil)
	go func() {
		rep, err := w.Run(ctx)
		if !errors.Is(err, reason) {
			rep.Errors = append(rep.Errors, fmt.Errorf("another error: %w", err))
		}
		begun <- rep
	}()
	require.Eventually(t, func() bool {
		n, err := l.DB.Collection("t2").Count(t.Context(), bson.D{{Key: "code", Value: ampel.CodeRunning}})
		return err == nil && n == 1
	}, 20*time.Second, time.Millisecond)
	cancel(reason)
	rep := <-begun
	require.Equal(t, ampel.EventAborted, rep.Code)
	require.Len(t, rep.Errors, 1)
	d := l.Get(t, id)
	require.Equal(t, ampel.CodeNew, d.Code, "the ticket was not given back")
	require.Len(t, d.Meta, 1)
}

// together runs several workers at once; no ticket may be run twice.
func together(t *testing.T, l *Lab) {
	l.Fill(t, 2)
	const tickets = 300
	for i := range int64(tickets) {
		l.Ticket(t, "CountPoints", ampel.Config{"factor": i}, State)
	}
	done := make(chan int, 4)
	for range cap(done) {
		w := l.Worker(t, ampel.Config{"workers": int64(2)})
		go func() {
			rep, err := w.Run(t.Context())
			if err != nil {
				t.Error(err)
			}
			done <- rep.Docs
		}()
	}
	sum := 0
	for range cap(done) {
		sum += <-done
	}
	require.Equal(t, tickets, sum)
	for d, err := range docdb.Decode[ampel.T2Document](l.DB.Collection("t2").Find(t.Context(), bson.D{})) {
		require.NoError(t, err)
		require.Equal(t, ampel.OK, d.Code)
		require.Len(t, d.Body, 1)
	}
	require.Len(t, l.StockDoc(t).Journal, tickets+1)
}
