package catalog_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

// The command runs the job file that it comes with, all tiers on their schedules, and
// ends at once when it is interrupted: nothing is lost, and nothing stays claimed.
func TestCommandIsInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no interrupt to send on Windows")
	}
	binary, dir := filepath.Join(t.TempDir(), "ampel"), filepath.Join(t.TempDir(), "db")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "../cmd/ampel", "-o", binary, ".")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	const file = "../cmd/ampel/tiers.yaml"

	cmd := exec.CommandContext(t.Context(), binary, "run", file, "-db", dir, "--schedule")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Process.Kill() //nolint:errcheck // it has ended, unless the test failed
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	seen, interrupted := "", false
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		seen += lines.Text() + "\n"
		if strings.HasPrefix(lines.Text(), "report: run") && !interrupted {
			interrupted = true
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
		}
	}
	err = cmd.Wait()
	require.True(t, late.Stop(), "it did not end")
	status := cmd.ProcessState.ExitCode()
	require.Contains(t, []int{0, 130}, status, "%v\n%s%s", err, seen, stderr.String())
	t.Log(seen)

	raw, err := sqlite.Open(t.Context(), filepath.Join(dir, "ampel.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, raw.Close()) }()
	count := func(collection, field string, value any) int64 {
		n, err := raw.Collection(collection).Count(t.Context(), bson.D{{Key: field, Value: value}})
		require.NoError(t, err)
		return n
	}
	require.Positive(t, count("t2", "unit", "T2BazinFit"))
	require.Zero(t, count("t2", "claim.ts", bson.D{{Key: "$gt", Value: 0}}), "a ticket stayed claimed")
	require.Zero(t, count("t2", "code", ampel.CodeRunning))
	require.Zero(t, count("event", "code", ampel.EventRunning), "a run did not say how it ended")

	again := exec.CommandContext(t.Context(), binary, "run", file, "-db", dir)
	out, err = again.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Zero(t, count("t2", "code", ampel.CodeNew))
	require.Positive(t, count("t2", "code", ampel.OK))
	require.Positive(t, count("t3", "process", "report"))
}
