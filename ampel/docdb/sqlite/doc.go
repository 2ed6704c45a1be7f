// Package sqlite is the embedded engine of docdb: one file, no server, no cgo.
//
//	db, err := sqlite.Open(ctx, "archive.db")
//
// # How it works
//
// A document is a row with its BSON. Each index is a table of keys, several for
// a document whose field is a list; keys are bytes that sort as MongoDB
// compares values. A filter first names conditions that an index can answer;
// of several, those with the fewest candidates are taken. Then the filter
// itself looks at each candidate's bytes. So an index only saves work: the
// answers, and their order, are the same with it and without.
//
// Documents come in the order of their insertion if no order is asked for.
// Sorting happens in memory.
//
// # Durability
//
// Each write waits until it is on the disk (SQLite's write-ahead log with
// synchronous=FULL). Writes of several goroutines share one wait, so many
// workers together write faster than one. A BulkWrite is one transaction: after
// a crash it is there as a whole or not at all. SyncNormal trades the last
// moments before a power failure for faster single writes.
//
// # Several goroutines, several processes
//
// One connection writes and some more read, at the same time: reading never
// waits for writing. Several processes may have one file open. A write waits
// for one that another process is at, up to Wait, then it is ErrLocked and
// nothing was written. FindOneAndUpdate is atomic among all of them. The file
// must be on a local disk; locks over networks are not reliable.
//
// A write whose context ends while it waits is not done. One that has begun
// runs to its end, or notices the context between two documents and undoes
// itself: the error tells for certain that nothing was written.
//
// # Limits
//
// A document has up to 16 MiB. A collection is limited by the disk; reading
// without an index looks at each document. A filter that an index answers by a
// range holds 8 bytes for each candidate. UpdateMany and DeleteMany hold 8
// bytes for each document that they change, and other writers wait meanwhile.
// The file does not shrink when documents are deleted, their room is used
// again.
//
// # What is tested
//
// The suite of docdbtest on a file and in memory; random documents, updates and
// deletes with random indexes against a model without any; several processes
// that claim, and that are killed while they write; files that are locked,
// truncated, damaged or of another program. Power failures are not simulated:
// that is left to SQLite.
package sqlite
