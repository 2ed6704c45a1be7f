// Package t2 computes. Other tiers leave tickets, the T2 documents with code NEW;
// units compute what the tickets ask for, and the results are added to them.
//
// # A unit
//
// A unit gets what its tickets are bound to: a stock, a datapoint, or a [State],
// which is a set of datapoints. It returns a result, and nothing else: what it
// computes follows from what it is given and from its configuration.
//
//	type brightest struct{ conf brightestConfig }
//
//	func (u brightest) Process(ctx context.Context, s *t2.State) (any, error) {
//		...
//		return map[string]any{"magnitude": m, "jd": jd}, nil
//	}
//
//	func init() {
//		t2.Register("Brightest", func(c brightestConfig) (t2.StateUnit, error) {
//			return brightest{c}, nil
//		})
//	}
//
// Units are registered by package initialization, for the whole program, as the
// functions of [pl.Register] are, because worker processes need to know them too.
// Each worker has units of its own, one for each configuration: a unit is never
// called by two goroutines at once, and may keep what it needs again.
//
// A [TiedUnit] also gets the results of other units about the same stock, see
// [Dependency].
//
// # Results
//
// A result is anything that ampel.NewValue takes, or a [*UnitResult] with more than
// that. No result is a mistake of the unit: its ticket gets the code ERROR. A unit
// that fails or panics costs its ticket, code EXCEPTION, and a trouble document
// tells what happened; the event of the run is an EXCEPTION then. With backend
// "process" the same holds for a unit that ends its process or crashes it.
//
// What is written about a ticket is in one update of its document: its code, the
// result at the end of body, and a metadata record. Then the journal of the stock
// gets a record, and the times "upd" of the stock are set, for the channels of the
// ticket, so that T3 sees that there is something new. Codes that only mean that
// the ticket will be tried again are not in the journal.
//
// # The worker
//
// [Worker] is the configuration of T2Worker, the processor for job files:
//
//	name: Compute
//	tier: 2
//	schedule: every(10).seconds
//	processor:
//	  unit: T2Worker
//	  config: {backend: process, workers: 4, timeout: 1m}
//
// A run is a pipeline of package pl: a source that claims tickets, a stage that
// loads what they are bound to, the units, and a sink that writes. Tickets are
// claimed some hundred at a time if their units are fast, fewer if they are slow,
// and the run ends when there are none left.
//
// # Claims
//
// Any number of workers, in any number of processes and on any number of machines,
// may work on one database. A ticket is claimed by an update which asks whether it
// still is as it was found, so only one of them gets it. The claim is the field
// "claim" of the document, and goes away with the result.
//
// A worker that has claimed tickets shows signs of life. If there are none for
// longer than stale_after, because it was killed, others take its tickets over.
// Results are written only by the one whose claim is in the ticket: one that was
// merely slow, or stopped for a while, finds its claim gone, and what it computed is
// dropped. So a ticket gets each result once, and so does the journal: the claim
// stays until the stock was told, and whoever finds it old does that again, to a
// journal which takes the same record only once. A program that is killed at any
// moment and started again leaves the same documents as one that was left alone.
//
// A ticket that ends its worker again and again is given up after max_try, as
// others are: TOO_MANY_TRIALS.
package t2
