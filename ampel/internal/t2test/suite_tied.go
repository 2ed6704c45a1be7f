package t2test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

func needs(list ...map[string]any) ampel.Config {
	out := []any{}
	for _, m := range list {
		out = append(out, m)
	}
	return ampel.Config{"t2_dependency": out}
}

func tiedStock(t *testing.T, l *Lab) {
	l.Fill(t, 3)
	tied := l.Ticket(t, "TiedStock", nil, Stock)
	l.Ticket(t, "CountJournal", nil, Stock)
	require.Equal(t, 2, l.Run(t, ampel.EventOK, ampel.Config{"unit_ids": []any{"TiedStock"}}))
	require.EqualValues(t, 2, l.N(t, tied))
	require.Len(t, l.Get(t, tied).Meta, 2, "it was run before its dependency")
}

func tiedPoint(t *testing.T, l *Lab) {
	l.Fill(t, 3)
	stock := map[string]any{"unit": "CountJournal"}
	point := map[string]any{"unit": "CountPoint", "config": map[string]any{"factor": int64(4)}}
	l.Ticket(t, "CountPoint", nil, 2) // of another configuration
	l.Ticket(t, "CountPoint", ampel.Config{"factor": int64(4)}, 2)
	l.Ticket(t, "CountJournal", ampel.Config{}, Stock)
	tied := l.Ticket(t, "TiedPoint", needs(stock, point), 2)
	require.Equal(t, 4, l.Run(t, ampel.EventOK, nil))
	require.EqualValues(t, 2*(1+4), l.N(t, tied))
	from, _ := l.Get(t, tied).Body[0].Get("from").List()
	require.Len(t, from, 2)
	first, _ := from[0].Text()
	require.Equal(t, "CountJournal/7", first, "not in the order of the dependencies")
}

func tiedState(t *testing.T, l *Lab) {
	l.Fill(t, 3)
	l.Ticket(t, "CountPoints", nil, State)
	tied := l.Ticket(t, "TiedState", nil, State)
	require.Equal(t, 2, l.Run(t, ampel.EventOK, ampel.Config{"workers": int64(4)}))
	require.EqualValues(t, 6, l.N(t, tied))

	// A chain: the result of a tied unit is a dependency itself.
	chain := l.Ticket(t, "TiedState", needs(map[string]any{"unit": "TiedState"}, map[string]any{"unit": "CountPoints"}), State)
	require.Equal(t, 1, l.Run(t, ampel.EventOK, nil))
	require.EqualValues(t, 18, l.N(t, chain))
}

func pointsOfState(t *testing.T, l *Lab) {
	l.Fill(t, 4) // of which the last has the lowest jd
	for i := range int64(4) {
		l.Ticket(t, "CountPoint", ampel.Config{"factor": i + 1}, i+1)
		l.Ticket(t, "CountPoint", nil, i+1)
	}
	all := l.Ticket(t, "TiedState", needs(map[string]any{"unit": "CountPoint"}), State)
	newest := l.Ticket(t, "TiedState", needs(map[string]any{"unit": "CountPoint", "link_override": map[string]any{"filter": "detections", "sort": "jd", "slice": "first"}}), State)
	require.Equal(t, 4+4+2, l.Run(t, ampel.EventOK, nil))
	require.EqualValues(t, 8, l.N(t, all))
	require.EqualValues(t, 2, l.N(t, newest))
	from, _ := l.Get(t, newest).Body[0].Get("from").List()
	one, _ := from[0].Text()
	require.Equal(t, "CountPoint/4", one)
}

func setCode(t *testing.T, l *Lab, id bson.RawValue, code ampel.DocumentCode) {
	t.Helper()
	_, err := l.DB.Collection("t2").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$set", Value: bson.D{{Key: "code", Value: code}}}})
	require.NoError(t, err)
}

func dependencyRunning(t *testing.T, l *Lab) {
	l.Fill(t, 3)
	dep := l.Ticket(t, "CountPoints", nil, State)
	tied := l.Ticket(t, "TiedState", nil, State)
	setCode(t, l, dep, ampel.CodeRunning)
	conf := ampel.Config{"backoff_on_retry": map[string]any{"factor": int64(20), "jitter": false}}
	require.Equal(t, 1, l.Run(t, ampel.EventOK, conf))
	d := l.Get(t, tied)
	require.Equal(t, ampel.T2Pending, d.Code)
	require.Equal(t, d.Meta[1].TS+20, d.Meta[1].RetryAfter)
	require.Len(t, l.StockDoc(t).Journal, 1, "waiting is no news")

	setCode(t, l, dep, ampel.CodeNew)
	l.Now = l.Now.Add(19 * time.Second)
	require.Equal(t, 1, l.Run(t, ampel.EventOK, conf))
	require.Equal(t, ampel.T2Pending, l.Get(t, tied).Code, "it did not wait")
	require.Zero(t, l.Run(t, ampel.EventPreCheckExit, conf))
	l.Now = l.Now.Add(time.Second)
	require.Equal(t, 1, l.Run(t, ampel.EventOK, conf))
	require.EqualValues(t, 6, l.N(t, tied))
}

func unmet(t *testing.T, l *Lab) {
	l.Fill(t, 1)
	lonely := l.Ticket(t, "TiedState", nil, State)
	require.Equal(t, 1, l.Run(t, ampel.EventOK, nil))
	require.Equal(t, ampel.T2NoDependency, l.Get(t, lonely).Code)

	l.Ticket(t, "CountPoints", nil, State, "C") // of a channel that has nothing to do with it
	setCode(t, l, lonely, ampel.CodeNew)
	l.Now = l.Now.Add(time.Minute) // it has to wait before it is tried again
	require.Equal(t, 2, l.Run(t, ampel.EventOK, ampel.Config{"code_match": []any{"NEW"}}))
	require.Equal(t, ampel.T2NoDependency, l.Get(t, lonely).Code)

	failing := map[string]any{"do": "fail"}
	l.Ticket(t, "CountPoints", failing, State)
	failed := l.Ticket(t, "TiedState", needs(map[string]any{"unit": "CountPoints", "config": failing}), State)
	require.Equal(t, 2, l.Run(t, ampel.EventException, nil))
	require.Equal(t, ampel.T2FailedDep, l.Get(t, failed).Code)

	l.Ticket(t, "CountPoints", ampel.Config{"factor": int64(9)}, State)
	alone := l.Ticket(t, "TiedState", needs(map[string]any{"unit": "CountPoints", "config": map[string]any{"factor": int64(9)}}), State)
	require.Equal(t, 1, l.Run(t, ampel.EventOK, ampel.Config{"unit_ids": []any{"TiedState"}, "run_dependent_t2s": false}))
	require.Equal(t, ampel.T2Pending, l.Get(t, alone).Code)
}

// circle has two units that wait for each other: a run must end all the same.
func circle(t *testing.T, l *Lab) {
	l.Fill(t, 1)
	// The configuration of one cannot contain its own number, so that the circle needs
	// units of different names.
	a := l.Ticket(t, "TiedState", needs(map[string]any{"unit": "TiedStateToo"}), State)
	b := l.Ticket(t, "TiedStateToo", nil, State)
	conf := ampel.Config{"max_try": int64(2), "backoff_on_retry": nil}
	require.Positive(t, l.Run(t, ampel.EventException, conf))
	require.Equal(t, ampel.CodeTooMany, l.Get(t, a).Code)
	require.Less(t, l.Get(t, b).Code, ampel.OK)
}

func tooMany(t *testing.T, l *Lab) {
	l.Fill(t, 1)
	id := l.Ticket(t, "CountPoints", ampel.Config{"do": "fail"}, State)
	for range 3 {
		require.Equal(t, 1, l.Run(t, ampel.EventException, ampel.Config{"max_try": int64(3)}))
		require.Equal(t, ampel.CodeException, l.Get(t, id).Code)
		setCode(t, l, id, ampel.CodeRerun)
	}
	require.Equal(t, 1, l.Run(t, ampel.EventException, ampel.Config{"max_try": int64(2)}))
	require.Equal(t, ampel.CodeTooMany, l.Get(t, id).Code)
	require.Zero(t, l.Run(t, ampel.EventPreCheckExit, nil))
}
