// Package thread runs stages on pools of goroutines: one goroutine per worker, from
// the start of the stage to its end. Use it for CPU-bound functions, and for blocking
// ones where each worker holds a connection.
//
// Workers that have no start hook are started when there is work for them, so that
// many workers cost nothing before. On a machine with n processors, CPU-bound
// functions gain nothing from more than n workers.
package thread
