package mongotest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/mongo"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/catalog"
)

// A server that goes away in the middle of a run ends it with an error that says
// so, for every stager.
func TestServerGoesAway(t *testing.T) {
	for stager, more := range map[string]string{"T3SimpleStager": "", "T3DistributiveStager": "nthread: 2,", "T3AdaptativeStager": "", "T3SequentialStager": ""} {
		t.Run(stager, func(t *testing.T) {
			uri, stop, err := startFerret() // one after the other: it sets a variable of its package
			require.NoError(t, err)
			defer stop()
			t.Parallel() // most of the time is waiting
			raw, err := mongo.Open(t.Context(), uri+"gone?serverSelectionTimeoutMS=300&connectTimeoutMS=300", "")
			require.NoError(t, err)
			defer func() { require.NoError(t, raw.Close()) }()
			db, err := ampel.NewDatabase(t.Context(), raw)
			require.NoError(t, err)
			for id := range 5 {
				_, err = db.Collection("stock").InsertOne(t.Context(), bson.M{"stock": id, "channel": bson.A{"A"}, "journal": bson.A{}})
				require.NoError(t, err)
			}
			units := catalog.New()
			t3.RegisterUnit(units, "Stops", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) {
				return t3.UnitFunc[*ampel.SnapView](func(_ context.Context, v *t3.Views[*ampel.SnapView], _ *ampel.T3Store) (any, error) {
					for range v.All() {
						stop()
						if err := v.Send(ampel.JournalAttributes{}); err != nil {
							return nil, err
						}
					}
					return 1, nil
				}), nil
			})
			j, err := job.Parse([]byte(`
process_name: P
supply: {unit: T3DefaultBufferSupplier, config: {chunk_size: 2, select: T3StockSelector, load: {unit: T3SimpleDataLoader, config: {directives: [STOCK]}}}}
stage: {unit: `+stager+`, config: {`+more+` execute: Stops}}`), false)
			require.NoError(t, err)
			var reports []ampel.Report
			err = j.Run(t.Context(), &ampel.Env{Units: units, DB: db}, func(_ job.Process, r ampel.Report) { reports = append(reports, r) })
			require.ErrorIs(t, err, docdb.ErrUnreachable)
			require.Len(t, reports, 1)
			require.Equal(t, ampel.EventException, reports[0].Code)
			require.ErrorContains(t, errors.Join(reports[0].Errors...), "journal")
		})
	}
}
