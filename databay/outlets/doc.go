// Package outlets has ready-made outlets for package databay: files of text, CSV or
// JSON lines, SQL databases, standard output and nothing. MongoDB is in a module of
// its own, databay/outlets/mongo.
//
// An outlet that writes a file has written it through to disk when its Push returns,
// and has written all records of the batch or, after an error, none. What a buffer
// delivers again after a crash is told apart by a key: give [CSV] a Unique column, and a
// SQL table a unique key with a statement that leaves what is there.
//
// Metadata of a record can name its file: the keys are [PathKey] and [ModeKey].
package outlets
