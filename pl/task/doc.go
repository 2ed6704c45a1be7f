// Package task runs every item of a stage in a goroutine of its own, at most Workers
// at once. Use it for many calls that mostly wait: Workers(10_000) costs nothing
// until that many items are there. A resource belongs to one of the Workers places
// and is opened when its place is first needed; to share one resource among all
// items, capture it in the function instead.
//
// The goroutines are reused: an item that finds one free costs no start. Those that
// find no item give their goroutine back, so that a stage shrinks after a burst.
package task
