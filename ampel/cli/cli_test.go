package cli_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/cli"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/catalog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// interruptKey is where unit Waits finds what ends its run.
type interruptKey struct{}

// run runs the command in a folder of its own.
func run(ctx context.Context, args ...string) (status int, out, errs string) {
	var stdout, stderr bytes.Buffer
	r := catalog.New()
	t3.RegisterUnit(r, "Fails", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) {
		return t3.UnitFunc[*ampel.SnapView](func(context.Context, *t3.Views[*ampel.SnapView], *ampel.T3Store) (any, error) {
			return nil, errors.New("boom")
		}), nil
	})
	t3.RegisterUnit(r, "Waits", t3.Snap, func(*ampel.Env, struct{}) (t3.Unit[*ampel.SnapView], error) {
		return t3.UnitFunc[*ampel.SnapView](func(ctx context.Context, v *t3.Views[*ampel.SnapView], _ *ampel.T3Store) (any, error) {
			if interrupt, ok := ctx.Value(interruptKey{}).(func()); ok {
				interrupt()
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}), nil
	})
	a := &cli.App{Units: r, Stdout: &stdout, Stderr: &stderr}
	status = a.Run(ctx, args)
	return status, stdout.String(), stderr.String()
}

func jobFile(t *testing.T, unit string) string {
	path := filepath.Join(t.TempDir(), "job.yaml")
	text := `{process_name: P, supply: {unit: T3DefaultBufferSupplier, config: {select: {unit: T3StockSelector}, load: {unit: T3SimpleDataLoader, config: {directives: [STOCK]}}}},
		stage: {unit: T3SimpleStager, config: {execute: ` + unit + `}}}`
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestRunViewEvents(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	status, out, errs := run(t.Context(), "run", jobFile(t, "T3CountStocks"), "-db", dir)
	require.Zero(t, status, errs)
	require.Contains(t, out, "P: run 1: OK, 1 documents")

	status, out, errs = run(t.Context(), "run", jobFile(t, "Fails"), "-db="+dir)
	require.Equal(t, cli.ExitException, status)
	require.Contains(t, out, "EXCEPTION")
	require.Contains(t, errs, "boom")

	status, out, _ = run(t.Context(), "events", "--db", dir, "--trouble")
	require.Zero(t, status)
	require.Regexp(t, `(?s)run 1 .*OK.*run 2 .*EXCEPTION.*Fails.*RUN_ERROR.*boom`, out)
	status, out, _ = run(t.Context(), "events", "--db", dir, "--process", "Q", "--json")
	require.Zero(t, status)
	require.Empty(t, out)

	status, out, _ = run(t.Context(), "logs", "--db", dir)
	require.Zero(t, status)
	require.Regexp(t, `(?s)run 1 .*info.*done running.*run 2 .*error.*Fails.*boom`, out)
	status, out, _ = run(t.Context(), "logs", "--db", dir, "--run", "2", "--unit", "Fails", "--level", "error", "--json")
	require.Zero(t, status)
	require.Contains(t, out, "boom")
	require.Len(t, strings.Split(strings.TrimSpace(out), "\n"), 1)
	status, out, _ = run(t.Context(), "logs", "--db", dir, "--stock", "42")
	require.Zero(t, status)
	require.Empty(t, out)

	db, err := sqlite.Open(t.Context(), filepath.Join(dir, cli.FileName))
	require.NoError(t, err)
	_, err = db.Collection("stock").InsertOne(t.Context(), bson.M{"stock": 42, "channel": bson.A{"A"}, "name": bson.A{"SN"}, "journal": bson.A{bson.M{"tier": 0, "ts": 1, "action": 1, "process": "first"}}})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	status, out, _ = run(t.Context(), "view", "42", "-db", dir)
	require.Zero(t, status)
	require.Regexp(t, `(?s)stock +42.*\[A\].*\[SN\].*first`, out)
	status, out, _ = run(t.Context(), "view", "42", "-db", dir, "--json")
	require.Zero(t, status)
	require.Contains(t, out, `"SN"`)
	status, _, errs = run(t.Context(), "view", "43", "-db", dir)
	require.Equal(t, cli.ExitUsage, status)
	require.Contains(t, errs, "nothing is known")
}

func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	foreign := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(foreign, cli.FileName), bytes.Repeat([]byte("no database "), 1000), 0o600))
	for _, args := range [][]string{
		{}, {"run"}, {"run", jobFile(t, "T3CountStocks")}, {"fly", "-db", dir},
		{"run", jobFile(t, "Nobody"), "-db", dir},
		{"run", filepath.Join(dir, "none.yaml"), "-db", dir},
		{"run", jobFile(t, "T3CountStocks"), "-db", "mongodb://127.0.0.1:1"},
		{"run", jobFile(t, "T3CountStocks"), "-db", foreign},
		{"events", "-db", filepath.Join(dir, "none")},
		{"events", "-db", dir, "--last=-1"},
		{"logs", "-db", dir, "--last=-1"},
		{"logs", "-db", dir, "--level", "loud"},
	} {
		status, _, errs := run(t.Context(), args...)
		require.Equal(t, cli.ExitUsage, status, "%v", args)
		require.Contains(t, errs, "ampel:", "%v", args)
	}
	require.NoFileExists(t, filepath.Join(dir, cli.FileName), "mistakes are found before anything is made")
	status, out, _ := run(t.Context(), "--help")
	require.Zero(t, status)
	require.Contains(t, out, "events")
	status, out, _ = run(t.Context(), "run", jobFile(t, "Fails"), "-db", dir, "--check")
	require.Zero(t, status)
	require.Contains(t, out, "no mistakes")
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	status, _, _ := run(ctx, "run", jobFile(t, "T3CountStocks"), "-db", t.TempDir())
	require.Contains(t, []int{cli.ExitAborted, cli.ExitUsage}, status)

	dir := t.TempDir()
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	status, out, errs := run(context.WithValue(ctx, interruptKey{}, func() { cancel() }), "run", jobFile(t, "Waits"), "-db", dir)
	require.Equal(t, cli.ExitAborted, status, errs)
	require.Contains(t, out, "ABORTED")
	status, out, _ = run(t.Context(), "events", "-db", dir)
	require.Zero(t, status)
	require.Contains(t, out, "ABORTED")
}
