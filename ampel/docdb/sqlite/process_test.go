package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
)

func errorsIsClosed(err error) bool { return errors.Is(err, docdb.ErrClosed) }

// child is what this test binary does when a test starts it as another process.
func child() bool {
	task, path := os.Getenv("DOCDB_TEST_CHILD"), os.Getenv("DOCDB_TEST_FILE")
	if task == "" {
		return false
	}
	ctx := context.Background()
	db, err := sqlite.Open(ctx, path)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	switch task {
	case "claim":
		err = claimAll(ctx, db.Collection("t2"))
	case "bulks":
		err = bulks(ctx, db.Collection("c"))
	}
	if err = errors.Join(err, db.Close()); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	return true
}

// claimAll prints each ticket that it got.
func claimAll(ctx context.Context, c *docdb.Collection) error {
	for {
		doc, err := c.FindOneAndUpdate(ctx, d("code", -1), d("$set", d("code", -5)))
		if errors.Is(err, docdb.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Println(doc.Lookup("_id").AsInt64())
	}
}

// bulks writes bulks of 50 for ever and prints the number of each that is done.
func bulks(ctx context.Context, c *docdb.Collection) error {
	for i := 0; ; i++ {
		docs := make([]bson.D, 50)
		for j := range docs {
			docs[j] = d("bulk", i, "j", j)
		}
		if _, err := docdb.InsertMany(ctx, c, docs); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

func start(t *testing.T, task, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "DOCDB_TEST_CHILD="+task, "DOCDB_TEST_FILE="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// TestProcessesClaimEachTicketOnce also lets the processes make the file and
// its tables at the same time as this one looks at it.
func TestProcessesClaimEachTicketOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	c := db.Collection("t2")
	const tickets = 300
	docs := make([]bson.D, tickets)
	for i := range docs {
		docs[i] = d("_id", i, "code", -1)
	}
	_, err = docdb.InsertMany(t.Context(), c, docs)
	require.NoError(t, err)

	var cmds []*exec.Cmd
	var outs []*bufio.Scanner
	for range 3 {
		cmd, out := start(t, "claim", path)
		cmds, outs = append(cmds, cmd), append(outs, out)
	}
	// An index that is made while others write must get all that they write.
	require.NoError(t, c.EnsureIndexes(t.Context(), docdb.Index{Keys: []string{"code"}}))
	seen := map[int]bool{}
	for i, out := range outs {
		for out.Scan() {
			id, err := strconv.Atoi(out.Text())
			require.NoError(t, err, out.Text())
			require.False(t, seen[id], "claimed twice")
			seen[id] = true
		}
		require.NoError(t, cmds[i].Wait())
	}
	require.Len(t, seen, tickets)
	// This count goes through the index, the other one does not.
	n, err := c.Count(t.Context(), d("code", -5))
	require.NoError(t, err)
	require.EqualValues(t, tickets, n)
	n, err = c.Count(t.Context(), d("code", d("$not", d("$ne", -5))))
	require.NoError(t, err)
	require.EqualValues(t, tickets, n)
	require.NoError(t, db.Close())
}

func TestProcessesMakeOneFileTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	var cmds []*exec.Cmd
	var outs []*bufio.Scanner
	for range 4 {
		cmd, out := start(t, "claim", path)
		cmds, outs = append(cmds, cmd), append(outs, out)
	}
	for i, cmd := range cmds {
		for outs[i].Scan() {
			t.Errorf("process %d: %s", i, outs[i].Text())
		}
		require.NoError(t, cmd.Wait())
	}
	db, err := sqlite.Open(t.Context(), path, sqlite.Check())
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// TestABulkIsWholeAfterAKill kills a process while it writes.
func TestABulkIsWholeAfterAKill(t *testing.T) {
	for range 3 {
		path := filepath.Join(t.TempDir(), "db")
		cmd, out := start(t, "bulks", path)
		last := -1
		for last < 5 && out.Scan() {
			n, err := strconv.Atoi(out.Text())
			require.NoError(t, err, out.Text())
			last = n
		}
		require.NoError(t, cmd.Process.Kill())
		for out.Scan() { // what was answered before the kill arrived
			if n, err := strconv.Atoi(out.Text()); err == nil {
				last = n
			}
		}
		_ = cmd.Wait()
		db, err := sqlite.Open(t.Context(), path, sqlite.Check())
		require.NoError(t, err)
		c := db.Collection("c")
		for i := 0; i <= last; i++ {
			n, err := c.Count(t.Context(), d("bulk", i))
			require.NoError(t, err)
			require.EqualValues(t, 50, n, "bulk %d was answered", i)
		}
		n, err := c.Count(t.Context(), d())
		require.NoError(t, err)
		require.Zero(t, n%50, "a bulk is there in part")
		require.NoError(t, db.Close())
	}
}

func isDuplicate(err error) bool { return errors.Is(err, docdb.ErrDuplicateKey) }
