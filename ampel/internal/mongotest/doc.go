// Package mongotest has the tests of the tiers and of the command on MongoDB.
// They run against the server that MONGODB_URI names, each in a database of its
// own. Without it they run against FerretDB inside of the test, which speaks the
// protocol of MongoDB and gets some things wrong by itself: cases that meet one
// of its faults are skipped by name.
package mongotest
