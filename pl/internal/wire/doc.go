// Package wire is the protocol between a run and a worker in another process: frames over
// any io.Reader and io.Writer, pipes today. It knows nothing of processes and of pl.
//
// # A worker's life
//
//	parent                                        worker
//	  |                                              |  starts
//	  |  <---------------- Hello ------------------  |  protocol, fingerprint, functions
//	  |  checks them                                 |
//	  |  ----------------- Job ------------------->  |  function, argument, identity
//	  |                                              |  OnStart
//	  |  <---------------- Ready ------------------  |  or its Failure: then it ends
//	  |  ----------------- Items ----------------->  |
//	  |  ----------------- Items ----------------->  |  a few chunks in flight
//	  |  <---------------- Results ----------------  |  some or all of the first chunk
//	  |  <---------------- Results ----------------  |  the rest of it
//	  |  ----------------- Cancel ---------------->  |  at any time: its contexts end
//	  |  ----------------- Recall ---------------->  |  an item takes long, others are idle
//	  |  <---------------- Returned --------------  |  that many of the newest items
//	  |  ----------------- End ------------------->  |  after the last Items
//	  |  <---------------- Results ----------------  |
//	  |                                              |  OnDone
//	  |  <---------------- Done -------------------  |  or its Failure, and totals
//	  |  <---------------- end of the stream ------  |  exits
//
// The worker answers items in the order in which it got them, each exactly once, but for
// those that it gives back. Results
// do not name their items: they are the outcomes of the oldest unanswered ones. After End
// the worker answers what it has, then runs OnDone. The end of the stream toward the
// worker means that the parent is gone, at whatever point; the worker exits at once.
//
// # Who was it?
//
// There are no messages about progress, since partial results are that. A [Replier] sends
// the outcomes of a chunk together, unless an item takes longer than the flush interval
// (1 ms); then those before it go out. So:
//
//   - When a worker dies, the unanswered items are those whose outcome is unknown. If it
//     had one, that is the culprit. If it had several, the culprit is among them, not
//     always the first: items that were finished within the last millisecond are
//     unanswered too. Do them again one at a time, in chunks of one.
//   - The first unanswered item began at most a flush interval before the last news (its
//     chunk was sent, or results came). A deadline counted from the news is never early
//     and at most that interval late.
//
// # Frames
//
// A frame is a header of 24 bytes and a payload:
//
//	0   mark, 2 bytes: A5 70
//	2   kind
//	3   flags: 1 if the payload's gob stream starts anew
//	4   number of items
//	8   bytes of the payload
//	16  nanoseconds spent in the function (Results)
//
// all little endian. Hello, Job, Ready, Cancel, End and Done consist of fields (varints, and
// strings with their lengths); fields that a later version adds at the end are ignored.
// Items are tags and then values; Results are failures, with the places they take, and
// then the values of the other items.
//
// # Values
//
// The values of one direction are one gob stream, cut up into payloads, so that types are
// described once. A chunk is a single gob value unless its type has code of its own or
// holds interfaces; then one bad value is reported as an [ItemError] and its mates arrive.
// Where gob is slow the values have an encoding of their own: []byte, string, bool, int,
// int32, int64, uint32, uint64, float64. Large bytes and strings are never copied between
// the user's memory and the pipe. As always with gob, an empty slice or map inside a value
// may arrive as nil.
//
// # Trust
//
// A [Reader] and the decoders take anything and return errors that match [ErrCut],
// [ErrCorrupt] or [ErrTooLarge]. Memory grows with the bytes that arrive, at most 2 MiB
// ahead of them, and 10 MiB more inside gob. One hole is left: gob believes the size of a
// map that is hidden behind an interface. A worker is a copy of its parent's program on a
// private pipe; do not decode such types from strangers.
package wire
