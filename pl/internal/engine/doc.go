// Package engine runs pipelines: queues, worker loops, broadcast, order, timeouts and
// the life of a run. It knows no types of package pl, and nothing outside of it knows
// what a queue is.
//
// Types are hidden per worker loop and not per item: the loop of a stage is one generic
// function, so that an item costs no closure, no conversion to an interface and no
// allocation. DESIGN.md tells how it works, and why the numbers are what they are.
package engine
