// Package target says how fast this module is meant to be, as ratios to its peers,
// and measures whether it is.
//
// [All] is the list. A [Pair] is the usual target: a workload, ours, theirs, and
// bounds for the ratio of one or more quantities; both are measured beside each
// other and compared round by round. Others measure something of their own: what an
// item allocates once a run is under way ([steady]), how long an item takes through
// idle stages ([latency]), what a way to another process and back costs ([far]), and
// whether any concurrent peer is faster anywhere ([anywhere]).
//
// To add a target, write it and its line in All. A target whose contender does not
// exist in this program is an error of that line, not a target that is met.
package target
