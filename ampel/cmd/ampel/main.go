// Command ampel runs Ampel jobs and shows what they did:
//
//	ampel run job.yaml -db DIR      runs the processes of a job file
//	ampel view 42 -db DIR           shows what is known about a stock
//	ampel events -db DIR            lists the runs
//	ampel logs -db DIR --run 3      prints what they have logged
//
// The database is a folder, or mongodb://host:port/name on a server.
//
// It knows the units of package catalog. A program with units of its own makes
// the same command out of package cli. The command is a module of its own, so
// that those who use the library need not load the driver of MongoDB.
package main

import (
	"context"
	"os"

	"github.com/penstock/penstock/ampel/catalog"
	"github.com/penstock/penstock/ampel/cli"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/mongo"
	"github.com/penstock/penstock/pl/process"
)

func main() {
	process.Init() // the units of T2 may run in copies of this program
	open := func(ctx context.Context, uri string) (*docdb.DB, error) { return mongo.Open(ctx, uri, "") }
	os.Exit(cli.Main(catalog.New(), cli.Engine{Scheme: "mongodb", Open: open}, cli.Engine{Scheme: "mongodb+srv", Open: open}))
}
