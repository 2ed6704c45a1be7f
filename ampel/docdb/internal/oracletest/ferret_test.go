package oracletest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/FerretDB/FerretDB/ferretdb"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/docdbtest"
	"github.com/penstock/penstock/ampel/docdb/mongo"
)

// openFerret starts FerretDB in this process, a server that speaks the protocol
// of MongoDB, and connects the mongo engine to it over TCP.
func openFerret(t *testing.T) *docdb.DB {
	t.Helper()
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: "file:" + t.TempDir() + "/",
		Logger:    slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	db, err := mongo.Open(t.Context(), f.MongoDBURI(), "test")
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, db.Close())
		cancel()
		<-ended
	})
	return db
}

// TestMongoEngineOverTheWire runs the suite through the official driver. What
// is skipped are faults of FerretDB, which has no part in production: they say
// nothing about the engine.
func TestMongoEngineOverTheWire(t *testing.T) {
	docdbtest.Run(t, openFerret, docdbtest.Options{Workers: 4, Tickets: 24, Skip: ferretFaults})
}

var ferretFaults = map[string]string{
	"filter/not a number equals itself":      "FerretDB stores no NaN and drops the connection",
	"filter/not a number is not less":        "FerretDB stores no NaN and drops the connection",
	"filter/deep whole list":                 "FerretDB stores no lists in lists",
	"filter/deep element":                    "FerretDB stores no lists in lists",
	"filter/deep all of":                     "FerretDB stores no lists in lists",
	"filter/deep all of a list":              "FerretDB stores no lists in lists",
	"filter/deep size":                       "FerretDB stores no lists in lists",
	"filter/deep position":                   "FerretDB stores no lists in lists",
	"filter/deep position of a list":         "FerretDB stores no lists in lists",
	"filter/deep positions":                  "FerretDB stores no lists in lists",
	"filter/element of a list in a list":     "FerretDB stores no lists in lists",
	"filter/document of a list in a list":    "FerretDB stores no lists in lists",
	"filter/nested null through lists":       "FerretDB does not see that a document in a list lacks the field",
	"filter/nested not equal":                "FerretDB takes only one of the documents of a list",
	"filter/whole document":                  "FerretDB does not compare documents with the elements of a list",
	"filter/one element of a list":           "FerretDB's $elemMatch takes no documents",
	"filter/one element with bounds":         "FerretDB's $elemMatch takes no documents",
	"filter/no such element":                 "FerretDB's $elemMatch takes no documents",
	"filter/element that lacks a field":      "FerretDB's $elemMatch takes no documents",
	"filter/no element between":              "FerretDB's $elemMatch does not ask one element for all conditions",
	"filter/bits":                            "FerretDB does not look at the elements of a list for bits",
	"filter/no bits":                         "FerretDB does not look at the elements of a list for bits",
	"update/unset position leaves null":      "FerretDB removes the element",
	"update/push behind the end":             "FerretDB stores no lists in lists",
	"update/push a list":                     "FerretDB stores no lists in lists",
	"update/add a list":                      "FerretDB stores no lists in lists",
	"update/pull a list":                     "FerretDB stores no lists in lists",
	"update/push each of nothing to missing": "FerretDB makes no empty list",
	"update/pull greater":                    "FerretDB's $pull takes no conditions",
	"update/pull one of":                     "FerretDB's $pull takes no conditions",
	"update/pull documents that match":       "FerretDB's $pull takes no conditions",
	"update/pull documents by a bound":       "FerretDB's $pull takes no conditions",
	"upsert/equalities below and":            "FerretDB starts only from equalities at the top",
	"sort/through a list":                    "FerretDB does not sort by fields of documents in lists",
	"sort/through a list falling":            "FerretDB does not sort by fields of documents in lists",
	"insert/the same _id":                    "FerretDB does not tell which index refused",
	"index/unique":                           "FerretDB does not tell which index refused",
	"bulk/a failed update, ordered":          "FerretDB counts nothing in a bulk with a failure",
	"find and update/with a projection":      "FerretDB has no projection in findAndModify",
	"index/unique, missing counts as null":   "FerretDB takes missing fields as different",
	"index/unique on lists":                  "FerretDB does not index elements of lists",
	"index/duplicates that are there":        "FerretDB answers with an internal error",
	"index/again and differently":            "FerretDB allows two indexes on the same keys",
	"index/lists in two fields":              "FerretDB does not index elements of lists",
	"concurrent/claims":                      "FerretDB's findAndModify is not atomic",
	"concurrent/counter":                     "FerretDB's findAndModify is not atomic",
	"concurrent/upserts of one document":     "FerretDB's updates are not atomic",
	"push/slice from the front":              "FerretDB ignores $sort and $slice",
	"push/slice from the back":               "FerretDB ignores $sort and $slice",
	"push/slice to nothing":                  "FerretDB ignores $sort and $slice",
	"push/sort values":                       "FerretDB ignores $sort and $slice",
	"push/sort documents":                    "FerretDB ignores $sort and $slice",
	"push/sort and slice":                    "FerretDB ignores $sort and $slice",
}
