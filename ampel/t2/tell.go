package t2

import (
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// claimed is a ticket whose result is written, and of which the stock has to be told.
type claimed struct {
	id      bson.RawValue
	stock   ampel.StockID
	claim   int64
	entry   *entry
	channel []ampel.ChannelID
}

// tell writes to the journals of stocks what has come of their tickets, once each,
// and takes the claims off. Tickets that are not ours any more are left alone.
func (r *run) tell(ctx context.Context, batch []*claimed) error {
	if len(batch) == 0 {
		return nil
	}
	ids := make([]bson.RawValue, len(batch))
	byClaim := make(map[int64]*claimed, len(batch))
	for i, c := range batch {
		ids[i], byClaim[c.claim] = c.id, c
	}
	ours := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, {Key: "claim.owner", Value: r.owner}}
	// The channels are read now, because some may have come while the unit ran, and
	// they too want to know.
	var mine []*claimed
	fields := docdb.Fields(bson.D{{Key: "claim.id", Value: 1}, {Key: "channel", Value: 1}})
	for t, err := range docdb.Decode[ticket](r.tickets().Find(ctx, ours, fields)) {
		if err != nil {
			return err
		}
		if c := byClaim[t.Claim.ID]; c != nil {
			c.channel = t.Channel
			mine = append(mine, c)
		}
	}
	if err := r.journal(ctx, mine); err != nil {
		return err
	}
	ours = append(ours, bson.E{Key: "claim.entry", Value: bson.D{{Key: "$exists", Value: true}}})
	_, err := r.tickets().UpdateMany(ctx, ours, bson.D{{Key: "$unset", Value: bson.D{{Key: "claim", Value: ""}}}})
	return err
}

// journal writes the records of each stock in one update; if it turns out that one of
// them is there already, one by one.
func (r *run) journal(ctx context.Context, batch []*claimed) error {
	groups := map[ampel.StockID][]*claimed{}
	var writes []docdb.Write
	for _, c := range batch {
		groups[c.stock] = append(groups[c.stock], c)
	}
	for _, g := range groups {
		writes = append(writes, r.record(g))
	}
	if len(writes) == 0 {
		return nil
	}
	res, err := r.env.DB.Collection(ampel.ColNameStock).BulkWrite(ctx, writes, docdb.Unordered())
	if err != nil || int(res.Matched) == len(writes) {
		return err
	}
	writes = writes[:0]
	for _, g := range groups {
		for _, c := range g {
			writes = append(writes, r.record([]*claimed{c}))
		}
	}
	_, err = r.env.DB.Collection(ampel.ColNameStock).BulkWrite(ctx, writes, docdb.Unordered())
	return err
}

// record is the update of one stock. It finds the stock only if its journal has none
// of the records.
func (r *run) record(group []*claimed) docdb.Write {
	ids := make([]int64, len(group))
	records := make([]ampel.JournalRecord, len(group))
	latest := bson.D{}
	for i, c := range group {
		ids[i], records[i] = c.claim, c.entry.Record
		records[i].Channel = ampel.Labels(c.channel)
		if !c.entry.Bump {
			continue
		}
		for _, name := range append([]string{"any"}, texts(c.channel)...) {
			path := "ts." + name + ".upd"
			if slices.ContainsFunc(latest, func(e bson.E) bool { return e.Key == path }) || strings.ContainsAny(name, ".$") {
				continue // no field can have such a name
			}
			latest = append(latest, bson.E{Key: path, Value: c.entry.Record.TS})
		}
	}
	filter := bson.D{
		{Key: "stock", Value: group[0].stock},
		{Key: "journal.traceid." + traceClaim, Value: bson.D{{Key: "$nin", Value: ids}}},
	}
	up := bson.D{{Key: "$push", Value: bson.D{{Key: "journal", Value: bson.D{{Key: "$each", Value: records}}}}}}
	if len(latest) > 0 {
		up = append(up, bson.E{Key: "$max", Value: latest})
	}
	return docdb.UpdateOne(filter, up)
}

func texts(labels []ampel.Label) []string {
	out := make([]string, len(labels))
	for i, l := range labels {
		out[i] = l.String()
	}
	return out
}
