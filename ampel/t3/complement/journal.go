package complement

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/filter"
)

// ExtJournal is the configuration of T3ExtJournalAppender: it joins the journal
// that another Ampel database has about a stock to that of the buffer. Nothing
// is written. Stock documents must be loaded.
type ExtJournal struct {
	// Resource names the other database, for the Open of the Env.
	Resource string `config:"mongo_resource,required"`
	// DBName is put behind the resource, after a slash, if it is given.
	DBName string `config:"db_name"`
	// Sort orders the joined journal by time: newest first, unless Reverse is
	// false. Default true.
	Sort    bool `config:"sort"`
	Reverse bool `config:"reverse"`
	// FilterConfig picks records of the other journal. Default: all.
	FilterConfig *filter.Criteria `config:"filter_config"`
}

// SetDefaults sets the defaults.
func (c *ExtJournal) SetDefaults() { c.Sort, c.Reverse = true, true }

// NewExtJournal builds a T3ExtJournalAppender.
func NewExtJournal(env *ampel.Env, c ExtJournal) (t3.Complementer, error) {
	if env.Open == nil {
		return nil, errors.New("other databases cannot be opened: set Open of the Env")
	}
	j := &extJournal{env: env, conf: c}
	if c.FilterConfig != nil {
		f, err := filter.NewSimpleDictArrayFilter(*c.FilterConfig)
		if err != nil {
			return nil, ampel.PathError("filter_config", err)
		}
		j.filter = f
	}
	return j, nil
}

type extJournal struct {
	env    *ampel.Env
	conf   ExtJournal
	filter filter.Array
}

func (j *extJournal) Complement(ctx context.Context, buffers []*ampel.AmpelBuffer, _ *ampel.T3Store) error {
	name := j.conf.Resource
	if j.conf.DBName != "" {
		name += "/" + j.conf.DBName
	}
	db, err := j.env.Open(ctx, name)
	if err != nil {
		return err
	}
	by := map[ampel.StockID]*ampel.AmpelBuffer{}
	var ids []ampel.StockID
	for _, b := range buffers {
		if b.Stock == nil {
			return fmt.Errorf("the document of stock %v is not loaded", b.ID)
		}
		by[b.ID] = b
		ids = append(ids, b.ID)
	}
	query := bson.D{{Key: "stock", Value: bson.D{{Key: "$in", Value: ids}}}}
	found := db.Collection(ampel.ColNameStock).Find(ctx, query)
	for doc, err := range docdb.Decode[ampel.StockDocument](found) {
		if err != nil {
			return err
		}
		records, err := j.pick(doc.Journal)
		if err != nil {
			return err
		}
		b := by[doc.Stock]
		b.Stock.Journal = append(b.Stock.Journal, records...)
	}
	for _, b := range buffers {
		j.sort(b.Stock.Journal)
	}
	return nil
}

// pick applies the filter.
func (j *extJournal) pick(records []ampel.JournalRecord) ([]ampel.JournalRecord, error) {
	if j.filter == nil {
		return records, nil
	}
	list := make([]ampel.Value, len(records))
	for i, r := range records {
		v, err := ampel.NewValue(r)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	picked, err := j.filter.Pick(list)
	if err != nil {
		return nil, err
	}
	out := make([]ampel.JournalRecord, len(picked))
	for i, v := range picked {
		if err := v.Decode(&out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (j *extJournal) sort(records []ampel.JournalRecord) {
	if !j.conf.Sort {
		return
	}
	slices.SortStableFunc(records, func(a, b ampel.JournalRecord) int {
		if j.conf.Reverse {
			a, b = b, a
		}
		switch {
		case a.TS < b.TS:
			return -1
		case a.TS > b.TS:
			return 1
		}
		return 0
	})
}
