// Package measure measures several things beside each other, so that a machine that
// is faster now and slower then is so for all of them.
//
// [Interleave] runs every [Entry] once per round, each round in another order, and
// returns a [Series] of samples per entry: time, allocations, and on request the
// peak of the memory in use. [Summarize] gives the median and the spread of one
// quantity; [Ratio] compares two series round by round, so that what slows a whole
// round down does not change the result.
//
// Only compare what was measured in one call.
package measure
