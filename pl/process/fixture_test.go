package process_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// A Task tells a worker what to do: "exit 3", or "first exit 3" to do so in the first
// attempt only.
type Task struct {
	N  int
	Do string
}

// An Answer is what a worker knows of its call.
type Answer struct {
	N       int
	PID     int
	Worker  pl.Worker
	Index   []int
	Attempt int
}

var perform = pl.Register(performTask)

func performTask(ctx context.Context, t Task) (Answer, error) {
	info, _ := pl.FromContext(ctx)
	a := Answer{N: t.N, PID: os.Getpid(), Worker: info.Worker, Index: info.Index, Attempt: info.Attempt}
	do, first := strings.CutPrefix(t.Do, "first ")
	if first && info.Attempt > 0 {
		return a, nil
	}
	verb, object, _ := strings.Cut(do, " ")
	switch verb {
	case "exit", "kill", "fault", "nil", "close", "memory":
		fmt.Fprintln(os.Stderr, "last words of", t.N)
		crash(verb, object)
	case "spin":
		note("spin %d", os.Getpid())
		for n := uint(1); n > 0; n |= 1 {
		}
	case "sleep":
		d, err := time.ParseDuration(object)
		time.Sleep(d)
		return a, err
	case "wait":
		note("wait %d", os.Getpid())
		<-ctx.Done()
		d, _ := time.ParseDuration(object)
		time.Sleep(d)
		note("cause %v", context.Cause(ctx))
		return a, context.Cause(ctx)
	case "await":
		for _, err := os.Stat(object); err != nil; _, err = os.Stat(object) {
			time.Sleep(time.Millisecond)
		}
	case "print":
		for i := range 50 {
			fmt.Printf("out %d", i)
			fmt.Println(" of", t.N)
			fmt.Fprintf(os.Stderr, "err %d of %d\n", i, t.N)
		}
	case "env":
		note("env %s=%s", object, os.Getenv(object))
	case "panic":
		panic("broken record")
	case "goexit":
		runtime.Goexit()
	case "fail":
		return a, errors.New(object)
	}
	return a, nil
}

// crash ends the process in one of many ways.
func crash(how, object string) {
	number, _ := strconv.Atoi(object)
	switch how {
	case "exit":
		os.Exit(number)
	case "kill":
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		select {}
	case "fault":
		address := uintptr(1 << 40)
		**(**int)(unsafe.Pointer(&address)) = 1
	case "nil":
		var p *Task
		p.N = 1
	case "close":
		_ = os.NewFile(uintptr(number), "not ours").Close()
	case "memory":
		exhaust()
	}
}

const journalEnv = "PENSTOCK_TEST_JOURNAL"

// note adds a line to the journal of the test, if it has one.
func note(format string, args ...any) {
	f, err := os.OpenFile(os.Getenv(journalEnv), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = fmt.Fprintf(f, format+"\n", args...)
}

// A journal is what workers have noted.
type journal struct{ path string }

func newJournal(t *testing.T) *journal {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "journal")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return &journal{f.Name()}
}

func (j *journal) env() string { return journalEnv + "=" + j.path }

// lines returns the lines that start with a word, without it.
func (j *journal) lines(word string) []string {
	b, _ := os.ReadFile(j.path)
	var all []string
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, word+" "); ok && strings.HasSuffix(rest, "\n") {
			all = append(all, strings.TrimSpace(rest))
		}
	}
	return all
}

// await waits for n lines that start with a word.
func (j *journal) await(t *testing.T, word string, n int) []string {
	t.Helper()
	require.Eventually(t, func() bool { return len(j.lines(word)) >= n }, 20*time.Second, 2*time.Millisecond, "%d lines %q", n, word)
	return j.lines(word)
}

// quiet returns a backend that keeps the output of its workers from that of the tests.
func quiet(opts ...process.Option) pl.Backend {
	return process.New(append([]process.Option{process.Output(io.Discard)}, opts...)...)
}

// tasks returns n tasks, those of do with something special to do.
func tasks(n int, do map[int]string) []Task {
	all := make([]Task, n)
	for i := range all {
		all[i] = Task{N: i, Do: do[i]}
	}
	return all
}

// work lets workers do tasks, and returns what came of it with the numbers of the stage.
func work(t *testing.T, b pl.Backend, in []Task, opts ...pl.Option) ([]Answer, pl.StageStats, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var m pl.Monitor
	got, err := pl.Map(b, perform, opts...)(pl.From(in)).Collect(ctx, pl.Watch(&m))
	stats := m.Stages()
	require.NotEmpty(t, stats, "%v", err)
	return got, stats[len(stats)-1], err
}

// numbers returns the sorted numbers of answers.
func numbers(answers []Answer) []int {
	all := make([]int, 0, len(answers))
	for _, a := range answers {
		all = append(all, a.N)
	}
	slices.Sort(all)
	return all
}

// without returns 0 to n-1 without some.
func without(n int, some ...int) []int {
	var all []int
	for i := range n {
		if !slices.Contains(some, i) {
			all = append(all, i)
		}
	}
	return all
}

func pids(answers []Answer) []int {
	var all []int
	for _, a := range answers {
		all = append(all, a.PID)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var warm sync.Once

// clean checks that a test leaves no process, zombie, descriptor or goroutine behind.
func clean(t *testing.T) {
	t.Helper()
	warm.Do(func() { // what the runtime and package os open once and keep
		_, err := process.Map(perform)(pl.Of(Task{})).Collect(t.Context())
		require.NoError(t, err)
	})
	before, opt := descriptors(), goleak.IgnoreCurrent()
	t.Cleanup(func() {
		require.Empty(t, children(), "children, zombies included")
		goleak.VerifyNone(t, opt)
		require.Equal(t, before, descriptors(), "descriptors")
	})
}

// descriptors returns how many are open, where that can be known.
func descriptors() int {
	list, _ := os.ReadDir("/proc/self/fd")
	return len(list)
}

// children returns the process IDs of the children, where that can be known.
func children() string { return childrenOf(os.Getpid()) }

func childrenOf(pid int) string {
	var all strings.Builder
	dir := fmt.Sprintf("/proc/%d/task/", pid)
	threads, _ := os.ReadDir(dir)
	for _, thread := range threads {
		b, _ := os.ReadFile(dir + thread.Name() + "/children")
		all.Write(b)
	}
	return all.String()
}

// kill ends a process that is not this one.
func kill(t *testing.T, pid int) {
	t.Helper()
	require.NotEqual(t, os.Getpid(), pid)
	p, err := os.FindProcess(pid)
	require.NoError(t, err)
	require.NoError(t, p.Kill())
	_ = p.Release()
}

// alive is exists, without the zombies of other parents.
func alive(pid int) bool {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return exists(pid) && !strings.Contains(string(b), ") Z ")
}

// exists reports whether there is a process with the number pid.
func exists(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }()
	return p.Signal(syscall.Signal(0)) == nil
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}
