// Package mongo is the engine of docdb for a MongoDB server, over the official
// driver.
//
//	db, err := mongo.Open(ctx, "mongodb://localhost:27017", "ampel")
//
// Filters, updates, orders and projections are checked by docdb and then passed
// on as they are; only regular expressions are written differently, so that the
// server reads them as Go does. Errors of the server become those of docdb:
// duplicate keys, updates that do not fit, indexes that differ, lists in two
// fields of one index.
//
// What a server does differently from the embedded engine: documents come in
// any order unless one is asked for; an UpdateMany that fails in the middle
// keeps what it has changed; two upserts of one document at the same time may
// end with ErrDuplicateKey for one of them, if a unique index stands behind the
// filter, and with two documents if none does; an error of the network leaves
// open whether a write was done. How far a write has to get before it counts
// is the write concern, set in the connection string.
//
// # What is tested
//
// With MONGODB_URI set, the whole suite of docdbtest runs against that server,
// in a database of its own. Without it the suite runs only through FerretDB,
// which is not MongoDB: it exercises the driver, the protocol and the mapping
// of results, and gets a part of the cases wrong by itself. So run the suite
// against your server before you rely on this package.
package mongo
