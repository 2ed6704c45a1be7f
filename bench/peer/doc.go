// Package peer runs the same work on this module and on its peers, each used as its
// own documentation recommends.
//
// A [Contender] has one file, in which a person who knows the library can see
// whether it is used well. What all of them have in common:
//
//   - They get the same slice of items and call the same functions, in the signature
//     that the library asks for.
//   - They return the digest of all results, which [workload.Job.Check] compares with
//     that of a plain loop.
//   - A run includes making and ending whatever the library needs.
//   - A stage has as many workers as the job says. Sizes of queues are the defaults
//     of the library.
//
// Libraries that have pools and no stages run a pipeline of three functions as one
// task per item, and store each result at the index of its item; that is what their
// users do, and a note in the table says so. Where results have to come in order, they
// are measured as well, but do not count as rivals: nobody gets a result from them
// before the last item is done.
//
// [All] returns the contenders. To add one, write its file and its line there.
package peer
