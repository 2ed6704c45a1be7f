package t2

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
	tasks "github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

func doc(t *testing.T, v any) []byte {
	raw, err := bson.Marshal(v)
	require.NoError(t, err)
	return raw
}

func TestUnitsRunOnEveryBackend(t *testing.T) {
	state := [][]byte{
		doc(t, ampel.T1Document{Stock: ampel.IntID(1), Link: 5, DPS: []int64{1, 2}, Channel: ampel.Names("A")}),
		doc(t, ampel.DataPoint{ID: 1}), doc(t, ampel.DataPoint{ID: 2}),
	}
	ok := ampel.OK
	result := doc(t, ampel.T2Document{Unit: "CountPoints", Link: ampel.IntID(5), Config: ampel.MustValue(int64(9)),
		Meta: []ampel.MetaRecord{{Tier: 2, Code: &ok}}, Body: []ampel.Value{ampel.MustValue(bson.M{"n": 21})}})
	cases := []performedTask{
		{task{Unit: "CountPoints", Config: doc(t, bson.M{"factor": 3}), Input: state}, `{"n": {"$numberLong":"6"}}`, ""},
		{task{Unit: "CountPoints", Input: state}, `{"n": {"$numberLong":"2"}}`, ""},
		{task{Unit: "CountPoint", Input: [][]byte{doc(t, ampel.DataPoint{ID: 1, Body: ampel.MustValue(bson.M{"mag": 19.5})})}}, `{"n": {"$numberLong":"1"}}`, ""},
		{task{Unit: "CountJournal", Input: [][]byte{doc(t, ampel.StockDocument{Journal: make([]ampel.JournalRecord, 4)})}}, `{"n": {"$numberLong":"4"}}`, ""},
		{task{Unit: "TiedState", Input: state, Results: [][]byte{result}, Configs: map[int64][]byte{9: doc(t, bson.M{})}}, "", ""},
		{task{Unit: "CountPoints", Config: doc(t, bson.M{"factr": 3}), Input: state}, "", "factr: unknown key"},
		{task{Unit: "CountPoints", Config: doc(t, bson.M{"factor": -3}), Input: state}, "", "below zero"},
		{task{Unit: "Nobody", Input: state}, "", "unknown unit"},
		{task{Unit: "CountPoints", Config: doc(t, bson.M{"do": "panic"}), Input: state}, "", "no more paper"},
		{task{Unit: "CountPoints", Config: doc(t, bson.M{"do": "channel"}), Input: state}, "", "cannot be stored"},
		{task{Unit: "CountPoints", Input: [][]byte{{1, 2}}}, "", "cannot be read"},
	}
	for _, b := range []pl.Backend{pl.Sync, thread.Backend, tasks.Backend, process.Backend} {
		t.Run(b.String(), func(t *testing.T) {
			var in []task
			for i, x := range cases {
				x.ID = int64(i)
				in = append(in, x.task)
			}
			answers, err := pl.Map(b, perform, pl.Workers(2))(pl.From(in)).Collect(t.Context())
			require.NoError(t, err)
			require.Len(t, answers, len(cases))
			for _, a := range answers {
				x := cases[a.ID]
				if x.failure != "" {
					require.Contains(t, a.Failure, x.failure)
					continue
				}
				require.Empty(t, a.Failure)
				if x.body != "" {
					require.JSONEq(t, x.body, bson.Raw(a.Body).String())
				}
			}
		})
	}
}

type performedTask struct {
	task
	body, failure string
}
