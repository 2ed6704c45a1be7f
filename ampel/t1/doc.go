// Package t1 combines datapoints into states.
//
// A [Combiner] picks which points make up the state of a stock, as a channel
// sees it. There are T1SimpleCombiner, which takes all, and
// T1SimpleRetroCombiner, which makes the states of the past as well. The state is
// stored as a T1 document whose link is a hash of the ids of its points, see
// [Linker]: whoever combines the same points finds the same document.
//
// A [Unit] may compute something about a state when it is made.
package t1
