// Package t2test has units that count and misbehave, and the suite that T2Worker has
// to pass on every database. It is for tests only.
package t2test
