package t2

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

// ready returns what of a batch can be claimed now: tickets of units that need no
// others, tied ones whose dependencies are there, those that cannot be run whatever
// happens, and the dependencies that have to be run first. The rest is put off.
func (p *pass) ready(ctx context.Context, batch []*ticket) ([]*work, error) {
	var out []*work
	for len(batch) > 0 {
		var tied []*work
		for _, t := range batch {
			if p.seen[t.key()] || p.elsewhere[t.key()] || p.holds(t) {
				continue
			}
			p.seen[t.key()] = true
			recipe, err := p.recipe.of(t)
			if err != nil {
				return nil, err
			}
			w := &work{ticket: *t, recipe: recipe, verdict: recipe.verdict, problem: recipe.problem}
			if lost := w.lost(); w.verdict == 0 && t.tries()+lost > p.conf.MaxTry {
				w.decide(ampel.CodeTooMany, "unit %s was tried %d times, of which %d ended with their worker: the limit is %d", t.Unit, t.tries()+lost, lost, p.conf.MaxTry)
			}
			if w.verdict != 0 || len(recipe.deps) == 0 {
				out = append(out, w)
			} else {
				tied = append(tied, w)
			}
		}
		ready, first, err := p.tie(ctx, tied)
		if err != nil {
			return nil, err
		}
		out, batch = append(out, ready...), first
	}
	return out, nil
}

// lost is how often the ticket will have been lost by a worker that is gone.
func (w *work) lost() int {
	if w.ticket.Claim == nil {
		return 0
	}
	return w.ticket.Claim.Lost + 1
}

// result is a T2 document that a tied unit may need.
type result struct {
	ticket
	raw bson.Raw
	doc ampel.T2Document
}

// tie looks for the results that units need. first are tickets to run before.
func (p *pass) tie(ctx context.Context, batch []*work) (ready []*work, first []*ticket, err error) {
	if len(batch) == 0 {
		return nil, nil, nil
	}
	if err := p.inputs(ctx, batch); err != nil {
		return nil, nil, err
	}
	wanted := map[*work][][]ampel.Link{}
	for _, w := range batch {
		if w.verdict == 0 {
			if wanted[w], err = w.links(); err != nil {
				w.decide(ampel.CodeException, "the datapoints cannot be read: %w", err)
			}
		}
	}
	found, err := p.results(ctx, wanted)
	if err != nil {
		return nil, nil, err
	}
	for _, w := range batch {
		if w.verdict == 0 {
			before, busy := p.judge(w, wanted[w], found)
			if first = append(first, before...); busy {
				continue
			}
		}
		if w.verdict != 0 {
			w.input, w.results = nil, nil
		}
		ready = append(ready, w)
	}
	return ready, first, nil
}

// links returns what the tickets of each dependency are bound to.
func (w *work) links() ([][]ampel.Link, error) {
	out := make([][]ampel.Link, len(w.recipe.deps))
	var points []ampel.DataPoint
	for i, d := range w.recipe.deps {
		kind, _ := KindOf(d.Unit)
		switch {
		case kind == ampel.T2Stock:
			out[i] = []ampel.Link{w.ticket.Stock}
		case kind == w.ticket.kind():
			out[i] = []ampel.Link{w.ticket.Link}
		default: // the datapoints of a state
			if points == nil {
				points = make([]ampel.DataPoint, len(w.input)-1)
				for j, raw := range w.input[1:] {
					if err := bson.Unmarshal(raw, &points[j]); err != nil {
						return nil, err
					}
				}
			}
			for _, id := range d.LinkOverride.Apply(points) {
				out[i] = append(out[i], ampel.IntID(id))
			}
		}
	}
	return out, nil
}

// address is where results are looked for.
type address struct {
	spot
	unit string
}

// results finds the T2 documents at all addresses that are wanted.
func (p *pass) results(ctx context.Context, wanted map[*work][][]ampel.Link) (map[address][]*result, error) {
	spots := map[spot]bool{}
	var names []string
	for w, lists := range wanted {
		for i, list := range lists {
			names = append(names, w.recipe.deps[i].Unit)
			for _, link := range list {
				spots[spot{w.ticket.Stock, link}] = true
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	found := map[address][]*result{}
	for some := range slices.Chunk(slices.Collect(maps.Keys(spots)), mostSpots) {
		filter := bson.D{{Key: "$or", Value: at(slices.Values(some))}, {Key: "unit", Value: bson.D{{Key: "$in", Value: names}}}}
		for raw, err := range p.tickets().Find(ctx, filter) {
			r := &result{raw: raw}
			if err == nil {
				err = bson.Unmarshal(raw, &r.ticket)
			}
			if err == nil {
				err = bson.Unmarshal(raw, &r.doc)
			}
			if err != nil {
				return nil, fmt.Errorf("ampel: t2: a dependency cannot be read: %w", err)
			}
			at := address{r.spot(), r.ticket.Unit}
			found[at] = append(found[at], r)
		}
	}
	return found, nil
}

// judge looks at the dependencies of one ticket: all results are there, or the code is
// decided, or the ticket has to be put off, for tickets that have to be run before, or
// that are being run. One that others are running puts it off without a trace, so
// that waiting for a worker, also for one that is gone, does not count as a try.
func (p *pass) judge(w *work, links [][]ampel.Link, found map[address][]*result) (first []*ticket, busy bool) {
	var missing, failed, pending error
	away := false
	for i, d := range w.recipe.deps {
		kind, _ := KindOf(d.Unit)
		none := true
		for _, link := range links[i] {
			for _, r := range found[address{spot{w.ticket.Stock, link}, d.Unit}] {
				if r.kind() != kind || !names(r.ticket.Config, w.recipe.depIDs[i]) || !meet(r.ticket.Channel, w.ticket.Channel) {
					continue
				}
				none = false
				switch {
				case p.holds(&r.ticket):
					busy = true
				case r.ticket.Code == ampel.CodeRunning && r.ticket.Claim != nil, p.elsewhere[r.ticket.key()]:
					away = true
				case p.conf.RunDependent && !p.force && p.conf.free(&r.ticket, p.env.Time()):
					busy = true
					first = append(first, &r.ticket)
				case p.pending(r.ticket.Code):
					pending = fmt.Errorf("unit %s for %v is %v", d.Unit, link, r.ticket.Code)
				default:
					if err := p.add(w, r); err != nil {
						failed = fmt.Errorf("unit %s for %v is %v: %w", d.Unit, link, r.ticket.Code, err)
					}
				}
			}
		}
		if none {
			missing = fmt.Errorf("there is no ticket of unit %s", d.Unit)
		}
	}
	switch {
	case away: // it may take long there: somebody will find this ticket again
		p.elsewhere[w.ticket.key()] = true
		p.found++
		return nil, true
	case busy:
		p.deferred++
		return first, true
	case pending != nil:
		w.verdict = ampel.T2Pending
	case failed != nil:
		w.verdict, w.problem = ampel.T2FailedDep, failed
	case missing != nil:
		w.verdict, w.problem = ampel.T2NoDependency, missing
	}
	return nil, false
}

// add gives a result to the unit, and its configuration.
func (p *pass) add(w *work, r *result) error {
	v, err := ampel.NewT2DocView(r.doc, nil)
	if err != nil {
		return err
	}
	if _, err := v.Payload(); err != nil {
		return err
	}
	w.results = append(w.results, r.raw)
	id, numbered := r.ticket.Config.Int()
	if !numbered {
		return nil
	}
	conf, err := p.env.DB.Config(id)
	if err != nil {
		return nil // the view does without
	}
	if w.configs == nil {
		w.configs = map[int64][]byte{}
	}
	_, w.configs[id], _ = conf.MarshalBSONValue() // never fails
	return nil
}

// pending tells whether a ticket will still be run.
func (p *pass) pending(c ampel.DocumentCode) bool {
	switch c {
	case ampel.CodeNew, ampel.CodeRunning, ampel.CodeRerun, ampel.T2NewPriority, ampel.T2Pending, ampel.T2Queued:
		return true
	}
	return slices.Contains(p.conf.CodeMatch, c)
}

// meet tells whether two lists have a channel in common.
func meet(a, b []ampel.ChannelID) bool {
	return slices.ContainsFunc(a, func(c ampel.ChannelID) bool { return slices.Contains(b, c) })
}
