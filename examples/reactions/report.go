package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// printMessages prints what the rooms received, sorted: several units may have
// posted at once.
func printMessages(out io.Writer, stager string, rooms map[string][]string) {
	fmt.Fprintf(out, "  %-21s", stager)
	if len(rooms) == 0 {
		fmt.Fprint(out, " nothing")
	}
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		fmt.Fprintf(out, "  %s: %s", room, strings.Join(slices.Sorted(slices.Values(rooms[room])), " "))
	}
	fmt.Fprintln(out)
}

// printJournals prints how often each process has posted about each stock.
func printJournals(ctx context.Context, out io.Writer, db *ampel.Database) error {
	stocks := db.Collection(ampel.ColNameStock).Find(ctx, bson.D{}, docdb.SortBy(bson.D{{Key: "stock", Value: 1}}))
	for s, err := range docdb.Decode[ampel.StockDocument](stocks) {
		if err != nil {
			return err
		}
		posted := map[string]int{}
		for _, r := range s.Journal {
			if room, ok := r.Extra.Get("room").Text(); ok {
				posted[room]++
			}
		}
		fmt.Fprintf(out, "  stock %v %v %v: %d records, posted %v\n", s.Stock, s.Name, s.Channel, len(s.Journal), posted)
	}
	return nil
}
