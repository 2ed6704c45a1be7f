// Package databay moves records from where they are produced to where they are needed,
// again and again: every minute from a web service into a database, every line of a
// log into files by customer. It is for polling, batching and delivering, and for not
// losing a record on the way.
//
//	link, err := databay.NewLink(databay.LinkConfig[Tick]{
//		Inlets:     []databay.Inlet[Tick]{prices},
//		Outlets:    []databay.Outlet[Tick]{table, file},
//		Interval:   10 * time.Second,
//		Processors: []databay.Processor[Tick]{buffer},
//	})
//	planner, err := databay.NewPlanner(databay.PlannerConfig{Links: []databay.AnyLink{link}})
//	err = planner.Run(ctx)
//
// # The parts
//
// An [Inlet] produces [Record] values when it is pulled, an [Outlet] consumes them when
// it is pushed, and a [Link] connects some of the one with some of the other. Each time
// it is due it runs one transfer: it pulls all inlets at once, passes the records
// through its processors and groupers, and pushes each batch to all outlets. A
// [Planner] runs the transfers of links by interval or by [Cron] expression.
//
// Between pull and push, a [Processor] changes the list of records, a [Grouper] splits
// it into batches, and a [Buffer] is the processor that waits until there are enough.
// Ready-made nodes are in packages inlets and outlets; package databaytest checks
// those of your own.
//
// # Types
//
// All parts have the type of the payload as a parameter, so a link whose parts do not
// fit does not compile, and a durable buffer gives back what it was given: decoded
// into any, a number from JSON would come back as a float64 and a struct as a map.
// Payloads of several kinds go through one link as T = any, or better an interface of
// their own with a [Codec]; [PullAny] and [Normalize] make records of whatever there is.
// Metadata are the part that stays dynamic, a map of names to any.
//
// # Store or release
//
// A buffer stores what it gets until its controllers decide to release all of it.
//
//	          records of this transfer
//	                    |
//	                    v
//	  +--------- add to the store <--------+
//	  |                                    | hold: outlets get nothing
//	  v                                    |
//	asked in this order, as few as decide: |
//	custom -> count -> bytes -> time ------+
//	  |
//	  | release: one yes, or with And all;
//	  | or Flush, or the planner's shutdown
//	  v
//	on loan ----> groupers ----> outlets
//	  ^                            |
//	  |                            +--> all succeeded: the buffer forgets them
//	  +---- one failed, or crash --+
//	  come first in the next release
//
// A threshold must be exceeded: Count(10) holds ten records and releases eleven. The
// time counts from the record stored first. All of the store is released together,
// however many they are.
//
// # Nothing is lost
//
// Released records stay the buffer's until every outlet of the transfer has returned
// nil; otherwise they come again, first and in order. [OpenBuffer] keeps them on disk,
// so that this holds across a crash: a record is on disk before the transfer goes on.
// Delivery is at least once; the [Record.ID] of a durable buffer stays the same and lets
// an outlet leave out what it has. Inlets that can read again, such as files, are told
// the outcome of each transfer, see [Committer].
//
// The shutdown of a planner ends the ticking, waits for transfers, flushes all buffers
// through their outlets and then closes the nodes. With durable buffers that flush can
// be left out, see [PlannerConfig].NoDrain.
//
// What is lost all the same, is said: the records of a failed transfer that were in no
// buffer and that no inlet can bring again are counted in its [TransferError].
//
// # Errors
//
// A transfer ends with its first failing stage, and the planner stops. A link that
// ignores errors logs them and goes on: without the inlet that failed, with the list
// as it was before the processor or grouper that failed, to the other outlets. Panics
// count as errors. Two failures at the same time are both reported.
//
// # In pipelines
//
// [Batched], [Leased] and [Grouped] are buffers and groupers as operators of package pl.
//
// # If you know Databay for Python
//
// The package follows the behavior of Databay 0.3, except:
//
//   - The clock of a buffer starts with the first stored record, not when its
//     controller is first asked, and no other controller can delay it.
//   - A flush with nothing stored is over; it does not stay armed.
//   - A buffer without controllers, or in two places, is an error at construction.
//   - Released records come back after a failure instead of being gone.
//   - An error of OnReset does not lose the release.
//   - The lists of a link's nodes are copies; adding and removing is all or nothing; a
//     node cannot be in a link twice; nodes added to a running link are started.
//   - A node that several links share shuts down with the last of them. A node whose
//     start failed is not active, and is started again. All shut down, whatever fails.
//   - Transfers of one link do not overlap, unless it allows that. Plain inlets and
//     outlets run at the same time, not one after another.
//   - One planner replaces the two, and can be started again without losing its links.
//     Its shutdown drains.
//   - Errors of copying, and groupers that return nothing sensible, are errors of their
//     stage like any other.
package databay
