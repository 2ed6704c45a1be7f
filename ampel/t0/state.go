package t0

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

// traceKey marks the records, in journals and metadata, that one alert left for
// one set of channels. See mark.
const traceKey = "ingest"

// stock is what a run knows about a stock while it has to do with it: what is in
// the database, and what the alerts before did that are not written yet.
type stock struct {
	exists   bool
	channels []ampel.ChannelID
	// alerts are those that were ingested, with the channels.
	alerts map[int64]ampel.Labels
	// marks are those of the alerts. What a kill left behind of an alert that
	// was not written to its end has a mark that is not among them.
	marks  map[int64]struct{}
	points map[int64]ampel.DataPoint // nil unless there is a muxer
	sorted []ampel.DataPoint         // points by their ids; nil if that is to be made
	// batch is the last one that changes the stock.
	batch int64
}

// has tells whether the stock was in the channel before alert id: an alert with
// a lower id was ingested for it, or the channel does not stem from alerts. So
// the answer does not change when alerts come again.
func (s *stock) has(c ampel.ChannelID, id int64) bool {
	if !slices.Contains(s.channels, c) {
		return false
	}
	other := true
	for a, cs := range s.alerts {
		if cs.Has(c) {
			if a < id {
				return true
			}
			other = false
		}
	}
	return other
}

// history returns the points of the stock that are in the database.
func (s *stock) history() []ampel.DataPoint {
	if s.sorted == nil {
		s.sorted = slices.SortedFunc(maps.Values(s.points), byID)
	}
	return s.sorted
}

// load reads what the database knows about stocks.
func load(ctx context.Context, db *ampel.Database, ids []ampel.StockID, points bool) (map[ampel.StockID]*stock, error) {
	out := make(map[ampel.StockID]*stock, len(ids))
	for _, id := range ids {
		out[id] = &stock{alerts: map[int64]ampel.Labels{}, marks: map[int64]struct{}{}}
		if points {
			out[id].points = map[int64]ampel.DataPoint{}
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	filter := bson.D{{Key: "stock", Value: bson.D{{Key: "$in", Value: ids}}}}
	for raw, err := range db.Collection(ampel.ColNameStock).Find(ctx, filter) {
		if err != nil {
			return nil, fmt.Errorf("what is known of the stocks could not be read: %w", err)
		}
		if err := loadStock(raw, out); err != nil {
			return nil, err
		}
	}
	if !points {
		return out, nil
	}
	for raw, err := range db.Collection(ampel.ColNameT0).Find(ctx, filter) {
		if err != nil {
			return nil, fmt.Errorf("the datapoints of the stocks could not be read: %w", err)
		}
		if err := loadPoint(raw, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}
