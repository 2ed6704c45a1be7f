// Package load has the loaders, which load what is known about stocks:
//
//	T3SimpleDataLoader       what its directives say; also known as DataLoader and
//	                         DBContentLoader
//	T3LatestStateDataLoader  the same, but only the newest state of each stock
//	                         and the results for it
//
// There is one query per directive and chunk. Every stock that is asked for gets
// a buffer, in that order, even if nothing is known about it.
package load
