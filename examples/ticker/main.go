// Ticker moves prices from an HTTP server to a CSV file and a SQLite database, by way
// of a buffer on disk. Stop it with Ctrl-C, or kill it with SIGKILL, and start it
// again: no price is missing in either place, and none is there twice.
//
// The server is part of the program and listens on the loopback interface only. It runs
// for ten seconds; -for 0 lets it run until Ctrl-C.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	_ "modernc.org/sqlite"

	"github.com/penstock/penstock/databay"
	"github.com/penstock/penstock/databay/inlets"
	"github.com/penstock/penstock/databay/outlets"
)

// A Tick is one price.
type Tick struct {
	Seq    int64  `json:"seq"`
	Symbol string `json:"symbol"`
	Cents  int64  `json:"cents"`
}

func main() {
	dir := flag.String("dir", "ticker-data", "where the buffer, the CSV file and the database are")
	interval := flag.Duration("interval", time.Second, "time between transfers")
	limit := flag.Duration("for", 10*time.Second, "how long to run; 0 is until Ctrl-C")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *limit)
		defer cancel()
	}
	if err := run(ctx, *dir, *interval); err != nil {
		slog.Error("ticker", "err", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, interval time.Duration) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	url, stopServer, err := serve(ctx)
	if err != nil {
		return err
	}
	defer stopServer()

	// What the link has taken and not yet delivered is in this file.
	buffer, err := databay.OpenBuffer[Tick](filepath.Join(dir, "buffer.db"), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, buffer.Close()) }()
	buffer.Count(20).Time(3 * interval).Timer()

	db, err := sql.Open("sqlite", filepath.Join(dir, "ticks.sqlite")+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	table, err := outlets.NewSQL(outlets.SQLConfig[Tick]{
		DB:        db,
		Init:      []string{createTable},
		Statement: "INSERT INTO ticks (seq, symbol, cents) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		Args: func(r databay.Record[Tick]) ([]any, error) {
			return []any{r.Payload.Seq, r.Payload.Symbol, r.Payload.Cents}, nil
		},
	})
	if err != nil {
		return err
	}
	file := outlets.NewCSV(outlets.CSVConfig[Tick]{
		FileConfig: outlets.FileConfig{Path: filepath.Join(dir, "ticks.csv")},
		Columns:    []string{"seq", "symbol", "cents"},
		Unique:     "seq",
	})

	last, err := lastSeen(ctx, db, buffer)
	if err != nil {
		return err
	}
	in, err := newTicks(url, last)
	if err != nil {
		return err
	}
	link, err := databay.NewLink(databay.LinkConfig[Tick]{
		Inlets:     []databay.Inlet[Tick]{in},
		Outlets:    []databay.Outlet[Tick]{file, table},
		Interval:   interval,
		Tags:       []string{"ticker"},
		Processors: []databay.Processor[Tick]{buffer},
		SkipEmpty:  true,
	})
	if err != nil {
		return err
	}
	planner, err := databay.NewPlanner(databay.PlannerConfig{Links: []databay.AnyLink{link}})
	if err != nil {
		return err
	}
	slog.Info("ticker runs", "server", url, "after", last, "waiting", buffer.Len())
	err = planner.Run(ctx)
	slog.Info("ticker ends", "stats", link.Stats())
	return err
}

const createTable = "CREATE TABLE IF NOT EXISTS ticks (seq INTEGER PRIMARY KEY, symbol TEXT NOT NULL, cents INTEGER NOT NULL)"

// lastSeen returns the last tick of earlier runs. Each is in the database or, until
// both outlets have it, in the buffer.
func lastSeen(ctx context.Context, db *sql.DB, buffer *databay.Buffer[Tick]) (last int64, err error) {
	if _, err := db.ExecContext(ctx, createTable); err != nil {
		return 0, err
	}
	if err := db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM ticks").Scan(&last); err != nil {
		return 0, err
	}
	for _, r := range buffer.Records() {
		last = max(last, r.Payload.Seq)
	}
	return last, nil
}

// ticks is an inlet that asks the server for what comes after the last tick.
type ticks struct {
	*inlets.HTTP[Tick]
	last   int64 // pulled
	stored int64 // arrived
}

func newTicks(url string, last int64) (*ticks, error) {
	in := &ticks{last: last, stored: last}
	http, err := inlets.NewHTTP(inlets.HTTPConfig[Tick]{
		URL: url,
		Prepare: func(req *http.Request) error {
			req.URL.RawQuery = "after=" + strconv.FormatInt(in.last, 10)
			return nil
		},
	})
	in.HTTP = http
	return in, err
}

func (in *ticks) Pull(ctx context.Context, u databay.Update) ([]databay.Record[Tick], error) {
	records, err := in.HTTP.Pull(ctx, u)
	for _, r := range records {
		in.last = max(in.last, r.Payload.Seq)
	}
	return records, err
}

// Commit says that the ticks are in the buffer.
func (in *ticks) Commit(context.Context, databay.Update) error {
	in.stored = in.last
	return nil
}

// Rollback says that they are not, so they are asked for again.
func (in *ticks) Rollback(context.Context, databay.Update) error {
	in.last = in.stored
	return nil
}

// serve starts the server on a free port.
func serve(ctx context.Context) (url string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ticks", answer)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("server", "err", err)
		}
	}()
	return fmt.Sprintf("http://%s/ticks", listener.Addr()), func() { server.Close(); <-done }, nil
}

// answer sends the few ticks that come after a number. They follow from the number
// alone, as if the exchange kept them for ever.
func answer(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		http.Error(w, "after: "+err.Error(), http.StatusBadRequest)
		return
	}
	symbols := []string{"ABC", "DEF", "XYZ"}
	list := make([]Tick, 1+after%7)
	for i := range list {
		seq := after + int64(i) + 1
		list[i] = Tick{seq, symbols[seq%3], 10_000 + seq*7919%500}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(list); err != nil {
		slog.Error("server", "err", err)
	}
}
