package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

func example() *report.Report {
	return &report.Report{
		Command: "plbench peers",
		Machine: report.Machine{
			CPU: "Abacus 2", Cores: 2, GOMAXPROCS: 2, OS: "linux", Arch: "amd64", Go: "go1.26.0",
			Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		},
		Versions: []report.Version{
			{Module: "example.org/a", Version: "v1.0.0"},
			{Module: "github.com/b/b", Version: "v0.2.0"},
			{Module: "github.com/c/c/v2", Version: "v2.0.0"},
			{Module: "example.org/d", Version: "v1.1.1"},
			{Module: "example.org/e", Version: "(local)"},
		},
		Tables: []report.Table{
			{
				Workload: "sleepers", Title: "10,000 sleepers of 100ms", Items: 100_000, Workers: 10_000, Rounds: 3,
				Reference: "quick µ", Memory: true,
				Rows: []report.Row{
					{
						Name: "quick µ", Kind: "concurrent", Time: measure.Summary{Median: 9.996, Min: 9.99, Max: 12.34},
						Allocs: 0.004, Bytes: 99.96, Peak: 40 << 20, Ratio: 1, Note: "unbounded queue",
					},
					{
						Name: "a µ-library", Kind: "concurrent", Time: measure.Summary{Median: 15_400, Min: 999.7, Max: 1_234_567},
						Allocs: 2, Bytes: -0.001, Peak: 1 << 19, Ratio: 1540.6,
					},
				},
			},
			{
				Workload: "trivial", Title: "x+1", Items: 1, Workers: 1, Rounds: 1,
				Rows: []report.Row{{Name: "alone", Kind: "baseline", Time: measure.Summary{Median: math.Pi, Min: 3, Max: 4}}},
			},
		},
		Hops: []report.Hop{{
			Load: "int", Title: "int, x+1", Bytes: 8, Workers: 2, Rounds: 3, Reference: "on foot", Limit: "by wire",
			Rows: []report.HopRow{
				{Name: "by µ-rail", Items: 100, Time: measure.Summary{Median: 2000, Min: 1000, Max: 3000}, Ratio: 0.02, OfLimit: 4},
				{Name: "on foot", Items: 10, Time: measure.Summary{Median: 100_000, Min: 9000, Max: 200_000}, Ratio: 1, OfLimit: 200, Note: "slow"},
			},
		}},
		Starts: []report.Start{{Name: "on foot", Workers: 8, Rounds: 3, Time: measure.Summary{Median: 4.5, Min: 4, Max: 12.25}}},
		Notes:  []string{"for scale: a snail is slower"},
		Targets: []report.Target{
			{
				Name: "trivial, 2 workers", Against: "rill", Unit: "ns/item", Ours: 13, Theirs: 364,
				Ratio: measure.Summary{Median: 0.0357, Min: 0.03, Max: 0.04}, Most: 0.12, Met: true,
			},
			{
				Name: "allocations", Unit: "allocs/item", Ours: -0.0001,
				Ratio: measure.Summary{Median: -0.0001, Min: -0.002, Max: 0.001}, Most: 0, Met: true,
			},
			{
				Name: "short, 8 workers", Against: "rill", Unit: "ns/item", Ours: 400, Theirs: 200,
				Ratio: measure.Summary{Median: 2, Min: 1.5, Max: 2.5}, Most: 0.4,
			},
		},
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestTextIsThatOfTheGoldenFile(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, example().WriteText(&b))
	golden(t, "report.txt", b.Bytes())
}

func TestCSVIsThatOfTheGoldenFile(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, example().WriteCSV(&b))
	golden(t, "report.csv", b.Bytes())

	r := example()
	r.Targets, r.Hops, r.Starts = nil, nil, nil
	b.Reset()
	require.NoError(t, r.WriteCSV(&b))
	rows, err := csv.NewReader(&b).ReadAll()
	require.NoError(t, err, "with tables only, all lines have the same columns")
	require.Len(t, rows, 4)
}

func TestJSONHoldsEverything(t *testing.T) {
	b, err := json.Marshal(example())
	require.NoError(t, err)
	var back report.Report
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, example(), &back)
}

func TestTextLinesUp(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, example().WriteText(&b))
	_, table, _ := strings.Cut(b.String(), "contender")
	lines := strings.Split(table, "\n")
	require.Contains(t, lines[1], "quick µ")
	require.Contains(t, lines[2], "a µ-library")
	column := func(line, end string) int { return len([]rune(line[:strings.Index(line, end)+len(end)])) }
	require.Equal(t, column(lines[1], "10.0"), column(lines[2], "15,400"), "numbers end in one column")
}

func TestWriteErrorsAreReturned(t *testing.T) {
	require.ErrorIs(t, example().WriteText(full{}), os.ErrClosed)
	require.ErrorIs(t, example().WriteCSV(full{}), os.ErrClosed)
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestMissed(t *testing.T) {
	missed := example().Missed()
	require.Len(t, missed, 1)
	require.Equal(t, "short, 8 workers", missed[0].Name)
}

func TestVersions(t *testing.T) {
	info := &debug.BuildInfo{
		Main: debug.Module{Path: "example.org/bench", Version: "(devel)"},
		Deps: []*debug.Module{
			{Path: "example.org/a", Version: "v1.2.3"},
			{Path: "example.org/other", Version: "v9.9.9"},
			{Path: "example.org/local", Version: "v0.0.0", Replace: &debug.Module{Path: "../"}},
			{Path: "example.org/fork", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/mine", Version: "v1.0.1"}},
		},
	}
	require.Equal(t, []report.Version{
		{Module: "example.org/bench", Version: "(local)"},
		{Module: "example.org/a", Version: "v1.2.3"},
		{Module: "example.org/local", Version: "(local)"},
		{Module: "example.org/fork", Version: "v1.0.1"},
	}, report.Versions(info, "example.org/bench", "example.org/a", "example.org/local", "example.org/fork", "example.org/absent"))
	require.Empty(t, report.Versions(nil, "example.org/a"))
}

func TestThisMachine(t *testing.T) {
	m := report.ThisMachine()
	require.NotEmpty(t, m.CPU)
	require.Positive(t, m.Cores)
	require.Positive(t, m.GOMAXPROCS)
	require.True(t, strings.HasPrefix(m.Go, "go") || strings.HasPrefix(m.Go, "devel"), m.Go)
	require.WithinDuration(t, time.Now(), m.Time, time.Minute)
}
