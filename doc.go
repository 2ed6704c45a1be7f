// Package penstock is the guide to the module; there is no code in it.
//
// A penstock is the pipe that leads water to a turbine: it carries as much as the
// turbine takes, and a gate at its head holds back the rest. This module builds such
// pipes for data. A pipeline is made of stages; each has workers of its own, and a
// queue of bounded length in front, so that a slow stage holds back those before it
// and memory does not grow.
//
// # Where to begin
//
// Package [github.com/penstock/penstock/pl] has the stages, the operators between
// them, and what starts a run and gives its values and its error. Its guide explains
// resources of workers, backpressure, errors and order.
//
// The packages below it are the backends, which say where the workers of a stage
// run:
//
//   - pl.Sync, in package pl itself, works on one item at a time and in order.
//   - [github.com/penstock/penstock/pl/thread] has a fixed number of goroutines, for
//     functions that need a processor.
//   - [github.com/penstock/penstock/pl/task] has a goroutine for each item, for
//     functions that wait.
//   - [github.com/penstock/penstock/pl/process] has child processes, for functions that
//     crash, leak or cannot be stopped.
//
// Package [github.com/penstock/penstock/pl/tune] measures which of them suits a function,
// and says which stage of a pipeline is the bottleneck.
//
// Every stage of a pipeline can have a backend of its own, and changing it is
// changing a word.
//
// # A program to look at
//
// The command
//
//	go run ./examples/quickstart
//
// walks over the source of Go, reads and parses it, and prints the most frequent
// identifiers, and which stage of its pipeline was the bottleneck. Its flags swap the
// backend and the number of workers. The command
//
//	go run ./examples/crashproof
//
// decodes documents with a decoder that some of them crash, in worker processes, and
// says what became of those.
//
// # What is built on it
//
// Package [github.com/penstock/penstock/databay] moves records from inlets to outlets again
// and again, by way of buffers that store or release, and loses none. The command
//
//	go run ./examples/ticker
//
// takes prices from a server to a file and a database, and can be killed at any moment.
//
// Package [github.com/penstock/penstock/ampel] and those below it are a broker of
// astronomical alerts, from the stream of packets to what is posted about them. The command
//
//	go run ./examples/alerts
//
// simulates a survey, and shows the likely supernovae with their light curves.
//
// Module bench, in a folder of that name, compares all of it with other libraries.
//
// # What holds everywhere
//
// A description does nothing: only All, Collect and Run, which take the context,
// start goroutines and processes, and when they return, all of those have ended. The
// first error ends a run, unless an option of its stage says otherwise, and is returned
// with the stage and the item that it happened at. A panic in a function is an error. Options
// that make no sense are errors too, all of them at once, before anything starts.
package penstock
