package t2

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// beat shows signs of life, so that nobody takes what is in hand, until ctx ends.
func (r *run) beat(ctx context.Context) {
	tick := time.NewTicker(max(r.conf.StaleAfter/3, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r.mu.Lock()
		ids := make([]bson.RawValue, 0, len(r.inHand))
		for _, w := range r.inHand {
			ids = append(ids, w.ticket.ID)
		}
		r.mu.Unlock()
		for some := range slices.Chunk(ids, mostIDs) {
			filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: some}}}, {Key: "claim.owner", Value: r.owner}}
			update := bson.D{{Key: "$set", Value: bson.D{{Key: "claim.ts", Value: ampel.At(r.env.Time())}}}}
			if _, err := r.tickets().UpdateMany(ctx, filter, update); err != nil && ctx.Err() == nil {
				r.log.Warn("no sign of life could be given: others may take over our tickets", "error", err)
			}
		}
	}
}

// repair takes over what dead workers have left behind: tickets that were not run are
// run, and results of which the stock may not know are told.
func (p *pass) repair(ctx context.Context) error {
	var abandoned []*ticket
	var untold []*claimed
	now := p.env.Time()
	for t, err := range docdb.Decode[ticket](p.tickets().Find(ctx, p.left(now), docdb.Fields(ticketFields))) {
		switch {
		case err != nil:
			return err
		case p.holds(&t):
		case t.Claim.Entry != nil:
			untold = append(untold, &claimed{id: t.ID, stock: t.Stock, claim: t.Claim.ID, entry: t.Claim.Entry})
		case p.conf.abandoned(&t, now):
			abandoned = append(abandoned, &t)
		default: // somebody has changed the code by hand: that counts
			filter := bson.D{{Key: "_id", Value: t.ID}, {Key: "claim.id", Value: t.Claim.ID}, {Key: "code", Value: t.Code}}
			if _, err := p.tickets().UpdateOne(ctx, filter, bson.D{{Key: "$unset", Value: bson.D{{Key: "claim", Value: ""}}}}); err != nil {
				return err
			}
		}
	}
	if len(untold)+len(abandoned) > 0 {
		p.log.Warn("a worker is gone, and its tickets are taken over", "to run", len(abandoned), "to tell", len(untold))
	}
	if err := p.adopt(ctx, untold); err != nil {
		return err
	}
	for some := range slices.Chunk(abandoned, leastAhead) {
		if _, err := p.room(ctx); err != nil {
			return err
		}
		if err := p.step(ctx, some); err != nil || p.over {
			return err
		}
	}
	return nil
}

// adopt tells stocks about results of others. Each is taken over first; two that try
// it at once do not harm, since a journal takes a record once.
func (p *pass) adopt(ctx context.Context, untold []*claimed) error {
	for some := range slices.Chunk(untold, writeSize) {
		for _, c := range some {
			filter := bson.D{{Key: "_id", Value: c.id}, {Key: "claim.id", Value: c.claim}}
			update := bson.D{{Key: "$set", Value: bson.D{{Key: "claim.owner", Value: p.owner}, {Key: "claim.ts", Value: ampel.At(p.env.Time())}}}}
			_, err := p.tickets().FindOneAndUpdate(ctx, filter, update)
			if err != nil && !errors.Is(err, docdb.ErrNotFound) {
				return err
			}
		}
		if err := p.tell(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// release gives back what is still in hand when a run ends before its time.
func (r *run) release(ctx context.Context) error {
	ctx, cancel := finish(ctx)
	defer cancel()
	r.mu.Lock()
	var writes []docdb.Write
	for _, w := range r.inHand {
		filter := bson.D{{Key: "_id", Value: w.ticket.ID}, {Key: "claim.id", Value: w.claim.ID}, {Key: "claim.entry", Value: nil}}
		writes = append(writes, docdb.UpdateOne(filter, bson.D{
			{Key: "$set", Value: bson.D{{Key: "code", Value: w.claim.Code}}}, {Key: "$unset", Value: bson.D{{Key: "claim", Value: ""}}},
		}))
	}
	r.mu.Unlock()
	if len(writes) == 0 {
		return nil
	}
	_, err := r.tickets().BulkWrite(ctx, writes, docdb.Unordered())
	return err
}
