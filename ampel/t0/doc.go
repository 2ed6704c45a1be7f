// Package t0 takes alerts in: it asks the filter of each channel, makes datapoints
// of what the alert brings, has them combined into states, and leaves tickets for
// units of T2. [Consumer] is the configuration of a run, the unit AlertConsumer of
// job files.
//
//	AlertSupplier   where alerts come from: a source of package pl
//	AlertFilter     does a channel want the alert, and for which group?
//	Shaper          makes datapoints
//	Muxer           adds what is known of the stock; optional
//	t1.Combiner     picks the points that make up a state
//
// Package t0/ztf has such parts for ZTF. Filters and the shaper look at many alerts
// at a time; what they let through is put together in the order of the supply, and
// written in batches while the next alerts are looked up.
//
// # What is stored
//
// All channels of an alert share documents, and each document is written once, with
// the union of them: the stock, its datapoints (t0), states (t1) and tickets with the
// code NEW (t2). If no channel accepts the alert, nothing is stored. The identity of a
// point is its id; of a state its stock, the hash of its points, and the unit that
// computed it, if any; of a ticket the stock, unit, configuration and link. A ticket
// that is there keeps its code and results, so that asking twice computes once.
//
// Points before states, states before tickets, and last the journal of the stock:
// an alert counts as ingested when its record is in the journal.
//
// # Coming again
//
// An alert is ingested once for each channel: if the journal has it, it is known, and
// nothing is written. Metadata and journal grow by one record for each alert that
// has to do with a document, even if it brings nothing new.
//
// Each record carries a mark of the alert and its channels (traceid.ingest). No
// document takes the same mark twice, and what an alert that was not written to
// its end left behind does not count as history. So a run that was killed at any
// point, and is started again with the same alerts, leaves the documents that one
// without a kill would have left, but for times and the numbers of runs. With the
// embedded engine a batch is one transaction besides.
//
// For on_stock_match, and for new and known, a stock is known to a channel if an
// alert with a lower id was ingested for it, or if it is in the channel by other
// means. When alerts come again they are therefore decided as they were before; the
// ids of alerts should rise with time, as those of ZTF do.
//
// Several processes may take in the same or other alerts of one database at a time.
// A muxer then sees of the alerts of the others what was written when its own chunk of
// alerts was looked up.
//
// # Errors
//
// What is wrong with one alert costs that alert: a delivery with an error, a shaper,
// muxer, combiner or unit that fails or panics. It is stored as a trouble with the
// channels that it was for, the event is an EXCEPTION, and the next alert is taken,
// until there were error_max of them. A filter that fails costs its channel the alert.
// An error of the supply or of the database ends the run. When the context ends, the
// batch that is being written is finished, and what was not begun is left for the
// next run: alerts are in the database wholly or not at all.
//
// # Counts
//
// The event has ret, the alerts that were ingested, and metrics.count with alerts
// (all that were taken), ingested, known, errors, overruled, and accepted and rejected
// by channel.
package t0
