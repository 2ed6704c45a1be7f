package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t3/load"
)

type viewCmd struct {
	dbFlag
	Stock string `arg:"" help:"The id of the stock."`
	Text  bool   `help:"The id is a text even if it looks like a number."`
	JSON  bool   `help:"Print everything as JSON."`
}

// Run shows a stock.
func (c *viewCmd) Run(ctx context.Context, a *App) (err error) {
	db, closeDB, err := a.database(ctx, c.DB, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeDB()) }()
	id := ampel.TextID(c.Stock)
	if n, err := strconv.ParseInt(c.Stock, 10, 64); err == nil && !c.Text {
		id = ampel.IntID(n)
	}
	loader, err := load.New(&ampel.Env{DB: db}, load.Config{Directives: []load.Directive{{Col: "stock"}, {Col: "t0"}, {Col: "t1"}, {Col: "t2"}}})
	if err != nil {
		return err
	}
	buffers, err := loader.Load(ctx, []ampel.StockID{id})
	if err != nil {
		return err
	}
	b := buffers[0]
	if b.Stock == nil && len(b.T0)+len(b.T1)+len(b.T2) == 0 {
		return fmt.Errorf("stock %s: nothing is known about it", c.Stock)
	}
	if c.JSON {
		return a.printJSON(map[string]any{"stock": b.Stock, "t0": b.T0, "t1": b.T1, "t2": b.T2})
	}
	return a.print(b)
}

// printJSON prints documents as they are stored.
func (a *App) printJSON(v any) error {
	w, err := ampel.NewValue(v)
	if err != nil {
		return err
	}
	e := json.NewEncoder(a.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(w.Any())
}

func (a *App) print(b *ampel.AmpelBuffer) error {
	v, err := ampel.NewSnapView(b, nil)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "stock\t%v\nchannels\t%v\ntags\t%v\nnames\t%v\ncontent\t%s\n", v.ID(), v.Channels(), v.Tags(), v.Names(), v.ContentSummary())
	for r := range v.JournalEntries(nil) {
		fmt.Fprintf(w, "journal\t%s\ttier %d\trun %d\t%s\t%s\t%v\t%s\n", r.TS.Time().Format(time.DateTime), r.Tier, r.Run, r.Process, r.Unit, []ampel.Label(r.Tag), orNothing(r.Extra))
	}
	for _, d := range v.T2() {
		fmt.Fprintf(w, "t2\t%s\t%v\tlink %v\t%s\n", d.Unit(), d.Code(), d.Link(), payload(d))
	}
	return w.Flush()
}

func orNothing(v ampel.Value) string {
	if v.IsNull() {
		return ""
	}
	text, err := json.Marshal(v.Any())
	if err != nil {
		return v.String()
	}
	return string(text)
}

type eventsCmd struct {
	dbFlag
	Process string `help:"Only runs of this process."`
	Last    int    `default:"20" help:"How many, the newest ones; 0 for all."`
	Trouble bool   `help:"Also print the troubles of each run."`
	JSON    bool   `help:"Print as JSON, one run per line."`
}

// Run lists events, newest last.
func (c *eventsCmd) Run(ctx context.Context, a *App) (err error) {
	if c.Last < 0 {
		return errors.New("--last is negative: write 0 for all")
	}
	db, closeDB, err := a.database(ctx, c.DB, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeDB()) }()
	filter := bson.D{}
	if c.Process != "" {
		filter = append(filter, bson.E{Key: "process", Value: c.Process})
	}
	found := db.Collection(ampel.ColNameEvent).Find(ctx, filter, docdb.SortBy(bson.D{{Key: "_id", Value: -1}}), docdb.Limit(int64(c.Last)))
	var events []ampel.EventDocument
	for e, err := range docdb.Decode[ampel.EventDocument](found) {
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	for i := len(events) - 1; i >= 0; i-- {
		e := events[i]
		if c.JSON {
			line, err := json.Marshal(ampel.MustValue(e).Any())
			if err != nil {
				return err
			}
			fmt.Fprintf(a.Stdout, "%s\n", line)
			continue
		}
		docs, _ := e.More["docs"].Int()
		fmt.Fprintf(w, "%s\trun %d\t%s\t%v\t%.3fs\t%d documents\n", e.ID.Timestamp().UTC().Format(time.DateTime), e.Run, e.Process, e.Code, e.Duration, docs)
		if c.Trouble {
			if err := troubles(ctx, db, e.Run, w); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

func troubles(ctx context.Context, db *ampel.Database, run int64, w *tabwriter.Writer) error {
	for t, err := range docdb.Decode[ampel.Trouble](db.Collection(ampel.ColNameTrouble).Find(ctx, bson.D{{Key: "run", Value: run}})) {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\t\t%s\t%v\t%s\n", t.Unit, t.Code, t.Msg)
	}
	return nil
}

func payload(d *ampel.T2DocView) string {
	p, err := d.Payload()
	if err != nil {
		return ""
	}
	return p.String()
}
