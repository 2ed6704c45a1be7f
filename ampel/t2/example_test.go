package t2_test

import (
	"context"
	"fmt"
	"log"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/t2"
)

// brightestConfig is what tickets say about the unit.
type brightestConfig struct {
	Limit float64 `config:"limit,required"`
}

// brightest finds the lowest magnitude of a state.
type brightest struct{ conf brightestConfig }

func (u brightest) Process(_ context.Context, s *t2.State) (any, error) {
	best := u.conf.Limit
	for _, p := range s.LightCurve().Photopoints() {
		if m, ok := p.Body.Get("magpsf").Float(); ok {
			best = min(best, m)
		}
	}
	return map[string]any{"magnitude": best}, nil
}

// A program registers its units in package initialization, so that worker processes
// know them too.
func init() {
	t2.Register("Brightest", func(c brightestConfig) (t2.StateUnit, error) { return brightest{c}, nil })
}

func Example() {
	ctx := context.Background()
	raw, err := sqlite.OpenMemory()
	if err != nil {
		log.Fatal(err)
	}
	defer raw.Close()
	db, err := ampel.NewDatabase(ctx, raw)
	if err != nil {
		log.Fatal(err)
	}
	// As T0 and T1 leave it: datapoints, a state of them, and a ticket.
	conf, err := db.SaveConfig(ctx, ampel.Config{"limit": 20.5})
	if err != nil {
		log.Fatal(err)
	}
	for _, doc := range []struct {
		collection string
		doc        any
	}{
		{"t0", ampel.DataPoint{ID: 1, Body: ampel.MustValue(bson.M{"magpsf": 19.1})}},
		{"t0", ampel.DataPoint{ID: 2, Body: ampel.MustValue(bson.M{"magpsf": 18.4})}},
		{"t1", ampel.T1Document{Stock: ampel.IntID(7), Link: 5, DPS: []int64{1, 2}}},
		{"t2", ampel.T2Document{Stock: ampel.IntID(7), Link: ampel.IntID(5), Unit: "Brightest", Config: ampel.MustValue(conf), Code: ampel.CodeNew}},
	} {
		if _, err := db.Collection(doc.collection).InsertOne(ctx, doc.doc); err != nil {
			log.Fatal(err)
		}
	}

	var c t2.Worker // a job file has these as the configuration of T2Worker
	c.SetDefaults()
	c.Backend = "sync"
	worker, err := t2.NewWorker(&ampel.Env{DB: db, Process: "compute"}, c)
	if err != nil {
		log.Fatal(err)
	}
	report, err := worker.Run(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Code, report.Docs)
	ticket, err := db.Collection("t2").FindOne(ctx, bson.D{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ticket.Lookup("code").AsInt64(), ticket.Lookup("body"))
	// Output:
	// OK 1
	// 0 [{"magnitude": {"$numberDouble":"18.4"}}]
}
