// Package t0test is the suite of T0 and T1: what an AlertConsumer has to do on
// every database. It is run like package t3test.
package t0test
