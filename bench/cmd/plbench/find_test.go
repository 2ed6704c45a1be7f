package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/bench/report"
)

func TestSweep(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.html")
	status, out, stderr := plbench(t.Context(), "sweep -workload trivial,wait1ms -backend task,process -workers 1,8 -max-size 64 -rounds 2 -budget 1m -json -html "+file)
	require.Zero(t, status, stderr)
	require.Empty(t, stderr, "no progress line without a terminal")
	var r report.Report
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Len(t, r.Sweeps, 2)
	for _, s := range r.Sweeps {
		require.Len(t, s.Report.Results, 5)
		require.NotEmpty(t, s.Report.Best.Reason)
	}
	require.Equal(t, 8, r.Sweeps[1].Report.Best.Workers, "waiting is done at the same time")
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(page), "<svg")
	require.Contains(t, string(page), "wait1ms")
}

func TestSweepCSVAndText(t *testing.T) {
	const line = "sweep -workload cpu10 -backend thread -workers 2 -rounds 2 -budget 30s"
	status, out, stderr := plbench(t.Context(), line+" -csv")
	require.Zero(t, status, stderr)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+2)
	require.Equal(t, []string{"workload", "backend", "workers"}, rows[0][:3])
	require.Equal(t, []string{"cpu10", "thread", "2"}, rows[2][:3])

	status, out, stderr = plbench(t.Context(), line)
	require.Zero(t, status, stderr)
	require.Contains(t, out, "cpu10, 1 stage, 10µs of CPU: 1,000 samples")
	require.Regexp(t, `(?m)^Use `, out)
}

func TestSweepWithATinyBudget(t *testing.T) {
	status, out, stderr := plbench(t.Context(), "sweep -workload wait10ms -budget 100ms")
	require.Equal(t, 2, status)
	require.Empty(t, out)
	require.Contains(t, stderr, "budget is too small")
}

func TestPipeline(t *testing.T) {
	status, out, stderr := plbench(t.Context(), "pipeline -crew 16,2,1 -items 200 -rounds 2")
	require.Zero(t, status, stderr)
	require.Contains(t, out, "The bottleneck was store")
	require.Regexp(t, `One more worker in store: estimated \d.\d\d times the rate .*, measured \d.\d\d times`, out)

	status, out, stderr = plbench(t.Context(), "pipeline -crew 16,2,1 -items 100 -rounds 1 -csv")
	require.Zero(t, status, stderr)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+4)
}

func TestPeersPrintsTheRatiosThatItsTablesAnswer(t *testing.T) {
	status, out, stderr := plbench(t.Context(), "peers -workload trivial,cpu10 -items 300 -rounds 2")
	require.Zero(t, status, stderr)
	require.Regexp(t, `(?m)^trivial, 2 workers +rill `, out)
	require.Regexp(t, `(?m)^cpu10, 2 workers +limit `, out)
	require.Equal(t, 2, strings.Count(out, "\nanywhere: "))
	require.Contains(t, out, "of 4 targets missed")
}

const emptyReadme = "# x\n<!-- what plbench readme writes begins here -->\nold\n<!-- and ends here -->\nrest\n"

func TestReadmeIsWrittenFromAStoredRun(t *testing.T) {
	dir := t.TempDir()
	readme, stored := filepath.Join(dir, "README.md"), filepath.Join(dir, "results", "peers.json")
	require.NoError(t, os.WriteFile(readme, []byte(emptyReadme), 0o600))
	before := readmeWorkloads
	readmeWorkloads = []string{"short"}
	t.Cleanup(func() { readmeWorkloads = before })

	flags := " -readme " + readme + " -stored " + stored
	status, _, stderr := plbench(t.Context(), "readme"+flags)
	require.Equal(t, 2, status)
	require.Contains(t, stderr, "-measure")

	status, out, stderr := plbench(t.Context(), "readme -measure -quick -rounds 1"+flags)
	require.Zero(t, status, stderr)
	require.Contains(t, out, "README.md has the table of")
	first, err := os.ReadFile(readme)
	require.NoError(t, err)
	require.Contains(t, string(first), "| x+1, whole runs of 100 items, 8 workers |")
	require.NotContains(t, string(first), "old")
	require.Contains(t, string(first), "rest")

	require.NoError(t, os.WriteFile(readme, []byte(emptyReadme), 0o600))
	status, _, stderr = plbench(t.Context(), "readme"+flags)
	require.Zero(t, status, stderr)
	second, err := os.ReadFile(readme)
	require.NoError(t, err)
	require.Equal(t, string(first), string(second), "the stored run gives the same table")

	require.NoError(t, os.WriteFile(stored, []byte("{"), 0o600))
	status, _, stderr = plbench(t.Context(), "readme"+flags)
	require.Equal(t, 2, status)
	require.Contains(t, stderr, "not what plbench -json writes")

	require.NoError(t, os.WriteFile(readme, []byte("# x\n"), 0o600))
	status, _, stderr = plbench(t.Context(), "readme -measure"+flags)
	require.Equal(t, 2, status)
	require.Contains(t, stderr, "no markers", "before anything is measured")
}

// The README of the repository has the table of the run that is stored beside it.
func TestTheReadmeIsThatOfTheStoredRun(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	require.NoError(t, err)
	r, err := load("../../results/peers.json")
	require.NoError(t, err)
	require.Len(t, r.Tables, len(readmeWorkloads))
	want, err := report.PutReadme(string(readme), r.Readme())
	require.NoError(t, err)
	require.Equal(t, want, string(readme), "run go run ./bench/cmd/plbench readme")
	require.NotEmpty(t, r.Machine.CPU)
	require.NotZero(t, r.Machine.Time)
	require.NotEmpty(t, r.Command)
}

func TestAPageThatCannotBeWritten(t *testing.T) {
	var out bytes.Buffer
	c := common{HTML: filepath.Join(t.TempDir(), "no", "folder.html")}
	require.ErrorContains(t, c.print(&screen{&out, &out}, &report.Report{}), "-html")
}
