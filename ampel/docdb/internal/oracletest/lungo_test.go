package oracletest

import (
	"testing"

	"github.com/256dpi/lungo"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/docdbtest"
)

func openLungo(t *testing.T) *docdb.DB {
	t.Helper()
	client, engine, err := lungo.Open(t.Context(), lungo.Options{Store: lungo.NewMemoryStore()})
	require.NoError(t, err)
	db := docdb.New(lungoEngine{client, engine})
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// TestLungoAgreesWithTheSuite runs the suite against lungo. Where it differs is
// listed, with what MongoDB does and why we believe so.
func TestLungoAgreesWithTheSuite(t *testing.T) {
	docdbtest.Run(t, openLungo, docdbtest.Options{Workers: 4, Tickets: 40, Skip: lungoFaults})
}

var lungoFaults = map[string]string{
	"filter/deep all of":                    "lungo looks into lists in lists for $all; MongoDB's $all is an $and of equalities",
	"filter/deep position":                  "lungo looks into a list that was picked by its position; MongoDB takes it as one value",
	"filter/not a number is not less":       "lungo puts NaN below all numbers for $lt; MongoDB compares it with nothing",
	"filter/nested null through lists":      "lungo does not see that a document in a list lacks the field",
	"filter/pattern":                        "lungo has no $regex",
	"filter/pattern at the beginning":       "lungo has no $regex",
	"filter/pattern without case":           "lungo has no $regex",
	"filter/pattern value":                  "lungo has no $regex",
	"filter/pattern at the end":             "lungo has no $regex",
	"filter/not a pattern":                  "lungo has no $regex",
	"update/increment beyond 32 bits":       "lungo overflows; MongoDB makes it a 64 bit integer",
	"failure/increment out of range":        "lungo overflows; MongoDB refuses",
	"upsert/with another _id in the update": "lungo lets the update win; MongoDB refuses",
	"sort/lists by their least":             "lungo sorts lists as values; MongoDB by their least element",
	"sort/lists by their greatest":          "as lists by their least",
	"sort/through a list":                   "as lists by their least",
	"sort/through a list falling":           "as lists by their least",
	"projection/keep in lists":              "lungo keeps values that are no documents",
	"projection/leave out in lists":         "lungo does not leave out fields of documents in lists",
	"insert/the same _id":                   "lungo does not tell which index refused",
	"index/unique":                          "lungo does not tell which index refused",
	"index/again and differently":           "lungo allows two indexes on the same keys",
	"index/lists in two fields":             "lungo indexes them",
}
