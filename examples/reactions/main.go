// Command reactions shows how T3 units react to stocks. It makes a small archive
// of stocks in the channels BLUE and RED, starts a chat server on this machine,
// and lets one process post about the stocks, once with each of the six stagers.
// Then everything runs again, and nothing is posted twice, because what was
// posted stands in the journals of the stocks.
//
//	go run ./examples/reactions            in a temporary folder
//	go run ./examples/reactions -db DIR    keeps the database
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/t3/catalog"
)

func main() {
	dir := flag.String("db", "", "folder for the database; default a temporary one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *dir, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, dir string, out io.Writer) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "reactions"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	raw, err := sqlite.Open(ctx, filepath.Join(dir, "ampel.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	db, err := ampel.NewDatabase(ctx, raw)
	if err != nil {
		return err
	}
	if err := fill(ctx, db); err != nil {
		return err
	}
	chat, err := startChat()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, chat.stop()) }()

	env := &ampel.Env{Units: catalog.New(), DB: db}
	registerPoster(env.Units)
	for round := 1; round <= 2; round++ {
		fmt.Fprintf(out, "\nRound %d\n", round)
		for _, stager := range stagers {
			if err := react(ctx, env, stager, chat.url); err != nil {
				return fmt.Errorf("%s: %w", stager.name, err)
			}
			printMessages(out, stager.name, chat.take())
		}
	}
	fmt.Fprintln(out, "\nThe journals afterwards")
	return printJournals(ctx, out, db)
}
