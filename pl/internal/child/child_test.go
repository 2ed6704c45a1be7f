//go:build linux

package child

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// clean checks that a test leaves no goroutine, descriptor or process behind.
func clean(t *testing.T) {
	t.Helper()
	if r, w, err := os.Pipe(); err == nil { // the poller's own descriptors exist from here on
		r.Close()
		w.Close()
	}
	before, opt := descriptors(t), goleak.IgnoreCurrent()
	t.Cleanup(func() {
		goleak.VerifyNone(t, opt)
		require.Equal(t, before, descriptors(t), "descriptors")
		require.Empty(t, children(t), "children, zombies included")
	})
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(list)
}

func children(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	tasks, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	for _, task := range tasks {
		b, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		all.Write(b)
	}
	return all.String()
}

// gone waits until no process has the number pid, or only a zombie that is not ours.
func gone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err != nil || strings.Contains(string(b), ") Z ")
	}, 10*time.Second, time.Millisecond, "process %d is still there", pid)
}

func readAll(t *testing.T, c *Child) string {
	t.Helper()
	b, err := io.ReadAll(c)
	require.NoError(t, err)
	return string(b)
}

func TestCleanEnd(t *testing.T) {
	clean(t)
	c := start(t, "echo", func(cfg *Config) { cfg.Index = 3 })
	require.Equal(t, "echo[3]", c.Name())
	_, err := c.Write([]byte("abcq"))
	require.NoError(t, err)
	require.Equal(t, "abc", readAll(t, c))
	e := c.Wait()
	require.Zero(t, e.Code())
	require.False(t, e.Killed)
	require.Equal(t, c.PID(), e.PID)
	require.Equal(t, e, c.Wait(), "again")
	c.Kill() // does nothing, above all to no other process
	require.False(t, c.Wait().Killed)
}

func TestHowAWorkerEnds(t *testing.T) {
	for mode, want := range map[string]string{
		"exit0": "exit status 0", "exit7": "exit status 7", "return5": "exit status 5",
		"panic": "exit status 2", "segv": "exit status 2", "sigkill": "signal: killed",
	} {
		t.Run(mode, func(t *testing.T) {
			clean(t)
			c := start(t, mode)
			require.Empty(t, readAll(t, c))
			e := c.Wait()
			require.Equal(t, want, e.String())
			var exit *exec.ExitError
			require.ErrorAs(t, e.ExitError(), &exit)
			require.Equal(t, want, exit.Error())
			require.False(t, e.Killed)
			switch mode {
			case "exit7":
				require.Equal(t, 7, e.Code())
				require.Equal(t, "bye 7\n", e.Stderr)
			case "panic":
				require.Contains(t, e.Stderr, "much ado")
			case "segv":
				require.Contains(t, e.Stderr, "SIGSEGV")
			case "sigkill":
				require.Equal(t, -1, e.Code())
			}
		})
	}
}

func TestStopEndsASpinningWorkerByItsLifeLine(t *testing.T) {
	clean(t)
	c := start(t, "spin")
	_, err := io.ReadFull(c, make([]byte, 1))
	require.NoError(t, err)
	e := c.Stop(time.Minute)
	require.False(t, e.Killed)
	require.Zero(t, e.Code())
}

func TestStopKillsAfterTheGrace(t *testing.T) {
	clean(t)
	c := start(t, "stubborn")
	_, err := io.ReadFull(c, make([]byte, 1))
	require.NoError(t, err)
	e := c.Stop(50 * time.Millisecond)
	require.True(t, e.Killed)
	require.Equal(t, "signal: killed", e.String())
}

func TestAWorkerThatNeverSpeaks(t *testing.T) {
	clean(t)
	c := start(t, "mute")
	timeout := time.AfterFunc(200*time.Millisecond, c.Kill)
	defer timeout.Stop()
	require.Empty(t, readAll(t, c), "the end of the replies is the news")
	e := c.Wait()
	require.True(t, e.Killed)
	require.Equal(t, "stuck before Serve\n", e.Stderr)
}

func TestClosedDescriptors(t *testing.T) {
	clean(t)
	c := start(t, "close-replies")
	require.Empty(t, readAll(t, c), "the parent notices though the worker lives")
	require.False(t, c.Stop(10*time.Second).Killed)

	c = start(t, "close-requests")
	_, _ = c.Write([]byte("x")) // wakes a read that is in the kernel; the next one fails
	e := c.Stop(10 * time.Second)
	require.False(t, e.Killed)
	require.Contains(t, []int{0, exitLost}, e.Code())
}

type lineBuffer struct {
	mu     sync.Mutex
	writes []string
}

func (b *lineBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writes = append(b.writes, string(p))
	return len(p), nil
}

func TestPrintsComeInWholeLines(t *testing.T) {
	clean(t)
	var buf lineBuffer
	out := NewOutput(&buf)
	var workers []*Child
	for i := range 5 {
		workers = append(workers, start(t, "print", func(c *Config) { c.Output, c.Index = out, i }))
	}
	want := map[string]int{}
	for i, c := range workers {
		require.Zero(t, c.Wait().Code())
		for j := range 200 {
			want[fmt.Sprintf("print[%d] out %d of %d", i, j, c.PID())]++
			want[fmt.Sprintf("print[%d] err %d of %d", i, j, c.PID())]++
		}
		want[fmt.Sprintf("print[%d] no newline", i)]++
	}
	got := map[string]int{}
	for _, w := range buf.writes {
		require.True(t, strings.HasSuffix(w, "\n"), "%q", w)
		for line := range strings.Lines(w) {
			got[strings.TrimSuffix(line, "\n")]++
		}
	}
	require.Equal(t, want, got)
}

func TestTheEndOfStderrIsKept(t *testing.T) {
	clean(t)
	c := start(t, "long", func(c *Config) { c.Tail = 1000 })
	s := c.Wait().Stderr
	require.LessOrEqual(t, len(s), 1000)
	require.Greater(t, len(s), 900)
	require.True(t, strings.HasPrefix(s, "line "), "%q", s[:20])
	require.True(t, strings.HasSuffix(s, "line 9999\n"))
}

type panicking struct{}

func (panicking) Write([]byte) (int, error) { panic("no paper") }

func TestABrokenOutputDoesNoHarm(t *testing.T) {
	clean(t)
	out := NewOutput(panicking{})
	c := start(t, "long", func(c *Config) { c.Output = out })
	require.Contains(t, c.Wait().Stderr, "line 9999")
	require.ErrorContains(t, out.Err(), "no paper")
}

func TestEnvironment(t *testing.T) {
	clean(t)
	require.False(t, IsWorker())
	c := start(t, "env", func(c *Config) { c.Env = append(c.Env, "EXTRA=more") })
	require.Equal(t, `true "" more`, readAll(t, c))
	c.Wait()
}

func TestAMarkerByAccident(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), marker+"=1")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, exitNoParent, cmd.ProcessState.ExitCode())
	require.Contains(t, string(out), "is for worker processes only")
}

func TestDescriptorsStayInTheWorker(t *testing.T) {
	clean(t)
	c := start(t, "descriptors")
	// Descriptor 3 is the directory that ls reads; with the requests there it would be 5.
	fds := strings.Fields(readAll(t, c))
	require.Contains(t, fds, "3")
	require.NotContains(t, fds, strconv.Itoa(fdReplies))
	c.Wait()
}

func TestGrandchildrenEndWithTheWorker(t *testing.T) {
	clean(t)
	c := start(t, "grandchild")
	pid, err := strconv.Atoi(readAll(t, c))
	require.NoError(t, err)
	begin := time.Now()
	require.Zero(t, c.Wait().Code())
	require.Less(t, time.Since(begin), 900*time.Millisecond, "nobody holds the output open")
	gone(t, pid)
}

func TestAGrandchildThatLeftIsNotWaitedFor(t *testing.T) {
	clean(t)
	c := start(t, "grandchild-stays", func(c *Config) { c.Drain = 50 * time.Millisecond })
	pid, err := strconv.Atoi(readAll(t, c))
	require.NoError(t, err)
	defer func() { _ = syscall.Kill(pid, syscall.SIGKILL) }() // the one it started
	require.Zero(t, c.Wait().Code())
}

func TestFiftyWorkers(t *testing.T) {
	clean(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			c := start(t, "echo", func(c *Config) { c.Index = i })
			_, err := c.Write([]byte{'x', byte('A' + i%26), 'q'})
			if got := readAll(t, c); err != nil || got != "x"+string(rune('A'+i%26)) {
				t.Errorf("worker %d: %q %v", i, got, err)
			}
			if e := c.Wait(); e.Code() != 0 {
				t.Errorf("worker %d: %v", i, e)
			}
		})
	}
	wg.Wait()
}

func TestStartErrors(t *testing.T) {
	clean(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(io.ErrNoProgress)
	_, err := Start(ctx, Config{})
	require.ErrorIs(t, err, io.ErrNoProgress)

	_, err = Start(context.Background(), Config{Stage: "s", Env: []string{"A=\x00"}})
	require.ErrorContains(t, err, "s[0]")
}

func TestKillWhileStopping(t *testing.T) {
	clean(t)
	c := start(t, "stubborn")
	_, err := io.ReadFull(c, make([]byte, 1))
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(c.Kill)
		wg.Go(func() { c.Stop(time.Minute) })
	}
	wg.Wait()
	require.True(t, c.Wait().Killed)
}

// The parent is killed: its worker, which spins in user code, ends too, by the signal and
// also by the end of the requests alone.
func TestNoOrphans(t *testing.T) {
	for _, mode := range []string{"middle", "middle-pipe"} {
		t.Run(mode, func(t *testing.T) {
			clean(t)
			parent := exec.Command(os.Args[0])
			parent.Env = append(os.Environ(), modeEnv+"="+mode)
			out, err := parent.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, parent.Start())
			var line [32]byte
			n, err := out.Read(line[:])
			require.NoError(t, err)
			worker, err := strconv.Atoi(string(bytes.TrimSpace(line[:n])))
			require.NoError(t, err, "%s", line[:n])
			require.NoError(t, syscall.Kill(worker, 0), "the worker is there")

			require.NoError(t, parent.Process.Kill())
			gone(t, worker)
			_ = parent.Wait()
		})
	}
}
