// Package docdb is a document database with two engines: one that is embedded
// in the program and keeps a file (docdb/sqlite), and one for a MongoDB server
// (docdb/mongo, a module of its own). Code that works on one works on the
// other, because both take the same checked dialect.
//
//	db, err := sqlite.Open(ctx, "archive.db")
//	...
//	defer db.Close()
//	stocks := db.Collection("stock")
//	for doc, err := range stocks.Find(ctx, bson.D{{"channel", "RED"}}) { ... }
//
// Filters, updates and documents are BSON as the package
// go.mongodb.org/mongo-driver/v2/bson has it, and nothing else of the driver is
// needed: bson.D for filters and updates, and structs with bson tags, bson.D or
// bson.Raw for documents. What is found comes as bson.Raw; Decode turns it into
// a type of yours. In filters that compare whole documents, use bson.D and not
// a map: the order of fields counts, and a map has none.
//
// # The dialect
//
// Everything that a caller passes is parsed once, before an engine sees it.
// What is outside of the dialect is ErrDialect on every engine, with the path
// and what to do, and nothing has happened then.
//
//	filters    field: value, $eq $ne $gt $gte $lt $lte $in $nin $all $exists $size
//	           $elemMatch $regex (with $options i m s) $bitsAllSet $not, $and $or $nor
//	updates    $set $setOnInsert $unset $inc $min $max $push ($each $sort $slice)
//	           $addToSet ($each) $pull
//	sorting    fields with 1 or -1, also through lists
//	projection fields to keep or to leave out, also through lists
//	values     double, 32 and 64 bit integer, string, bytes, object id, boolean,
//	           date, null, list, document
//
// There is no aggregation and no $where or $expr: read and compute in Go.
// Positional operators and the replacement of whole documents are left out, and
// so are field names with dots or a dollar sign in front, which no filter could
// reach. Patterns are those of package regexp; they are sent to a server in a
// form that means the same there.
//
// # What matches
//
// The rules are those of MongoDB. A field that is a list matches if one of its
// elements does, or the list as a whole. A path goes through lists: a.b looks
// at the field b of each document in the list a. A missing field equals null.
// $gt and the like compare only values of one kind (5 is not less than "x"),
// while sorting has an order for all kinds. Numbers are equal by value, exactly:
// 5, int64(5) and 5.0 are one value, 2^53+1 as an integer is not equal to any
// double. $ne, $nin and $not match if no element does, and so also if the field
// is missing.
//
// An upsert that finds nothing inserts a document made of the equalities of the
// filter, at its top and below $and, and of the update. Two equalities for one
// field are an error, and so is what MongoDB sometimes reads as an equality
// ($in with one value, $or with one branch, $all).
//
// # Errors
//
// Test with errors.Is: ErrDialect, ErrNotFound, ErrDuplicateKey, ErrUpdate (an
// update does not fit a document, which is left as it was), ErrParallelArrays,
// ErrIndex, ErrClosed, ErrLocked, ErrCorrupt, ErrForeign, ErrUnreachable.
// A BulkWrite in which writes fail returns a *BulkError with the position of
// each of them. DB.WriteTogether does bulks of several collections, with the
// embedded engine in one transaction.
//
// # What is tested against what
//
// The matcher and the updates were compared with lungo, an implementation of
// MongoDB by others, on random documents, filters and updates; where lungo is
// wrong, by the documentation of MongoDB, the cases are left out by name. The
// embedded engine is compared with the matcher alone: the same answers with any
// set of indexes and with none. Both engines take one suite of cases (package
// docdbtest). The MongoDB engine takes it through FerretDB, a server by others
// which speaks the protocol but gets a part of the cases wrong (they are
// skipped by name), and on a real MongoDB if the variable MONGODB_URI names
// one. The tests of this repository do not start a real MongoDB themselves: set
// it and run the suite before you rely on the mongo engine.
//
// # Writing an engine
//
// An Engine gets filters, updates and orders that are parsed: it can pass their
// BSON on, or call Match, Apply and Key itself. Filter.Narrow names conditions
// that help to find candidates in an index. Run docdbtest.Run against it.
package docdb
