package t3

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// maxIDs is how many stocks one write names: a document has at most 16 MiB.
const maxIDs = 20_000

// Updates collects what is to be written to stock documents, so that it is
// written at once. It may be used by many goroutines. The zero Updates is empty.
type Updates struct {
	mu     sync.Mutex
	single map[ampel.StockID]*change
	order  []ampel.StockID // of single
	many   []group
	// grouped are the stocks of many: what comes later must be written after it.
	grouped map[ampel.StockID]struct{}
}

// change is what is added to one stock document.
type change struct {
	records []ampel.JournalRecord
	tags    []ampel.Tag
	names   []ampel.Label
}

// group is a change of many stocks.
type group struct {
	ids    []ampel.StockID
	change change
}

func (c *change) merge(d change) {
	c.records = append(c.records, d.records...)
	c.tags = ampel.MergeLabels(c.tags, d.tags)
	c.names = ampel.MergeLabels(c.names, d.names)
}

func (c change) empty() bool { return len(c.records)+len(c.tags)+len(c.names) == 0 }

// add notes a change. Stocks that have changes of their own get this one added
// to them, which keeps the order of their records.
func (u *Updates) add(ids []ampel.StockID, c change) {
	if c.empty() {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.single == nil {
		u.single, u.grouped = map[ampel.StockID]*change{}, map[ampel.StockID]struct{}{}
	}
	var rest []ampel.StockID
	for _, id := range ids {
		_, later := u.grouped[id]
		own := u.single[id]
		switch {
		case later, own == nil && len(ids) > 1:
			rest = append(rest, id)
			u.grouped[id] = struct{}{}
			continue
		case own == nil:
			own = &change{}
			u.single[id] = own
			u.order = append(u.order, id)
		}
		own.merge(c)
	}
	if len(rest) > 0 {
		u.many = append(u.many, group{rest, change{slices.Clone(c.records), slices.Clone(c.tags), slices.Clone(c.names)}})
	}
}

// Len returns how many journal records wait, counting each stock.
func (u *Updates) Len() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := 0
	for _, c := range u.single {
		n += len(c.records)
	}
	for _, g := range u.many {
		n += len(g.ids) * len(g.change.records)
	}
	return n
}

// Flush writes everything in one bulk and forgets it, also if ctx is canceled:
// see ampel.Finish. Writes that fail do not keep the others from being done;
// they are in the error, as are changes of stocks that do not exist.
func (u *Updates) Flush(ctx context.Context, db *ampel.Database) error {
	u.mu.Lock()
	writes, stocks := u.writes()
	u.single, u.order, u.many, u.grouped = nil, nil, nil, nil
	u.mu.Unlock()
	if len(writes) == 0 {
		return nil
	}
	if db == nil {
		return errors.New("ampel: t3: there is no database to write the journal to: set update_journal to false")
	}
	var errs []error
	var matched int64
	for len(writes) > 0 {
		var r docdb.Result
		err := ampel.Finish(ctx, func(ctx context.Context) (err error) {
			r, err = db.Collection(ampel.ColNameStock).BulkWrite(ctx, writes)
			return err
		})
		matched += r.Matched
		if err == nil {
			break
		}
		errs = append(errs, err)
		var bulk *docdb.BulkError
		var refused *docdb.WriteError
		switch {
		case errors.As(err, &bulk): // those before it are done
			writes = writes[bulk.Writes[0].Index+1:]
		case errors.As(err, &refused): // nothing is done
			writes = slices.Delete(writes, refused.Index, refused.Index+1)
		default:
			return errors.Join(errs...)
		}
	}
	if len(errs) == 0 && matched < stocks {
		return fmt.Errorf("ampel: t3: %d of the %d stocks have no document: nothing was noted there", stocks-matched, stocks)
	}
	return errors.Join(errs...)
}

// writes returns what is to be written, and about how many stocks.
func (u *Updates) writes() (out []docdb.Write, stocks int64) {
	stocks = int64(len(u.order))
	for _, id := range u.order {
		out = append(out, docdb.UpdateMany(bson.D{{Key: "stock", Value: id}}, u.single[id].update()))
	}
	for _, g := range u.many {
		stocks += int64(len(g.ids))
		for ids := range slices.Chunk(g.ids, maxIDs) {
			filter := bson.D{{Key: "stock", Value: bson.D{{Key: "$in", Value: ids}}}}
			out = append(out, docdb.UpdateMany(filter, g.change.update()))
		}
	}
	return out, stocks
}

// update returns the change as an update of the database.
func (c change) update() bson.D {
	out := bson.D{}
	if len(c.records) > 0 {
		out = append(out, bson.E{Key: "$push", Value: bson.D{{Key: "journal", Value: bson.D{{Key: "$each", Value: c.records}}}}})
	}
	add := bson.D{}
	if len(c.tags) > 0 {
		add = append(add, bson.E{Key: "tag", Value: bson.D{{Key: "$each", Value: c.tags}}})
	}
	if len(c.names) > 0 {
		add = append(add, bson.E{Key: "name", Value: bson.D{{Key: "$each", Value: c.names}}})
	}
	if len(add) > 0 {
		out = append(out, bson.E{Key: "$addToSet", Value: add})
	}
	return out
}
