package process_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// writes keeps what it gets, write by write.
type writes struct {
	mu  sync.Mutex
	all []string
}

func (w *writes) Write(b []byte) (int, error) {
	if !w.mu.TryLock() {
		panic("two writes at once")
	}
	defer w.mu.Unlock()
	w.all = append(w.all, string(b))
	return len(b), nil
}

// Prints of user code, to both outputs and in pieces, come in whole lines, each with its
// worker before it, and do the protocol no harm.
func TestPrintsDoNoHarm(t *testing.T) {
	clean(t)
	var out writes
	do := map[int]string{}
	for n := range 20 {
		do[n] = "print"
	}
	got, _, err := work(t, process.New(process.Output(&out)), tasks(20, do), pl.Workers(2), pl.Name("talk"))
	require.NoError(t, err)
	require.Equal(t, without(20), numbers(got))

	var want []string
	for _, a := range got {
		for i := range 50 {
			want = append(want,
				fmt.Sprintf("talk[%d] out %d of %d\n", a.Worker.Index, i, a.N),
				fmt.Sprintf("talk[%d] err %d of %d\n", a.Worker.Index, i, a.N))
		}
	}
	var lines []string
	for _, w := range out.all {
		require.True(t, strings.HasSuffix(w, "\n"), "%q", w)
		lines = slices.AppendSeq(lines, strings.Lines(w))
	}
	require.ElementsMatch(t, want, lines)
}

func TestThePrintsOfPackageInitialization(t *testing.T) {
	clean(t)
	var out bytes.Buffer
	got, _, err := work(t, process.New(process.Output(&out), process.Env(childEnv+"=print")), tasks(1, nil), pl.Name("talk"))
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, "talk[0] printed by package initialization\n", out.String())
}

// Without Output it is the standard error of the parent, and not its standard output.
func TestTheDefaultOutput(t *testing.T) {
	clean(t)
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), roleEnv+"=talkative")
	var out, errs bytes.Buffer
	program.Stdout, program.Stderr = &out, &errs
	require.NoError(t, program.Run())
	require.Equal(t, "done <nil>\n", out.String())
	require.Len(t, regexp.MustCompile(`(?m)^Map\(performTask\)\[0\] (out|err) \d+ of 0$`).FindAllString(errs.String(), -1), 100)
}

type torn struct{}

func (torn) Write([]byte) (int, error) { panic("no paper") }

// An Output that fails costs its text only.
func TestAnOutputThatPanics(t *testing.T) {
	clean(t)
	got, _, err := work(t, process.New(process.Output(torn{})), tasks(5, map[int]string{2: "print", 3: "print"}))
	require.NoError(t, err)
	require.Len(t, got, 5)
}

func TestALongLastWordIsCut(t *testing.T) {
	clean(t)
	err := pl.Map(quiet(), endless)(pl.Of(5000)).Run(t.Context())
	var lost *process.ExitError
	require.ErrorAs(t, err, &lost)
	require.True(t, strings.HasSuffix(lost.Stderr, "line 4999\n"), "the end is what is kept")
	require.Less(t, len(lost.Stderr), 64<<10)
	require.Less(t, len(err.Error()), 4<<10)
}

var endless = pl.Register(func(_ context.Context, n int) (int, error) {
	for i := range n {
		fmt.Fprintln(os.Stderr, "line", i)
	}
	os.Exit(1)
	return 0, nil
}, pl.As("endless"))
