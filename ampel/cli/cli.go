package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

// Exit statuses.
const (
	ExitOK        = 0
	ExitException = 1   // the event of a run is an exception or an error
	ExitUsage     = 2   // arguments, job file or database
	ExitAborted   = 130 // the run was interrupted
)

// App is the command with the units that it knows.
type App struct {
	Units *ampel.Registry
	// Engines open databases whose name begins with a scheme, such as mongodb://.
	// Folders need none: they are opened by the embedded engine.
	Engines []Engine

	Stdout, Stderr io.Writer
}

// Engine opens the databases of one scheme.
type Engine struct {
	Scheme string // "mongodb" for mongodb://
	Open   func(ctx context.Context, uri string) (*docdb.DB, error)
}

// Main runs the command with the arguments and signals of the process, and
// returns its exit status.
func Main(units *ampel.Registry, engines ...Engine) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &App{Units: units, Engines: engines, Stdout: os.Stdout, Stderr: os.Stderr}
	return a.Run(ctx, os.Args[1:])
}

// commands are the arguments.
type commands struct {
	Run    runCmd    `cmd:"" help:"Run the processes of a job file."`
	View   viewCmd   `cmd:"" help:"Show what is known about a stock."`
	Events eventsCmd `cmd:"" help:"List the runs."`
	Logs   logsCmd   `cmd:"" help:"Print what runs have logged."`
}

type dbFlag struct {
	DB string `name:"db" required:"" placeholder:"DIR|URI" help:"The database: a folder, or the address of a server."`
}

// Run runs the command and returns its exit status.
func (a *App) Run(ctx context.Context, args []string) int {
	var c commands
	exit := -1
	parser, err := kong.New(&c, kong.Name("ampel"), kong.Description("Runs Ampel jobs and shows what they did."),
		kong.Writers(a.Stdout, a.Stderr), kong.Exit(func(code int) { exit = code }))
	if err != nil {
		return a.fail(ExitUsage, err)
	}
	k, err := parser.Parse(longFlags(args))
	switch {
	case exit >= 0: // help was shown
		return exit
	case err != nil:
		return a.fail(ExitUsage, err)
	}
	k.BindTo(ctx, (*context.Context)(nil))
	err = k.Run(a)
	var status *exitError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &status):
		if status.err != nil {
			return a.fail(status.code, status.err)
		}
		return status.code
	}
	return a.fail(ExitUsage, err)
}

// longFlags lets -db be written with one dash.
func longFlags(args []string) []string {
	out := make([]string, len(args))
	for i, s := range args {
		if s == "-db" || strings.HasPrefix(s, "-db=") {
			s = "-" + s
		}
		out[i] = s
	}
	return out
}

// exitError is an error with a status of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return fmt.Sprint(e.err) }

func (e *exitError) Unwrap() error { return e.err }

func (a *App) fail(code int, err error) int {
	fmt.Fprintln(a.Stderr, "ampel:", strings.TrimPrefix(err.Error(), "ampel: "))
	return code
}

// FileName is the database in a folder.
const FileName = "ampel.db"

// database opens a database. A folder that does not exist is made if create
// says so.
func (a *App) database(ctx context.Context, name string, create bool) (*ampel.Database, func() error, error) {
	raw, err := a.open(ctx, name, create)
	if err != nil {
		return nil, nil, err
	}
	db, err := ampel.NewDatabase(ctx, raw)
	if err != nil {
		return nil, nil, errors.Join(err, raw.Close())
	}
	return db, raw.Close, nil
}

func (a *App) open(ctx context.Context, name string, create bool) (*docdb.DB, error) {
	if scheme, _, ok := strings.Cut(name, "://"); ok {
		for _, e := range a.Engines {
			if e.Scheme == scheme {
				return e.Open(ctx, name)
			}
		}
		return nil, fmt.Errorf("database: this command has no engine for %s://: name a folder", scheme) // the rest may hold a password
	}
	if create {
		if err := os.MkdirAll(name, 0o755); err != nil {
			return nil, fmt.Errorf("database: %w", err)
		}
	} else if _, err := os.Stat(filepath.Join(name, FileName)); err != nil {
		return nil, fmt.Errorf("database: %w: run a job first, or name another folder", err)
	}
	return sqlite.Open(ctx, filepath.Join(name, FileName))
}

func (a *App) logger(verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(a.Stderr, &slog.HandlerOptions{Level: level}))
}
