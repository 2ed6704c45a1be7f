package process_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// However a parent ends, its workers end, though they spin in user code: the test starts
// a parent, which starts four workers, one of them idle.
func TestNoOrphans(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, parent *exec.Cmd, say func()){
		"killed": func(t *testing.T, parent *exec.Cmd, _ func()) {
			require.NoError(t, parent.Process.Kill())
		},
		"terminated": func(t *testing.T, parent *exec.Cmd, _ func()) {
			require.NoError(t, parent.Process.Signal(syscall.SIGTERM))
		},
		"exits":  func(t *testing.T, _ *exec.Cmd, say func()) { say() },
		"panics": func(t *testing.T, _ *exec.Cmd, say func()) { say() },
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			j := newJournal(t)
			parent := exec.Command(os.Args[0])
			parent.Env = append(os.Environ(), roleEnv+"="+name, j.env())
			stdin, err := parent.StdinPipe()
			require.NoError(t, err)
			require.NoError(t, parent.Start())
			defer func() { _ = parent.Wait() }()
			defer func() { _ = parent.Process.Kill() }()

			spinning := j.await(t, "spin", 3)
			workers := strings.Fields(childrenOf(parent.Process.Pid))
			require.Len(t, workers, 4)
			require.Subset(t, workers, spinning)
			for _, w := range workers {
				require.True(t, alive(atoi(t, w)))
			}
			end(t, parent, func() { _ = stdin.Close() })
			_ = parent.Wait()
			for _, w := range workers {
				require.Eventually(t, func() bool { return !alive(atoi(t, w)) }, 10*time.Second, 2*time.Millisecond, "worker %s is still there", w)
			}
		})
	}
}
