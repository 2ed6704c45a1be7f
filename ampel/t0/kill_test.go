package t0_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/catalog"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/job"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/t0/t0test"
	"github.com/penstock/penstock/ampel/ztf/ztfsim"
)

// killed is a consumer whose decisions depend on what was ingested before: the
// second channel knows stocks, and has other tickets for those that are new.
const killed = `
supplier: Simulation
shaper: ZTFShaper
ingester: {ops: 40}
directives:
- channel: ALL
  filter: {unit: DecentFilter, config: {min_rb: 0.2, only_positive: false}}
  ingest:
    stock_t2: [T0TestStock]
    mux: {unit: ZTFMuxer, insert: {point_t2: [T0TestPoint]}, combine: [{unit: T1SimpleCombiner, state_t2: [T0TestState]}]}
- channel: SN
  filter: {unit: DecentFilter, config: {min_rb: 0.5, min_ndet: 3, max_mag: 19}, on_stock_match: bypass}
  ingest:
    new: {stock_t2: [{unit: T0TestStock, config: {note: new}}]}
    known: {combine: [{unit: T1SimpleRetroCombiner, state_t2: [{unit: T0TestState, config: {note: retro}}]}]}
`

// childFile is the variable that makes the test binary a child with a database.
const childFile = "T0_TEST_CHILD"

// child ingests into a file, and tells when it begins.
func child(path string) error {
	ctx := context.Background()
	raw, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	db, err := ampel.NewDatabase(ctx, raw)
	if err != nil {
		return err
	}
	survey, err := ztfsim.New(ztfsim.ForAlerts(400, 3))
	if err != nil {
		return err
	}
	units := catalog.New()
	ampel.Register(units, "Simulation", func(*ampel.Env, struct{}) (t0.AlertSupplier, error) { return survey, nil })
	conf, err := job.DecodeYAML([]byte(killed))
	if err != nil {
		return err
	}
	u := ampel.UnitOf[ampel.Runner]{UnitModel: ampel.UnitModel{Unit: "AlertConsumer", Config: conf.(map[string]any)}}
	r, _, err := u.Build(&ampel.Env{Units: units, DB: db, Process: "ingest"})
	if err != nil {
		return err
	}
	fmt.Println("begun")
	report, err := r.Run(ctx)
	if err == nil && report.Code != ampel.EventOK {
		err = fmt.Errorf("the run ended with %v: %v", report.Code, report.Errors)
	}
	fmt.Println("ingested", report.Docs)
	return err
}

// A run that is killed at any moment and started again leaves the same documents
// as one that nobody disturbed. T0_KILLS says how often, 8 times if nothing else.
func TestKill(t *testing.T) {
	kills := 8
	if s := os.Getenv("T0_KILLS"); s != "" {
		var err error
		kills, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	dir := t.TempDir()
	begun := time.Now()
	whole := filepath.Join(dir, "whole.db")
	require.False(t, start(t, whole, -1), "it was not killed")
	length := time.Since(begun)

	path := filepath.Join(dir, "killed.db")
	hit := 0
	for i := 0; hit < kills; i++ {
		if i > 20*kills {
			t.Skipf("only %d of %d kills hit a run: the machine is too fast or too busy", hit, kills)
		}
		if i%5 == 4 { // begin anew, so that the beginning is hit as well
			require.Equal(t, dump(t, whole), dumpAfter(t, path))
			require.NoError(t, os.RemoveAll(path))
			_ = os.Remove(path + "-wal")
			_ = os.Remove(path + "-shm")
		}
		if start(t, path, rand.N(length/2)) {
			hit++
		}
	}
	require.Equal(t, dump(t, whole), dumpAfter(t, path))
	t.Logf("killed %d times", hit)
}

// dumpAfter lets a run end, and returns what is in the database.
func dumpAfter(t *testing.T, path string) map[string][]string {
	t.Helper()
	require.False(t, start(t, path, -1))
	return dump(t, path)
}

// start runs a child and kills it after a while, unless that is negative. It returns
// whether the kill hit a run that had begun.
func start(t *testing.T, path string, wait time.Duration) bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childFile+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the child says that it begins")
	if wait >= 0 {
		time.Sleep(wait)
		_ = cmd.Process.Kill() // it may have ended
	}
	ended := lines.Scan()
	err = cmd.Wait()
	if wait < 0 {
		require.NoError(t, err)
	}
	return !ended
}

func dump(t *testing.T, path string) map[string][]string {
	t.Helper()
	raw, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	db, err := ampel.NewDatabase(t.Context(), raw)
	require.NoError(t, err)
	out, err := t0test.Dump(t.Context(), db)
	require.NoError(t, err)
	require.NoError(t, raw.Close())
	require.NotEmpty(t, out["t2"])
	return out
}
