// Package t3 runs units over many stocks at once: to post, to report, to plan.
//
// A run of [Processor] goes like this:
//
//	session units   what is known beforehand: when was the last run?
//	Supplier        Selector: which stocks? Loader: what is known about them?
//	                Complementer: what do others know?
//	Stager          gives views of the stocks to units, and makes documents of
//	                their results
//
// Buffers stream from the supplier to the stager in chunks; nothing needs to
// hold all of them. The implementations are in the packages below this one, and
// catalog knows all of them by name.
//
// # A unit
//
// A [Unit] ranges over views, acts, and returns a result or nil:
//
//	func (p *Poster) Process(ctx context.Context, views *t3.Views[*ampel.SnapView], store *ampel.T3Store) (any, error) {
//		for v := range views.All() {
//			if err := p.post(ctx, v.Names()); err != nil {
//				return nil, err
//			}
//			err := views.Send(ampel.JournalAttributes{Extra: map[string]any{"room": p.room}})
//			...
//		}
//		return nil, nil
//	}
//
// What it sends goes into the journals of the stocks, so that a later run knows
// what was done. That is written in one go after all units have ended, also
// when some of them failed; if the program dies before, it is lost, and units
// whose actions must not happen twice need a memory of their own.
//
// The kind of view is a type parameter: [RegisterUnit] with [Snap] or
// [Transient], and the compiler sees to it that both fit.
//
// # Results
//
// null, false, zero, and empty texts, lists and maps make no document; a
// [UnitResult] with a body or a code does, even if they are empty or zero.
//
// # Errors
//
// Every error is an event of code EXCEPTION. Unless raise_exc is set the run goes
// on as far as it can, and the error is a trouble document with the code of its
// step: CONTEXT_ERROR, SELECT_ERROR, LOAD_ERROR, COMPLEMENT_ERROR or RUN_ERROR.
// An error in a chunk costs that chunk, an error of a unit its document. A run
// that is canceled is ABORTED.
//
// A database that is locked, damaged or out of reach is an error before the run
// where it shows: no unit has done anything then. Later on, what ends a run
// (journal, documents, troubles, event) is written also if the run was canceled,
// and waits for a lock for up to a minute each. If the journal cannot be written
// that is an error with the number of its records, and if no trouble can be
// stored, Run returns the error.
//
// # Log
//
// What is logged through Env.Log is stored too, in collection "log" under the
// number of the run: see log_profile in [Processor] and ampel.RunLog.
package t3
