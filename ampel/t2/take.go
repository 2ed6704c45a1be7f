package t2

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

func (r *run) tickets() *docdb.Collection { return r.env.DB.Collection(ampel.ColNameT2) }

// waiting is the filter of what may be free; free decides.
func (w *worker) waiting() bson.D {
	return w.mine(bson.D{{Key: "code", Value: bson.D{{Key: "$in", Value: []ampel.DocumentCode(w.conf.CodeMatch)}}}})
}

// left is the filter of what dead workers have left behind.
func (w *worker) left(now time.Time) bson.D {
	return w.mine(bson.D{{Key: "claim.ts", Value: bson.D{{Key: "$lt", Value: ampel.At(now.Add(-w.conf.StaleAfter))}}}})
}

func (w *worker) mine(filter bson.D) bson.D {
	if len(w.conf.UnitIDs) > 0 {
		filter = append(filter, bson.E{Key: "unit", Value: bson.D{{Key: "$in", Value: w.conf.UnitIDs}}})
	}
	return filter
}

// anything tells whether a run would find something to do.
func (w *worker) anything(ctx context.Context) (bool, error) {
	now := w.env.Time()
	for _, filter := range []bson.D{w.left(now), w.waiting()} {
		found := w.env.DB.Collection(ampel.ColNameT2).Find(ctx, filter, docdb.Fields(ticketFields))
		for t, err := range docdb.Decode[ticket](found) {
			if err != nil || w.conf.free(&t, now) || t.Claim != nil && w.conf.stale(t.Claim, now) {
				return err == nil, err
			}
		}
	}
	return false, nil
}

// take is the source of the pipeline: it claims tickets in passes over all that wait,
// until a pass finds none and nothing is in hand that could make others ready.
func (r *run) take(ctx context.Context, emit func([]*work) bool) error {
	idle, force, elsewhere := 0, false, map[string]bool{}
	for {
		before, _ := r.hand()
		p := pass{run: r, emit: emit, seen: map[string]bool{}, elsewhere: elsewhere, force: force}
		if err := p.all(ctx); err != nil || p.over {
			return r.drain(ctx, err)
		}
		if p.claimed > 0 {
			clear(elsewhere) // the world has moved on
		}
		// Those that were put off for nothing wait for each other.
		force = p.claimed == 0 && p.deferred > 0 && before == 0 && p.found == 0
		now, _ := r.hand()
		var err error
		switch {
		case p.claimed > 0 && p.deferred == 0, force, p.claimed == 0 && p.found > 0 && before == 0:
			idle = 0 // there may be more by now
		case p.deferred > 0:
			err = r.pause(ctx, time.Minute, func(now int) bool { return now <= max(before, p.claimed)/2 })
		case now > 0:
			err = r.pause(ctx, time.Second, func(now int) bool { return now == 0 })
		case before > 0: // the last ones may have made others ready
		case r.conf.BackoffOnQuery == nil:
			close(r.failures)
			return nil
		default:
			err = r.pause(ctx, time.Duration(r.conf.BackoffOnQuery.seconds(idle)*float64(time.Second)), nil)
			idle++
			clear(elsewhere)
		}
		if err != nil {
			return err
		}
	}
}

// drain ends the source, when everything in hand is written.
func (r *run) drain(ctx context.Context, err error) error {
	for now := 1; err == nil && now > 0; now, _ = r.hand() {
		err = r.pause(ctx, time.Minute, func(now int) bool { return now == 0 })
	}
	if err == nil {
		close(r.failures)
	}
	return err
}

// pause waits until enough tells that of what is in hand enough was written, but no
// longer than d.
func (r *run) pause(ctx context.Context, d time.Duration, enough func(now int) bool) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		if now, _ := r.hand(); enough != nil && enough(now) {
			return nil
		}
		select {
		case <-r.progress:
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Tickets are claimed ahead of their units, but not too far, because others could do
// with them: about as many as are finished in half a second.
const (
	leastAhead = 64
	mostAhead  = 1024
	ahead      = 500 * time.Millisecond
)

// pass looks at all tickets that wait, once.
type pass struct {
	*run
	emit  func([]*work) bool
	force bool // do not wait for dependencies that nobody can run
	seen  map[string]bool
	// elsewhere are the tickets that wait for others which somebody else is running.
	elsewhere map[string]bool
	found     int // how many of them were found in this pass
	claimed   int
	missed    int  // that others were faster to claim
	deferred  int  // had to wait for others
	over      bool // nobody wants more
	since     time.Time
	written   int64
	want      int
}

func (p *pass) all(ctx context.Context) error {
	p.want, p.since = leastAhead, time.Now()
	_, p.written = p.hand()
	if err := p.repair(ctx); err != nil || p.over {
		return err
	}
	// They are read at one go, and not as they are needed: units may take hours.
	var found []*ticket
	for t, err := range docdb.Decode[ticket](p.tickets().Find(ctx, p.waiting(), docdb.Fields(ticketFields))) {
		if err != nil {
			return err
		}
		if !p.conf.free(&t, p.env.Time()) {
			continue
		}
		if found = append(found, &t); len(found) == mostFound {
			break
		}
	}
	for len(found) > 0 && !p.over {
		n, err := p.room(ctx)
		if err != nil {
			return err
		}
		n = min(n, len(found))
		missed := p.missed
		if err := p.step(ctx, found[:n]); err != nil {
			return err
		}
		if found = found[n:]; p.missed-missed > n/2 {
			// Somebody goes through the same list: do not run after them.
			rand.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
		}
	}
	return nil
}

// mostFound is how many tickets a pass finds.
const mostFound = 4096

// room waits until less is in hand than may be, and returns how much less.
func (p *pass) room(ctx context.Context) (int, error) {
	for {
		now, written := p.hand()
		if took := time.Since(p.since); took > ahead/10 {
			rate := float64(written-p.written) / took.Seconds()
			p.want = min(max(int(rate*ahead.Seconds()), leastAhead, 2*p.conf.Workers), mostAhead)
			p.since, p.written = time.Now(), written
		}
		if now <= p.want/2 {
			return p.want - now, nil
		}
		if err := p.pause(ctx, ahead/10, func(left int) bool { return left <= p.want/2 }); err != nil {
			return 0, err
		}
	}
}

// step claims what is ready of a batch, and hands it on.
func (p *pass) step(ctx context.Context, batch []*ticket) error {
	ready, err := p.ready(ctx, batch)
	if err != nil || len(ready) == 0 {
		return err
	}
	return p.claim(ctx, ready)
}

func (p *pass) claim(ctx context.Context, ready []*work) error {
	if limit := p.conf.DocLimit; limit > 0 {
		p.mu.Lock()
		left := limit - int(p.numbers)
		p.mu.Unlock()
		if left <= 0 {
			p.over = true
			return nil
		}
		ready = ready[:min(left, len(ready))]
	}
	mine, err := p.grab(ctx, ready)
	p.put(mine)
	if err != nil {
		return err
	}
	p.claimed += len(mine)
	p.missed += len(ready) - len(mine)
	if len(mine) > 0 && !p.emit(mine) {
		p.over = true
	}
	return nil
}

// grab claims tickets, each for one worker only: the update of a ticket asks whether
// it still is as it was when it was found. It returns those that are ours.
func (p *pass) grab(ctx context.Context, batch []*work) ([]*work, error) {
	writes := make([]docdb.Write, len(batch))
	for i, w := range batch {
		t := &w.ticket
		w.claim = &claim{
			ID: rand.Int64(), Owner: p.owner, TS: ampel.At(p.env.Time()), Run: p.event.Run(),
			Host: p.host, PID: os.Getpid(), Code: t.Code,
		}
		filter := bson.D{{Key: "_id", Value: t.ID}, {Key: "code", Value: t.Code}}
		if old := t.Claim; old != nil {
			w.claim.Code, w.claim.Lost = old.Code, old.Lost+1
			filter = append(filter, bson.E{Key: "claim.id", Value: old.ID}, bson.E{Key: "claim.ts", Value: old.TS})
		} else {
			filter = append(filter, bson.E{Key: "claim", Value: nil})
		}
		if n := len(t.Meta); n > 0 { // nobody ran it in the meantime
			filter = append(filter, bson.E{Key: "meta", Value: bson.D{{Key: "$size", Value: n}}})
		}
		writes[i] = docdb.UpdateOne(filter, bson.D{{Key: "$set", Value: bson.D{
			{Key: "code", Value: ampel.CodeRunning}, {Key: "claim", Value: w.claim},
		}}})
	}
	// What was begun is finished, so that it is known what is ours.
	ctx, cancel := finish(ctx)
	defer cancel()
	res, err := p.tickets().BulkWrite(ctx, writes, docdb.Unordered())
	if err != nil {
		return batch, err // nobody knows which of them
	}
	if int(res.Modified) == len(batch) {
		return batch, nil
	}
	ids := make([]bson.RawValue, len(batch))
	for i, w := range batch {
		ids[i] = w.ticket.ID
	}
	filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, {Key: "claim.owner", Value: p.owner}}
	got := map[int64]bool{}
	for t, err := range docdb.Decode[ticket](p.tickets().Find(ctx, filter, docdb.Fields(bson.D{{Key: "claim", Value: 1}}))) {
		if err != nil {
			return batch, err
		}
		got[t.Claim.ID] = true
	}
	var mine []*work
	for _, w := range batch {
		if got[w.claim.ID] {
			mine = append(mine, w)
		}
	}
	return mine, nil
}

// finish is a context for what has to be done even if ctx has ended.
func finish(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.WithoutCancel(ctx), time.Minute, errors.New("ampel: t2: the database did not answer within a minute"))
}
