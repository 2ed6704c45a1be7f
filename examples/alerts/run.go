package main

import (
	"context"
	_ "embed" // the job
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/catalog"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/job"
)

// options are what the command line says.
type options struct {
	alerts, db, report, backend, write string
	n                                  int
	seed                               uint64
}

//go:embed job.yml
var jobText string

func run(ctx context.Context, o options, rest []string, out io.Writer, screen *terminal) (err error) {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q: name packets with -alerts", rest[0])
	}
	stream, err := openStream(o)
	if err != nil {
		return err
	}
	if o.write != "" {
		return stream.write(ctx, o.write, out)
	}
	if o.report, err = filepath.Abs(o.report); err != nil {
		return err
	}
	dir := o.db
	if dir == "" {
		if dir, err = os.MkdirTemp("", "alerts"); err != nil {
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
	s := &system{
		env:    &ampel.Env{Units: catalog.New(), DB: db, Progress: &ampel.Progress{}},
		stream: stream, out: out, screen: screen, start: time.Now(),
	}
	ampel.Register(s.env.Units, supplierUnit, stream.supplier)
	s.shown = registerReport(s.env.Units, stream)
	text := strings.NewReplacer("SUPPLIER", supplierUnit, "BACKEND", o.backend, "REPORT", quoted(o.report)).Replace(jobText)
	if s.job, err = job.Parse([]byte(text), false); err != nil {
		return err
	}
	if err := s.job.Check(s.env.Units); err != nil {
		return err
	}
	err = s.run(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		fmt.Fprintln(out, "Stopped.")
		return nil
	}
	if err == nil {
		fmt.Fprintf(out, "\n%sThe report is in %s\n", s.shown.quality, o.report)
	}
	return err
}

// quoted writes a text as YAML.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
