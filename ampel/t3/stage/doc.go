// Package stage has the stagers: ways to give stocks to units. They differ in
// who sees what, and when:
//
//	T3SimpleStager        all units see all stocks, at the same time
//	T3SequentialStager    all units see all stocks, one unit after the other;
//	                      later ones see the results of earlier ones
//	T3DistributiveStager  n instances of one unit share the stocks: instance i
//	                      sees stocks i, i+n, i+2n, ...
//	T3ChannelStager       the units see one channel
//	T3ProjectingStager    blocks of units, each with a filter and a projector
//	T3AdaptativeStager    every channel has instances of the units of its own,
//	                      from its first stock on
//
// # Pace and memory
//
// Units that run at the same time take their chunk of stocks, and nobody gets
// one of the next chunk before all are done with it, so at most chunk_size
// buffers and their views are alive. What a unit need not wait for:
//
//   - one that has returned, left its loop over the views, or failed;
//   - the others, if it is the only one: then nothing is loaded before it is
//     asked for.
//
// T3SequentialStager holds all views; T3DistributiveStager has no common chunk:
// the queues of its instances together hold chunk_size buffers. The ids of the
// stocks that units were given are kept until the end, 8 bytes each and for each
// unit as long as they are numbers: a result may ask for a record in the journals
// of all of them.
//
// # Errors
//
// An error or a panic of one unit does not touch the others: their documents
// are made, and every error is reported. An error of a filter, a projector, a
// view or the supplier ends the run for all: who has seen a part of the stocks
// only makes no document. In each case the journal is written.
package stage
