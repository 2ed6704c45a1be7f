package t2

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// load is the stage that makes jobs of tickets: it reads what units are given, for
// many tickets at once.
func (r *run) load(ctx context.Context, batch []*work) ([]job, error) {
	var without []*work
	for _, w := range batch {
		if w.verdict == 0 && w.input == nil {
			without = append(without, w)
		}
	}
	if err := r.inputs(ctx, without); err != nil {
		return nil, err
	}
	jobs := make([]job, len(batch))
	for i, w := range batch {
		jobs[i] = job{
			ID: w.number, Unit: w.ticket.Unit, Verdict: w.verdict,
			Config: w.recipe.config, Input: w.input, Results: w.results, Configs: w.configs,
		}
		if w.verdict != 0 {
			jobs[i] = job{ID: w.number, Verdict: w.verdict}
		}
	}
	return jobs, nil
}

// inputs finds what tickets are bound to. Those for which there is nothing are decided.
func (r *run) inputs(ctx context.Context, batch []*work) error {
	kinds := map[ampel.T2Type][]*work{}
	for _, w := range batch {
		kinds[w.ticket.kind()] = append(kinds[w.ticket.kind()], w)
	}
	if err := r.single(ctx, kinds[ampel.T2Stock], ampel.ColNameStock, "stock"); err != nil {
		return err
	}
	if err := r.single(ctx, kinds[ampel.T2Point], ampel.ColNameT0, "id"); err != nil {
		return err
	}
	return r.states(ctx, kinds[ampel.T2State])
}

// single loads one document for each ticket.
func (r *run) single(ctx context.Context, batch []*work, collection, field string) error {
	links := make([]ampel.Link, len(batch))
	for i, w := range batch {
		links[i] = w.ticket.Link
	}
	docs, err := r.byID(ctx, collection, field, links)
	if err != nil {
		return err
	}
	for _, w := range batch {
		if d := docs[w.ticket.Link]; d != nil {
			w.input = [][]byte{d}
		} else {
			w.decide(ampel.T2NoLink, "there is no %s %v in collection %s", field, w.ticket.Link, collection)
		}
	}
	return nil
}

// mostIDs is how many documents one query names.
const mostIDs = 1000

// byID finds documents by a number or text in field.
func (r *run) byID(ctx context.Context, collection, field string, ids []ampel.ID) (map[ampel.ID]bson.Raw, error) {
	found := make(map[ampel.ID]bson.Raw, len(ids))
	for some := range slices.Chunk(ids, mostIDs) {
		filter := bson.D{{Key: field, Value: bson.D{{Key: "$in", Value: some}}}}
		var opts []docdb.Option
		if collection == ampel.ColNameT0 {
			// Every alert leaves metadata in all of its points, so that these make up most
			// of a point. No unit needs to know.
			opts = append(opts, docdb.Fields(bson.D{{Key: "meta", Value: 0}}))
		}
		for doc, err := range r.env.DB.Collection(collection).Find(ctx, filter, opts...) {
			if err != nil {
				return nil, err
			}
			var id ampel.ID
			if err := doc.Lookup(field).Unmarshal(&id); err != nil {
				return nil, err
			}
			found[id] = doc
		}
	}
	return found, nil
}

// spot is where a T1 document is.
type spot struct {
	stock ampel.StockID
	link  ampel.Link
}

func (t *ticket) spot() spot { return spot{t.Stock, t.Link} }

// mostSpots is how many of them one query names.
const mostSpots = 256

// at is the condition that a document is at one of several spots: for each stock, one
// of its links. An index answers that with as many questions as there are spots.
func at(spots iter.Seq[spot]) []bson.D {
	links := map[ampel.StockID][]ampel.Link{}
	for s := range spots {
		links[s.stock] = append(links[s.stock], s.link)
	}
	out := make([]bson.D, 0, len(links))
	for stock, list := range links {
		out = append(out, bson.D{{Key: "stock", Value: stock}, {Key: "link", Value: bson.D{{Key: "$in", Value: unique(list)}}}})
	}
	return out
}

// states loads T1 documents and their datapoints.
func (r *run) states(ctx context.Context, batch []*work) error {
	docs := map[spot]bson.Raw{}
	for some := range slices.Chunk(batch, mostSpots) {
		filter := bson.D{{Key: "$or", Value: at(func(yield func(spot) bool) {
			for _, w := range some {
				if !yield(w.ticket.spot()) {
					return
				}
			}
		})}}
		for doc, err := range r.env.DB.Collection(ampel.ColNameT1).Find(ctx, filter) {
			if err != nil {
				return err
			}
			var s spot
			if err := errors.Join(doc.Lookup("stock").Unmarshal(&s.stock), doc.Lookup("link").Unmarshal(&s.link)); err != nil {
				return fmt.Errorf("ampel: t2: a T1 document without stock or link: %w", err)
			}
			docs[s] = doc
		}
	}
	var ids []ampel.ID
	members := map[spot][]ampel.ID{}
	for _, w := range batch {
		s := w.ticket.spot()
		if w.state = docs[s]; w.state == nil {
			w.decide(ampel.T2NoLink, "there is no T1 document with link %v for stock %v", s.link, s.stock)
			continue
		}
		if members[s] == nil {
			var list []ampel.ID
			if err := w.state.Lookup("dps").Unmarshal(&list); err != nil {
				w.decide(ampel.T2NoLink, "the T1 document with link %v for stock %v lists no datapoints: %w", s.link, s.stock, err)
				continue
			}
			members[s], ids = list, append(ids, list...)
		}
	}
	points, err := r.byID(ctx, ampel.ColNameT0, "id", unique(ids))
	if err != nil {
		return err
	}
	for _, w := range batch {
		if w.verdict != 0 {
			continue
		}
		list := members[w.ticket.spot()]
		w.input = append(make([][]byte, 0, len(list)+1), w.state)
		for _, id := range list {
			p := points[id]
			if p == nil {
				w.input = nil
				w.decide(ampel.T2MissingInfo, "the datapoint %v of the state is not there", id)
				break
			}
			w.input = append(w.input, p)
		}
	}
	return nil
}

// unique returns the ids, each once.
func unique(ids []ampel.ID) []ampel.ID {
	seen := make(map[ampel.ID]struct{}, len(ids))
	out := ids[:0:0]
	for _, id := range ids {
		if _, ok := seen[id]; !ok {
			seen[id] = struct{}{}
			out = append(out, id)
		}
	}
	return out
}
