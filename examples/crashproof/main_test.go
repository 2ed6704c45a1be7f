package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// beMain makes the test binary run main, so that tests can start the program.
const beMain = "CRASHPROOF_MAIN"

func TestMain(m *testing.M) {
	process.Init()
	// Else a process takes a second to exit, with the race detector: as long as the
	// timeout here.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	if os.Getenv(beMain) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// wanted is the list of the documents that cannot be decoded.
func wanted() []refusal {
	killed := "ended its process: signal: killed"
	if runtime.GOOS == "windows" {
		killed = "ended its process: exit status 1"
	}
	l := []refusal{
		{"cut off", "panic: runtime error: slice bounds out of range [:6] with capacity"},
		{"empty tile", "took too long, and was killed"},
		{"letter", "not a strip picture: it does not begin with STRIP1"},
		{"patch far away", "ended its process: exit status 2, SIGSEGV: segmentation violation"},
		{"sealed", killed},
		{"uneven tile", ""}, // see TestOutOfMemory
		{"with credits", "ended its process: exit status 0"},
	}
	if !canConfine {
		l = slices.DeleteFunc(l, func(r refusal) bool { return r.Name == "uneven tile" })
	}
	return l
}

func isUneven(d Document) bool { return d.Name == "uneven tile" }

func TestTheGoodOnesComeOutAndTheOthersAreOnTheList(t *testing.T) {
	for _, workers := range []int{1, 3} {
		// What grows can take as long as what does not end, on a busy machine; it has a
		// test of its own.
		docs := slices.DeleteFunc(documents(), isUneven)
		r, err := decodeAll(t.Context(), job{docs, workers, time.Second, io.Discard})
		require.NoError(t, err)

		want := slices.DeleteFunc(wanted(), func(r refusal) bool { return r.Name == "uneven tile" })
		require.Len(t, r.refused, len(want))
		for i, x := range r.refused {
			require.Equal(t, want[i].Name, x.Name)
			require.Contains(t, x.Reason, want[i].Reason, x.Name)
		}

		require.Len(t, r.pictures, 300)
		got := map[string]Picture{}
		for _, p := range r.pictures {
			got[p.Name] = p
		}
		for _, doc := range docs {
			if strings.HasPrefix(doc.Name, "harbor") {
				alone, err := new(decoder).decode(doc)
				require.NoError(t, err)
				require.Equal(t, alone, got[doc.Name])
			}
		}
		require.EqualValues(t, len(want), r.stats.Dropped)
		require.Positive(t, r.stats.Timeouts)
		require.Greater(t, r.stats.Restarts, int64(len(want)), "the killers get a second chance, and MaxItems replaces too")
	}
}

// A picture without a palette kills a worker that had others before; alone, in the
// fresh worker of its second chance, it is decoded.
func TestASecondChanceIsInAFreshWorker(t *testing.T) {
	docs := []Document{good(1, 4, 4), good(99, 4, 4), good(2, 4, 4)}
	r, err := decodeAll(t.Context(), job{docs, 1, 10 * time.Second, io.Discard})
	require.NoError(t, err)
	require.Empty(t, r.refused)
	require.Len(t, r.pictures, 3)
	require.EqualValues(t, 1, r.stats.Retries)
	require.EqualValues(t, 1, r.stats.Restarts)
}

func TestOutOfMemory(t *testing.T) {
	if !canConfine {
		t.Skip("nothing limits the memory of a process on this system")
	}
	docs := slices.DeleteFunc(bad(), func(d Document) bool { return !isUneven(d) })
	var output bytes.Buffer
	r, err := decodeAll(t.Context(), job{docs, 1, 10 * time.Second, &output})
	require.NoError(t, err)
	require.Len(t, r.refused, 1)
	require.Contains(t, r.refused[0].Reason, "ended its process: exit status")
	// It hits the limit with a heap, or, where there is cgo, with the stack of a thread;
	// the last is what the race detector says.
	require.Regexp(t, "out of memory|pthread_create failed|failed to allocate", output.String())
	require.Contains(t, output.String(), "decode[0] ")
}

func TestAPictureIsDecoded(t *testing.T) {
	p, err := new(decoder).decode(good(3, 4, 2))
	require.NoError(t, err)
	require.Equal(t, Picture{"harbor-003", 4, 2, []byte{3, 4, 0xFF, 6, 3, 4, 5, 6}}, p)
	_, err = new(decoder).decode(Document{"empty", nil})
	require.ErrorIs(t, err, errFormat)
}

func TestReasonOfAnErrorOfTheDecoder(t *testing.T) {
	require.Equal(t, "pl: function called runtime.Goexit", reason(pl.ErrGoexit))
	require.Equal(t, "stack overflow", complaint("runtime: goroutine stack exceeds\nfatal error: stack overflow\n\ngoroutine 1"))
	require.Empty(t, complaint("something else"))
	require.Equal(t, "SIGBUS: bus error", complaint("fatal error: fault\n[signal SIGBUS: bus error code=0x2 addr=0x1]"))
}

func TestTheProgramPrintsTheList(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), beMain+"=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(t, err, errs.String())
	require.Empty(t, errs.String())
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	want := wanted()
	require.Contains(t, lines[0], "Decoded 300 of ")
	for i, line := range lines[len(lines)-len(want):] {
		require.Contains(t, line, "  "+want[i].Name+" ")
		require.Contains(t, line, want[i].Reason)
	}
}
