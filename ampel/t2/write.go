package t2

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// errRaised: a unit failed, and errors are to be raised.
var errRaised = errors.New("the run ended because errors are raised")

// write is the sink of the pipeline. What it does survives a kill at any moment:
//
//  1. Results are written, each in one update of its ticket, and only if the ticket
//     is still ours. The claim stays, with what the stock has to be told.
//  2. The stocks are told.
//  3. The claims are taken off.
//
// Whoever finds an old claim with an entry does 2 and 3 again; see repair.
func (r *run) write(ctx context.Context, answers []answer) error {
	ctx, cancel := finish(ctx)
	defer cancel()
	batch := make([]*work, 0, len(answers))
	outcomes := make([]*outcome, 0, len(answers))
	for _, a := range answers {
		if w := r.get(a.ID); w != nil {
			batch = append(batch, w)
			outcomes = append(outcomes, r.outcome(w, a))
		}
	}
	if err := r.store(ctx, outcomes); err != nil {
		return err
	}
	var told []*claimed
	for _, o := range outcomes {
		if o.entry != nil {
			told = append(told, &claimed{id: o.ticket.ID, stock: o.ticket.Stock, claim: o.claim.ID, entry: o.entry})
		}
	}
	if err := r.tell(ctx, told); err != nil {
		return err
	}
	err := r.count(ctx, outcomes)
	r.done(batch)
	return err
}

// store writes results. One that the database does not take becomes an EXCEPTION.
func (r *run) store(ctx context.Context, outcomes []*outcome) error {
	pending := outcomes
	for len(pending) > 0 {
		writes := make([]docdb.Write, len(pending))
		for i, o := range pending {
			filter := bson.D{{Key: "_id", Value: o.ticket.ID}, {Key: "claim.id", Value: o.claim.ID}}
			writes[i] = docdb.UpdateOne(filter, o.update())
		}
		res, err := r.tickets().BulkWrite(ctx, writes, docdb.Unordered())
		if err == nil {
			if lost := len(pending) - int(res.Matched); lost > 0 {
				r.log.Warn("results came too late: others have taken over their tickets", "tickets", lost)
			}
			return nil
		}
		refused := map[int]error{}
		var one *docdb.WriteError
		var bulk *docdb.BulkError
		switch {
		case errors.As(err, &bulk): // the others are written
			for _, w := range bulk.Writes {
				refused[w.Index] = w.Err
			}
		case errors.As(err, &one): // none is written
			refused[one.Index] = one.Err
		}
		if len(refused) == 0 {
			return err
		}
		var again []*outcome
		for i, o := range pending {
			problem, bad := refused[i]
			if bad {
				if o.refused {
					return err
				}
				o.refused = true
				o.fail(ampel.CodeException, fmt.Errorf("the result cannot be stored: %w", problem))
				r.note(o, ampel.MetaSetCode, 0, o.meta.Duration)
			}
			if bad || bulk == nil {
				again = append(again, o)
			}
		}
		pending = again
	}
	return nil
}

// count takes down how it went, and stores the troubles.
func (r *run) count(ctx context.Context, outcomes []*outcome) error {
	var troubles []ampel.Trouble
	var raised error
	r.mu.Lock()
	for _, o := range outcomes {
		r.docs++
		r.codes[o.code.String()]++
		if o.fault == nil {
			continue
		}
		r.log.Error("a ticket has no result", "unit", o.ticket.Unit, "stock", o.ticket.Stock.String(), "code", o.code.String(), "error", o.fault.Err)
		troubles = append(troubles, r.trouble(o))
		raised = o.fault
		if len(r.faults) < mostFaults {
			r.faults = append(r.faults, o.fault)
		} else {
			r.more++
		}
	}
	r.mu.Unlock()
	switch {
	case len(troubles) == 0:
		return nil
	case r.conf.RaiseExc:
		r.event.SetCode(ampel.EventException)
		return fmt.Errorf("%w: %w", errRaised, raised)
	}
	r.event.SetCode(ampel.EventException)
	if !r.conf.UpdateEvents {
		return nil
	}
	_, err := docdb.InsertMany(ctx, r.env.DB.Collection(ampel.ColNameTrouble), troubles, docdb.Unordered())
	return err
}

// mostFaults is how many errors a report has; the troubles have all.
const mostFaults = 20

// errors returns what went wrong.
func (r *run) errors() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	errs := append(r.event.Errors(), r.faults...)
	if r.more > 0 {
		errs = append(errs, fmt.Errorf("ampel: t2: and %d tickets more have no result: see the troubles of run %d", r.more, r.event.Run()))
	}
	return errs
}
