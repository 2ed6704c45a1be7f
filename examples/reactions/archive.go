package main

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// fill stores six stocks in two channels, unless they are there: those of BLUE
// and RED overlap. It writes what the lower tiers would have written.
func fill(ctx context.Context, db *ampel.Database) error {
	now := time.Now()
	var writes []docdb.Write
	for id, channels := range map[int64][]string{
		1: {"BLUE"}, 2: {"RED"}, 3: {"BLUE", "RED"}, 4: {"BLUE"}, 5: {"RED"}, 6: {"BLUE", "RED"},
	} {
		times := bson.D{}
		for _, c := range append(channels, "any") {
			times = append(times, bson.E{Key: c, Value: ampel.StockTime{Tied: ampel.At(now), Upd: ampel.At(now)}})
		}
		labels := ampel.Names(channels...)
		writes = append(writes, docdb.UpdateOne(
			bson.D{{Key: "stock", Value: ampel.IntID(id)}},
			bson.D{{Key: "$setOnInsert", Value: bson.D{
				{Key: "channel", Value: labels},
				{Key: "name", Value: ampel.Names("SN" + string(rune('a'+id-1)))},
				{Key: "ts", Value: times},
				{Key: "journal", Value: []ampel.JournalRecord{{TS: ampel.At(now), Process: "archive", Action: ampel.T0AddChannel, Channel: labels}}},
			}}},
			docdb.Upsert()))
	}
	_, err := db.Collection(ampel.ColNameStock).BulkWrite(ctx, writes)
	return err
}
