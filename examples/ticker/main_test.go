package main

import (
	"database/sql"
	"encoding/csv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("TICKER_DIR"); dir != "" {
		os.Args = []string{"ticker", "-dir", dir, "-for", "0", "-interval", "2ms"}
		main()
		return
	}
	os.Exit(m.Run())
}

// The program is killed again and again, and then stopped with Ctrl-C.
func TestKill(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGKILL on Windows")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "ticks.csv")
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			return 0
		}
		return info.Size()
	}
	// start returns when the program has delivered something.
	start := func() *exec.Cmd {
		had := size()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "TICKER_DIR="+dir)
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool { return size() > had }, time.Minute, time.Millisecond)
		return cmd
	}
	for range 10 {
		cmd := start()
		time.Sleep(rand.N(50 * time.Millisecond))
		require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
		require.Error(t, cmd.Wait())
	}
	cmd := start()
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait(), "a clean end")

	db, err := sql.Open("sqlite", filepath.Join(dir, "ticks.sqlite"))
	require.NoError(t, err)
	defer db.Close()
	var n, highest int
	require.NoError(t, db.QueryRow("SELECT count(*), max(seq) FROM ticks").Scan(&n, &highest))
	require.Equal(t, highest, n, "none is missing in the database")
	require.GreaterOrEqual(t, n, 11, "every start delivered something")

	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"seq", "symbol", "cents"}, rows[0])
	require.Len(t, rows, n+1, "none is missing in the file, and none twice")
	for i, row := range rows[1:] {
		require.Equal(t, strconv.Itoa(i+1), row[0], "row %d", i)
	}
	t.Logf("%d ticks after 10 kills", n)
}
