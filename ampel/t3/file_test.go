package t3_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

// hold is what this test binary does as another process: it keeps the right to
// write to a file until its input ends.
func hold(path string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err = conn.ExecContext(context.Background(), "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	_, err = conn.ExecContext(context.Background(), "ROLLBACK")
	return err
}

// holdFile starts a process that holds a file, and returns when it does.
func holdFile(t *testing.T, path string) (release func()) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "T3_TEST_HOLD="+path)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "held\n", line)
	return sync.OnceFunc(func() {
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
	})
}

func openFile(t *testing.T) (*docdb.DB, string) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := sqlite.Open(t.Context(), path, sqlite.Wait(50*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, path
}

// While another process writes nothing begins.
func TestLockedBeforeTheRun(t *testing.T) {
	db, path := openFile(t)
	a := newArchive(t, db)
	release := holdFile(t, path)
	defer release()
	_, err := a.run(t.Context(), db, stageConfigs["alone"])
	require.ErrorIs(t, err, docdb.ErrLocked)
	require.Empty(t, a.sent)
}

// If another process writes at the end of a run, the run waits for it, longer
// than a single write does.
func TestLockedDuringTheRun(t *testing.T) {
	db, path := openFile(t)
	a := newArchive(t, db)
	var once sync.Once
	var released sync.WaitGroup
	a.onSend = func() {
		once.Do(func() {
			release := holdFile(t, path)
			released.Go(func() {
				time.Sleep(400 * time.Millisecond) //nolint:forbidigo // another process holds the file for that long
				release()
			})
		})
	}
	r, err := a.run(t.Context(), db, stageConfigs["alone"])
	released.Wait()
	require.NoError(t, err)
	require.Equal(t, ampel.EventOK, r.Code, "%v", r.Errors)
	for _, s := range decode[ampel.StockDocument](t, db, "stock") {
		require.Len(t, s.Journal, 1)
	}
}

// Each page of a file is overwritten, in a copy of its own. Either the file is
// refused, or the run tells, or it was none of the pages that the run needs.
func TestDamagedPages(t *testing.T) {
	db, path := openFile(t)
	newArchive(t, db)
	require.NoError(t, db.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	junk := make([]byte, 4096)
	for i := range junk {
		junk[i] = byte(i*7 + 1)
	}
	refused := 0
	for at := 0; at < len(whole); at += len(junk) {
		copied := filepath.Join(t.TempDir(), "copy")
		require.NoError(t, os.WriteFile(copied, whole, 0o600))
		f, err := os.OpenFile(copied, os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = f.WriteAt(junk, int64(at))
		require.NoError(t, errors.Join(err, f.Close()))
		if runDamaged(t, copied, at/len(junk)) {
			refused++
		}
	}
	require.Greater(t, refused, 3)
}

// runDamaged tells whether the damage was noticed.
func runDamaged(t *testing.T, path string, page int) bool {
	damage := func(err error) {
		t.Helper()
		known := errors.Is(err, docdb.ErrCorrupt) || errors.Is(err, docdb.ErrForeign)
		require.True(t, known, "page %d: %v", page, err)
	}
	db, err := sqlite.Open(t.Context(), path, sqlite.SyncNormal())
	if err != nil {
		damage(err)
		return true
	}
	defer func() { _ = db.Close() }() // what cannot be written does not matter here
	a := sender(t)
	r, err := a.run(t.Context(), db, stageConfigs["simple"])
	if err = errors.Join(append(r.Errors, err)...); err != nil {
		damage(err)
		return true
	}
	require.Equal(t, ampel.EventOK, r.Code)
	require.Len(t, a.sent, stocks, "page %d", page)
	return false
}
