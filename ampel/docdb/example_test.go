package docdb_test

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

func Example() {
	ctx := context.Background()
	db, err := sqlite.OpenMemory()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	stocks := db.Collection("stock")

	type stock struct {
		ID      int64    `bson:"stock"`
		Channel []string `bson:"channel"`
	}
	_, err = docdb.InsertMany(ctx, stocks, []stock{{1, []string{"BLUE"}}, {2, []string{"BLUE", "RED"}}, {3, []string{"RED"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	filter := bson.D{{Key: "channel", Value: "RED"}}
	order := docdb.SortBy(bson.D{{Key: "stock", Value: 1}})
	for s, err := range docdb.Decode[stock](stocks.Find(ctx, filter, order)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s.ID, s.Channel)
	}
	// Output:
	// 2 [BLUE RED]
	// 3 [RED]
}

// Workers claim tickets: each ticket goes to one of them.
func ExampleCollection_FindOneAndUpdate() {
	ctx := context.Background()
	db, err := sqlite.OpenMemory()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	tickets := db.Collection("t2")
	_, _ = tickets.InsertOne(ctx, bson.D{{Key: "unit", Value: "Fit"}, {Key: "code", Value: -1}})

	isNew := bson.D{{Key: "code", Value: -1}}
	running := bson.D{{Key: "$set", Value: bson.D{{Key: "code", Value: -5}}}}
	for range 2 {
		ticket, err := tickets.FindOneAndUpdate(ctx, isNew, running, docdb.After())
		if errors.Is(err, docdb.ErrNotFound) {
			fmt.Println("nothing to do")
			continue
		}
		fmt.Println(ticket.Lookup("unit").StringValue(), ticket.Lookup("code").AsInt64(), err)
	}
	// Output:
	// Fit -5 <nil>
	// nothing to do
}

// A bulk of upserts, as ingestion writes it.
func ExampleCollection_BulkWrite() {
	ctx := context.Background()
	db, err := sqlite.OpenMemory()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	c := db.Collection("stock")
	seen := func(id int, channel string) docdb.Write {
		return docdb.UpdateOne(bson.D{{Key: "stock", Value: id}},
			bson.D{{Key: "$addToSet", Value: bson.D{{Key: "channel", Value: channel}}}}, docdb.Upsert())
	}
	r, err := c.BulkWrite(ctx, []docdb.Write{seen(1, "A"), seen(2, "A"), seen(1, "B")}, docdb.Unordered())
	fmt.Println(len(r.Upserted), "new,", r.Modified, "changed", err)
	// Output: 2 new, 1 changed <nil>
}

// What is outside of the dialect is an error before anything is read.
func ExampleParseFilter() {
	_, err := docdb.ParseFilter(bson.D{{Key: "mag", Value: bson.D{{Key: "$mod", Value: 2}}}})
	fmt.Println(errors.Is(err, docdb.ErrDialect))
	f, err := docdb.ParseFilter(bson.D{{Key: "mag", Value: bson.D{{Key: "$lt", Value: 19}}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, err := bson.Marshal(bson.D{{Key: "mag", Value: 18.5}})
	fmt.Println(f.Match(doc), err)
	// Output:
	// true
	// true <nil>
}

// A unique index refuses a second document with the same key.
func ExampleCollection_EnsureIndexes() {
	ctx := context.Background()
	db, err := sqlite.OpenMemory()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	c := db.Collection("t0")
	fmt.Println(c.EnsureIndexes(ctx, docdb.Index{Keys: []string{"id"}, Unique: true}))
	_, err = c.InsertOne(ctx, bson.D{{Key: "id", Value: 5}})
	fmt.Println(err)
	_, err = c.InsertOne(ctx, bson.D{{Key: "id", Value: 5.0}})
	fmt.Println(errors.Is(err, docdb.ErrDuplicateKey))
	// Output:
	// <nil>
	// <nil>
	// true
}
