package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	_ "github.com/panjf2000/ants/v2" // starts goroutines when imported
	"github.com/penstock/penstock/pl/process"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/bench/hop"
	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/target"
	"github.com/penstock/penstock/bench/workload"
)

func TestMain(m *testing.M) {
	process.Init()
	hop.Init()
	// Else each worker process takes a second to exit, with the race detector.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

func plbench(ctx context.Context, line string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(ctx, strings.Fields(line), &out, &err)
	return status, out.String(), err.String()
}

func TestPeersPrintsATablePerWorkload(t *testing.T) {
	status, out, stderr := plbench(t.Context(), "peers -workload trivial,three -items 300 -rounds 2")
	require.Zero(t, status, stderr)
	require.Empty(t, stderr, "no progress line without a terminal")
	require.Contains(t, out, "trivial: 1 stage, x+1\n300 items, 2 workers, median of 2 rounds\n")
	require.Contains(t, out, "three: 3 stages")
	for _, c := range peer.All() {
		require.Equal(t, 2, strings.Count(out, "\n"+c.Name+"  "), c.Name)
	}
}

func TestPeersJSON(t *testing.T) {
	status, out, stderr := plbench(t.Context(), "peers --workload=ordered --items=300 --workers=3 --rounds=2 --json")
	require.Zero(t, status, stderr)
	var r report.Report
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Len(t, r.Tables, 1)
	require.Equal(t, 3, r.Tables[0].Workers)
	require.Equal(t, 300, r.Tables[0].Items)
	require.Equal(t, 2, r.Tables[0].Rounds)
	require.Len(t, r.Tables[0].Rows, len(peer.All()))
}

func TestPeersCSV(t *testing.T) {
	status, out, stderr := plbench(t.Context(), "peers -workload short -rounds 1 -quick -csv")
	require.Zero(t, status, stderr)
	lines := csv.NewReader(strings.NewReader(out))
	lines.FieldsPerRecord = -1
	rows, err := lines.ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+len(peer.All())+1+2, "the table, and the two ratios that it answers")
}

func TestProcess(t *testing.T) {
	status, out, stderr := plbench(t.Context(), "process -load int,mib -workers 1 -rounds 1 -quick")
	require.Zero(t, status, stderr)
	require.Contains(t, out, "int: int, x+1, to another process and back\n1 worker, median of 1 round\n")
	require.Contains(t, out, "mib: 1 MiB of bytes")
	require.Contains(t, out, "hashicorp/go-plugin v1")
	require.Contains(t, out, "start: ")
	require.Contains(t, out, "pypeln")
	for _, w := range hop.All()[0].Ways {
		want := 2 + 2
		if w.Name == hop.Wide {
			want = 1 + 2 // not for large items
		}
		require.Equal(t, want, strings.Count(out, "\n"+w.Name+"  "), w.Name)
	}

	status, out, stderr = plbench(t.Context(), "process -load struct -workers 2 -rounds 1 -quick -csv")
	require.Zero(t, status, stderr)
	rows := csv.NewReader(strings.NewReader(out))
	rows.FieldsPerRecord = -1
	lines, err := rows.ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1+6+1+2*6)
}

func TestMaxsize(t *testing.T) {
	status, out, stderr := plbench(t.Context(), "maxsize -backend thread,process -rounds 1 -quick -csv")
	require.Zero(t, status, stderr)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+2*len(sizes))
	require.Equal(t, 2, strings.Count(out, "the smallest within 20 %"), out)
	require.Contains(t, out, "MaxSize 8192")
}

func TestTargets(t *testing.T) {
	status, out, stderr := plbench(t.Context(), "targets -target trivial -rounds 1 -quick")
	require.Zero(t, status, stderr)
	require.Contains(t, out, "trivial, 2 workers")
	require.Regexp(t, `[01] of 1 target missed`, out)
}

func TestBadInputIsRefusedBeforeAnythingRuns(t *testing.T) {
	for line, says := range map[string]string{
		"":                               "expected one of",
		"sing":                           "sing",
		"peers -workload nothing":        "choose one of trivial",
		"peers --items=-1":               "-items is -1",
		"peers --workers=-2":             "-workers -2",
		"peers --rounds=-1":              "-rounds is -1",
		"peers -rounds many":             "many",
		"peers -json -csv":               "json",
		"process -load gib":              "choose one of int",
		"process -workers 0":             "-workers is 0",
		"maxsize -backend sync":          "sync",
		"maxsize --workers=0":            "-workers is 0",
		"targets -target nothing":        "choose one of trivial",
		"sweep -workload nothing":        "choose one of trivial",
		"sweep -backend fast":            "choose one of thread, task, process",
		"sweep -workers 0":               "Workers(0)",
		"sweep -rounds 1":                "Rounds(1)",
		"pipeline -crew 1,2":             "-crew has 2 numbers",
		"pipeline -crew 1,0,1":           "-crew has 0",
		"pipeline -items 0":              "-items is 0",
		"readme -readme nothing.md":      "-readme",
		"readme -rounds=-1":              "-rounds is -1",
		"targets -target trivial --nope": "nope",
	} {
		start := time.Now()
		status, out, stderr := plbench(t.Context(), line)
		require.Equal(t, 2, status, line)
		require.Empty(t, out, line)
		require.Contains(t, stderr, says, line)
		require.Less(t, time.Since(start), 10*time.Second)
	}
}

func TestHelp(t *testing.T) {
	status, out, _ := plbench(t.Context(), "targets -help")
	require.Zero(t, status)
	require.Contains(t, out, "--check")
}

func TestInterruptPrintsWhatThereIs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, line := range []string{"peers -workload trivial", "sweep", "pipeline", "targets -target trivial", "process", "maxsize"} {
		status, out, stderr := plbench(ctx, line)
		require.Equal(t, 130, status)
		require.Contains(t, out, "GOMAXPROCS")
		require.Contains(t, stderr, "interrupted")
	}
}

// fake is a target whose outcome is known.
type fake struct{ met bool }

func (fake) Name() string { return "fake" }

func (f fake) Measure(context.Context, target.Env) ([]report.Target, error) {
	return []report.Target{{Name: "fake", Met: f.met}}, nil
}

func TestCheckFailsForMissedTargetsOnly(t *testing.T) {
	for _, x := range []struct{ check, met, fails bool }{
		{true, false, true}, {true, true, false}, {false, false, false},
	} {
		var out bytes.Buffer
		c := targetsCmd{Check: x.check}
		err := c.measure(t.Context(), &screen{&out, &out}, []target.Target{fake{true}, fake{x.met}})
		require.Contains(t, out.String(), "of 2 targets missed", "the table is printed in any case")
		if !x.fails {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, errMissed)
		require.Equal(t, 1, status(err, &out))
	}
}

// broken is a target that cannot be measured.
type broken struct{ fake }

func (broken) Measure(context.Context, target.Env) ([]report.Target, error) {
	return nil, workload.ErrResult
}

func TestAnErrorEndsTheCommandAfterWhatIsComplete(t *testing.T) {
	var out bytes.Buffer
	c := targetsCmd{Check: true}
	err := c.measure(t.Context(), &screen{&out, &out}, []target.Target{fake{true}, broken{}, fake{true}})
	require.ErrorIs(t, err, workload.ErrResult)
	require.Contains(t, out.String(), "0 of 1 target missed")
	require.Equal(t, 2, status(err, &out))
}

func TestTwoDashes(t *testing.T) {
	require.Equal(t,
		[]string{"--json", "--json", "-h", "-1", "x", "-", "--", "--workload=a-b"},
		twoDashes([]string{"-json", "--json", "-h", "-1", "x", "-", "--", "-workload=a-b"}))
	require.Equal(t, []string{"-12"}, twoDashes([]string{"-12"}))
}

func TestProgressLine(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b}
	p.begin("[1/2] trivial")
	p.start = time.Now().Add(-10 * time.Second)
	p.before(5, 15, "rill")
	p.clear()
	require.Contains(t, b.String(), "[1/2] trivial  ██████░░░░░░░░░░░░░░ 5 of 15  rill  20s left")
	require.True(t, strings.HasSuffix(b.String(), "\r\x1b[K"))

	none := newProgress(&b)
	before := b.Len()
	none.begin("x")
	none.before(1, 2, "y")
	none.clear()
	require.Equal(t, before, b.Len(), "nothing unless on a terminal")
	require.Zero(t, left(time.Second, 0, 10))
}
