// Package bench measures penstock beside its peers. It is a module of its own, so
// that the peers are no dependencies of the library.
//
// From the root of the repository:
//
//	go run ./bench/cmd/plbench sweep                     the setting that suits a function
//	go run ./bench/cmd/plbench pipeline                  a bottleneck, and one more worker there
//	go run ./bench/cmd/plbench peers                     every contender on every workload, and the ratios
//	go run ./bench/cmd/plbench peers -workload trivial   one workload
//	go run ./bench/cmd/plbench process                   to another process and back
//	go run ./bench/cmd/plbench maxsize                   what a small MaxSize costs
//	go run ./bench/cmd/plbench targets -check            the ratios that must be kept
//	go run ./bench/cmd/plbench readme -measure           the table of the README, measured anew
//
// and, with Go's own tools, for a comparison of two versions with benchstat:
//
//	go test -bench Contenders/work=cpu1 -count 10 ./bench
//
// # How to read the numbers
//
// Compare numbers of one table only. All contenders of a table take turns in one
// process, round by round, so that a machine that is slower for a while is so for all
// of them; a table of another run, or of another machine, has other numbers. The
// time of a row is the median of the rounds; where min and max lie far apart,
// something else was running, and the table should be measured again.
//
// The time per item is that of the whole run, with its start and its end, divided by
// the items. With two workers and an item of 10 microseconds the best possible is 5.
//
// The ratio is that to the fastest concurrent peer: to the fastest contender that
// takes items one by one as they come, works on several at a time, and is not this
// module. Rows that are something else are there for orientation: a plain loop and
// the limit (a slice cut into one part per worker) show what the work alone costs,
// contenders without concurrency and those that need all items in a slice
// beforehand have a note.
//
// # How it is kept honest
//
// Every run of every contender is checked: the digest of its results must be that of
// a plain loop, in order where order is asked for, or the command fails instead of
// printing a number. Each contender has a file of its own in package peer, written as
// its documentation recommends. Versions come from the build information of the
// program.
//
// # The packages
//
//   - workload: the work, and the check of its results
//   - peer: the contenders, and this module's backends among them
//   - hop: ways to another process and back, and package process among them
//   - measure: rounds, samples, medians
//   - compare: a table of all contenders on one workload, or of all ways
//   - target: the ratios that this module is meant to keep
//   - find: settings of functions, and bottlenecks of pipelines
//   - report: tables, JSON and CSV, with machine and versions
//   - page: the same as one page with charts
//   - results: the run that the README shows
//   - cmd/plbench: the command
//   - t3: what the stagers and the loader of ampel add, beside a plain loop and the
//     reads of the database; benchmarks of Go
package bench
