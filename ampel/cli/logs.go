package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

type logsCmd struct {
	dbFlag
	Runs  []int64 `name:"run" help:"Only of these runs."`
	Unit  string  `help:"Only of this unit."`
	Stock string  `help:"Only about this stock."`
	Level string  `default:"debug" enum:"debug,info,warning,error" help:"Only lines of this level and above: debug, info, warning or error."`
	Last  int     `default:"100" help:"How many, the newest ones; 0 for all."`
	JSON  bool    `help:"Print as JSON, one line each."`
}

var logLevels = []struct {
	name string
	flag ampel.LogFlag
}{{"debug", ampel.LogDebug}, {"info", ampel.LogInfo}, {"warning", ampel.LogWarning}, {"error", ampel.LogError}}

// Run prints lines of the logs of runs, newest last.
func (c *logsCmd) Run(ctx context.Context, a *App) (err error) {
	if c.Last < 0 {
		return errors.New("--last is negative: write 0 for all")
	}
	db, closeDB, err := a.database(ctx, c.DB, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeDB()) }()
	found := db.Collection(ampel.ColNameLog).Find(ctx, c.filter(), docdb.SortBy(bson.D{{Key: "_id", Value: -1}}), docdb.Limit(int64(c.Last)))
	var lines []ampel.LogDocument
	for d, err := range docdb.Decode[ampel.LogDocument](found) {
		if err != nil {
			return err
		}
		lines = append(lines, d)
	}
	slices.Reverse(lines)
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	for _, d := range lines {
		if c.JSON {
			line, err := json.Marshal(ampel.MustValue(d).Any())
			if err != nil {
				return err
			}
			fmt.Fprintf(a.Stdout, "%s\n", line)
			continue
		}
		stock := ""
		if d.Stock != nil {
			stock = "stock " + d.Stock.String()
		}
		fmt.Fprintf(w, "%s\trun %d\t%s\t%s\t%s\t%s %s\n", d.ID.Timestamp().UTC().Format(time.DateTime), d.Run, levelName(d.Flags), d.Unit, stock, d.Message, orNothing(d.Extra))
	}
	return w.Flush()
}

func (c *logsCmd) filter() bson.D {
	f := bson.D{}
	if len(c.Runs) > 0 {
		f = append(f, bson.E{Key: "r", Value: bson.D{{Key: "$in", Value: c.Runs}}})
	}
	if c.Unit != "" {
		f = append(f, bson.E{Key: "u", Value: c.Unit})
	}
	if c.Stock != "" { // a number may be a text
		ids := []ampel.StockID{ampel.TextID(c.Stock)}
		if n, err := strconv.ParseInt(c.Stock, 10, 64); err == nil {
			ids = append(ids, ampel.IntID(n))
		}
		f = append(f, bson.E{Key: "s", Value: bson.D{{Key: "$in", Value: ids}}})
	}
	var levels bson.A
	for _, l := range logLevels {
		if l.name == c.Level {
			levels = bson.A{}
		}
		if levels != nil {
			levels = append(levels, bson.D{{Key: "f", Value: bson.D{{Key: "$bitsAllSet", Value: int64(l.flag)}}}})
		}
	}
	if len(levels) < len(logLevels) {
		f = append(f, bson.E{Key: "$or", Value: levels})
	}
	return f
}

func levelName(f ampel.LogFlag) string {
	for _, l := range logLevels {
		if f&l.flag != 0 {
			return l.name
		}
	}
	return ""
}
