package complement

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t3"
)

// Logs is the configuration of T3LogsAppender: it adds what runs have logged about
// the stocks, oldest first.
type Logs struct {
	// UseLastRun leaves out what was logged before last_run of the session, if it is
	// there. Default true.
	UseLastRun bool `config:"use_last_run"`
}

// SetDefaults sets the defaults.
func (c *Logs) SetDefaults() { c.UseLastRun = true }

// NewLogs builds a T3LogsAppender.
func NewLogs(env *ampel.Env, c Logs) (t3.Complementer, error) {
	if env.DB == nil {
		return nil, errors.New("there is no database with logs: give the run one")
	}
	return &logs{env.DB, c.UseLastRun}, nil
}

type logs struct {
	db      *ampel.Database
	lastRun bool
}

// Complement does one query for all buffers.
func (l *logs) Complement(ctx context.Context, buffers []*ampel.AmpelBuffer, store *ampel.T3Store) error {
	by := map[ampel.StockID]*ampel.AmpelBuffer{}
	var ids []ampel.StockID
	for _, b := range buffers {
		b.Logs = []ampel.LogDocument{}
		by[b.ID] = b
		ids = append(ids, b.ID)
	}
	query := bson.D{{Key: "s", Value: bson.D{{Key: "$in", Value: ids}}}}
	last, _ := store.Session("last_run")
	if at, ok := last.Float(); ok && l.lastRun {
		from := ampel.FirstID(time.Unix(int64(at), 0))
		query = append(query, bson.E{Key: "_id", Value: bson.D{{Key: "$gte", Value: from}}})
	}
	found := l.db.Collection(ampel.ColNameLog).Find(ctx, query, docdb.SortBy(bson.D{{Key: "_id", Value: 1}}))
	for d, err := range docdb.Decode[ampel.LogDocument](found) {
		if err != nil {
			return fmt.Errorf("logs: %w", err)
		}
		if b := by[*d.Stock]; b != nil {
			b.Logs = append(b.Logs, d)
		}
	}
	return nil
}
