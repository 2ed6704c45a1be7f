// Package hop measures what it costs to send an item to another process of the same
// program, call a function there, and get the result back.
//
// A [Load] is a kind of item with its function: int, a struct of about a KiB, and a
// MiB of bytes. A [Way] is how the items get there and back:
//
//   - penstock process: a stage of package process, as it is without options.
//   - penstock process, wide: the same with a larger MaxSize, so that more small items
//     are on the way. Not for large items.
//   - gob, one value per write: what is written first. A worker process decodes a
//     value from its standard input, calls the function and encodes the result to its
//     standard output. One item at a time is on the way to each worker.
//   - go-plugin net/rpc: a call of a plugin of github.com/hashicorp/go-plugin for each
//     item. One at a time is on the way to each plugin.
//   - pipe copy: the limit. As many bytes as the items have in memory go to another
//     process and come back, in blocks of a MiB, and nobody looks at them. They are
//     read into the same memory again and again, which stays in the cache.
//   - pipe copy, kept: the same, but each block is read into new memory, which is what
//     items need that somebody may keep.
//
// The figure of a run is the time from its first result to its last, divided by the
// results between: what it takes to start is measured by [Way.Start]. Every run checks
// its results.
//
// The other processes are this program, started again. So a program that measures,
// and the TestMain of a package that does, calls process.Init and [Init] first.
package hop
