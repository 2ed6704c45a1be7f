package t2_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/internal/t2test"
	"github.com/penstock/penstock/ampel/t2"
)

// These variables make the test binary a program that runs tickets.
const (
	childDB   = "PENSTOCK_TEST_T2_DB"   // the file of the database
	childConf = "PENSTOCK_TEST_T2_CONF" // the configuration of the worker
	childStay = "PENSTOCK_TEST_T2_STAY" // wait for more until killed
)

func init() {
	t2.Register("Note", func(c struct {
		File string `config:"file,required"`
		N    int64  `config:"n"`
	}) (t2.StateUnit, error) {
		return t2.Func[*t2.State](func(context.Context, *t2.State) (any, error) {
			f, err := os.OpenFile(c.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				return nil, err
			}
			_, err = fmt.Fprintln(f, c.N)
			return c.N + 1, errors.Join(err, f.Close())
		}), nil
	})
	t2.Register("Slow", func(c struct {
		N int64 `config:"n"`
	}) (t2.StateUnit, error) {
		return t2.Func[*t2.State](func(ctx context.Context, s *t2.State) (any, error) {
			select { // as long as a small fit takes
			case <-time.After(2 * time.Millisecond):
				return map[string]any{"n": c.N, "points": len(s.Points)}, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}), nil
	})
}

// work is what a child does.
func work() int {
	err := func() error {
		ctx := context.Background()
		raw, err := sqlite.Open(ctx, os.Getenv(childDB), sqlite.SyncNormal())
		if err != nil {
			return err
		}
		db, err := ampel.NewDatabase(ctx, raw)
		if err != nil {
			return err
		}
		var c t2.Worker
		c.SetDefaults()
		conf := ampel.Config{}
		if err := errors.Join(json.Unmarshal([]byte(os.Getenv(childConf)), &conf), ampel.Decode(conf, &c)); err != nil {
			return err
		}
		w, err := t2.NewWorker(&ampel.Env{DB: db, Process: "child"}, c)
		if err != nil {
			return err
		}
		fmt.Println("ready")
		docs := 0
		for {
			rep, err := w.Run(ctx)
			docs += rep.Docs
			if err != nil {
				return err
			}
			if os.Getenv(childStay) == "" {
				fmt.Println(docs)
				return raw.Close()
			}
			time.Sleep(5 * time.Millisecond) //nolint:forbidigo // a process that is there to be killed
		}
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func child(t *testing.T, file string, conf string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childDB+"="+file, childConf+"="+conf)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

func openFile(t *testing.T, file string) *t2test.Lab {
	t.Helper()
	db, err := sqlite.Open(t.Context(), file, sqlite.SyncNormal())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	l := t2test.NewLab(t, db)
	l.Now = time.Now()
	return l
}

// Several processes on one file: no ticket is run twice, and none is forgotten.
func TestProcessesSideBySide(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ampel.db")
	notes := filepath.Join(t.TempDir(), "notes")
	l := openFile(t, file)
	l.Fill(t, 2)
	const tickets, processes = 400, 4
	for i := range int64(tickets) {
		l.Ticket(t, "Note", ampel.Config{"file": notes, "n": i}, t2test.State)
	}
	var wg sync.WaitGroup
	docs := make([]int, processes)
	for i := range docs {
		cmd := child(t, file, `{"workers": 2}`)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("child %d: %v: %s", i, err, stderr.String())
				return
			}
			lines := strings.Fields(stdout.String())
			docs[i], _ = strconv.Atoi(lines[len(lines)-1])
		})
	}
	wg.Wait()
	text, err := os.ReadFile(notes)
	require.NoError(t, err)
	lines := strings.Fields(string(text))
	require.Len(t, lines, tickets, "a ticket was run twice, or not at all")
	slices.Sort(lines)
	require.Len(t, slices.Compact(lines), tickets)
	sum := 0
	for _, n := range docs {
		sum += n
	}
	require.Equal(t, tickets, sum)
	t.Logf("the children have done %v", docs)
	for d, err := range docdb.Decode[ampel.T2Document](l.DB.Collection("t2").Find(t.Context(), bson.D{})) {
		require.NoError(t, err)
		require.Equal(t, ampel.OK, d.Code)
		require.Len(t, d.Body, 1)
	}
	require.Len(t, l.StockDoc(t).Journal, tickets+1)
}

// A worker that is killed again and again, at any moment, leaves the same documents as
// one that is left alone. PENSTOCK_TEST_KILLS is how often; the default is 6.
func TestKilledWorker(t *testing.T) {
	kills := 6
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_TEST_KILLS")); err == nil {
		kills = n
	}
	fill := func(l *t2test.Lab, round int) {
		for i := range int64(60) {
			i += int64(60 * round)
			l.Ticket(t, "Slow", ampel.Config{"n": i}, t2test.State)
			switch i % 20 {
			case 0:
				l.Ticket(t, "TiedState", ampel.Config{"factor": i, "t2_dependency": []any{map[string]any{"unit": "Slow", "config": map[string]any{"n": i}}}}, t2test.State)
			case 1:
				l.Ticket(t, "CountPoints", ampel.Config{"do": "fail", "factor": i}, t2test.State)
			case 2:
				l.Ticket(t, "CountPoints", ampel.Config{"do": "more", "factor": i}, t2test.State)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "ampel.db")
	calm, l := t2test.NewLab(t, openMemory(t)), openFile(t, file)
	calm.Fill(t, 3)
	l.Fill(t, 3)
	claimed := func() int64 {
		n, err := l.DB.Collection("t2").Count(t.Context(), bson.D{{Key: "claim.ts", Value: bson.D{{Key: "$gt", Value: 0}}}})
		require.NoError(t, err)
		return n
	}
	hits, reach := 0, 200*time.Millisecond
	for i := range kills {
		fill(calm, i)
		fill(l, i)
		backend := []string{"thread", "process"}[i%2]
		cmd := child(t, file, `{"workers": 2, "stale_after": "200ms", "max_try": 1000, "backend": "`+backend+`"}`, childStay+"=1")
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		ready := make([]byte, 6)
		_, err = out.Read(ready)
		require.NoError(t, err)
		time.Sleep(rand.N(reach)) //nolint:forbidigo // a real process is killed at any moment
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		undone, err := l.DB.Collection("t2").Count(t.Context(), bson.D{{Key: "code", Value: ampel.CodeNew}})
		require.NoError(t, err)
		switch {
		case claimed() > 0:
			hits++
		case undone > 0: // it had not begun yet
			reach += reach / 2
		default: // it was done
			reach -= reach / 4
		}
	}
	t.Logf("of %d kills %d hit a worker that had tickets in hand", kills, hits)
	require.Positive(t, hits)
	calm.Run(t, ampel.EventException, nil)
	want := picture(t, calm)

	require.Eventually(t, func() bool {
		l.Now = time.Now()
		rep, err := l.Worker(t, ampel.Config{"stale_after": "200ms", "max_try": int64(1000)}).Run(t.Context())
		if err != nil {
			t.Error(err)
		}
		return claimed() == 0 && rep.Code == ampel.EventPreCheckExit
	}, time.Minute, 50*time.Millisecond)
	require.Equal(t, want, picture(t, l))
}

// picture is what a database knows, without numbers of runs, times and identities.
func picture(t *testing.T, l *t2test.Lab) []string {
	t.Helper()
	var out []string
	names := map[string]string{}
	for d, err := range docdb.Decode[ampel.T2Document](l.DB.Collection("t2").Find(t.Context(), bson.D{})) {
		require.NoError(t, err)
		name := fmt.Sprintf("%s %v %v", d.Unit, d.Link, d.Config)
		names[d.DocID.String()] = name
		line := fmt.Sprintf("t2 %s: %v %v", name, d.Code, d.Tag)
		for _, b := range d.Body {
			line += fmt.Sprintf(" %v", b.Any())
		}
		for _, m := range d.Meta {
			if m.Tier == 2 {
				line += fmt.Sprintf(" %v %v", *m.Code, m.Activity)
			}
		}
		out = append(out, line)
	}
	for _, r := range l.StockDoc(t).Journal {
		out = append(out, fmt.Sprintf("journal %s: %v %v %v %v", names[r.Doc.String()], r.Action, r.Code, r.Tag, r.Extra.Any()))
	}
	slices.Sort(out)
	return out
}
