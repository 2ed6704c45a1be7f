package mongotest

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb/mongo"
)

const jobFile = `
name: Both
task:
- name: Summary
  template: PeriodicSummaryT3
  schedule: every().day.at('10:30')
  channel: A
  run: T3CountStocks
- name: Five
  schedule: every().minute
  processor:
    unit: T3Processor
    config:
      directives:
      - select: T3StockSelector
        load: {unit: T3SimpleDataLoader, config: {directives: [STOCK]}}
        run: {unit: T3DynamicUnitRunner, config: {execute: T3CountStocks}}
`

// The command does with a server what it does with a folder.
func TestCommand(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "ampel")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "../../cmd/ampel", "-o", binary, ".")
	text, err := build.CombinedOutput()
	require.NoError(t, err, string(text))
	uri, file := newURI(t), filepath.Join(t.TempDir(), "job.yaml")
	require.NoError(t, os.WriteFile(file, []byte(jobFile), 0o600))
	ampel := func(args ...string) (status int, out, errs string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		cmd := exec.CommandContext(t.Context(), binary, args...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			require.NoError(t, err)
		}
		return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
	}

	db, err := mongo.Open(t.Context(), uri, "")
	require.NoError(t, err)
	for id, channels := range []bson.A{{"A"}, {"A", "B"}} {
		_, err = db.Collection("stock").InsertOne(t.Context(), bson.M{"stock": id + 1, "channel": channels, "journal": bson.A{}, "ts": bson.M{"A": bson.M{"upd": 1}}})
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())

	status, out, errs := ampel("run", file, "-db", uri)
	require.Zero(t, status, errs)
	require.Contains(t, out, "Summary: run 1: OK")
	require.Contains(t, out, "Five: run 2: OK, 2 documents")
	status, out, errs = ampel("events", "-db", uri)
	require.Zero(t, status, errs)
	require.Regexp(t, `(?s)run 1 +Summary +OK.*run 2 +Five +OK`, out)
	status, out, errs = ampel("logs", "-db", uri, "--run", "2", "--level", "info")
	require.Zero(t, status, errs)
	require.Regexp(t, `run 2 +info .*done running`, out)
	status, out, errs = ampel("view", "2", "-db", uri)
	require.Zero(t, status, errs)
	require.Regexp(t, `channels +\[A B\]`, out)
	status, _, errs = ampel("view", "3", "-db", uri)
	require.Equal(t, 2, status)
	require.Contains(t, errs, "nothing is known")

	for _, bad := range []string{"mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=100", "mongodb://127.0.0.1:1", "redis://user:secret@127.0.0.1"} {
		status, _, errs = ampel("run", file, "-db", bad)
		require.Equal(t, 2, status, errs)
		require.NotContains(t, errs, "secret")
	}
}
