// Command ampel runs Ampel jobs and shows what they did:
//
//	ampel run job.yaml -db DIR      runs the processes of a job file
//	ampel view 42 -db DIR           shows what is known about a stock
//	ampel events -db DIR            lists the runs
//
// It knows the units of package catalog. A programme with units of its own makes
// the same command out of package cli.
package main

import (
	"os"

	"github.com/penstock/penstock/ampel/catalog"
	"github.com/penstock/penstock/ampel/cli"
)

func main() { os.Exit(cli.Main(catalog.New())) }
