package process_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

func TestACrashEndsTheRun(t *testing.T) {
	for do, want := range map[string]struct {
		status string
		code   int
		stderr string
	}{
		"exit 3":  {"exit status 3", 3, ""},
		"exit 0":  {"exit status 0", 0, ""},
		"kill":    {"signal: killed", -1, ""},
		"fault":   {"exit status 2", 2, "unexpected fault address"},
		"close 4": {"", 0, ""}, // it notices itself, or that nobody listens any more
	} {
		t.Run(do, func(t *testing.T) {
			clean(t)
			// With a MaxSize this small, one item is sent at a time, so that it is known
			// which have been answered.
			got, stats, err := work(t, quiet(), tasks(6, map[int]string{3: do}), pl.MaxSize(1), pl.Name("careful"))
			require.Equal(t, without(3), numbers(got), "what came before it is there")
			require.Zero(t, stats.Dropped)

			var stage *pl.StageError
			require.ErrorAs(t, err, &stage)
			require.Equal(t, Task{3, do}, stage.Item)
			require.Equal(t, []int{3}, stage.Index)
			require.Equal(t, "careful", stage.Worker.Stage)
			require.Empty(t, stage.Hook)

			var lost *process.ExitError
			require.ErrorAs(t, err, &lost)
			require.Equal(t, got[0].PID, lost.PID, "of the worker that had the items before")
			require.Contains(t, lost.Stderr, "last words of 3")
			require.Contains(t, lost.Stderr, want.stderr)
			require.Contains(t, err.Error(), "last words of 3")

			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			if want.status != "" {
				require.Equal(t, want.status, exit.Error())
				require.Equal(t, want.code, exit.ExitCode())
			}
		})
	}
}

// A nil dereference is a panic in Go, and no reason to lose the worker.
func TestANilPointerIsAPanic(t *testing.T) {
	clean(t)
	got, stats, err := work(t, quiet(), tasks(6, map[int]string{3: "nil"}), pl.Skip())
	require.NoError(t, err)
	require.Equal(t, without(6, 3), numbers(got))
	require.Len(t, pids(got), 1)
	require.Zero(t, stats.Restarts)

	_, _, err = work(t, quiet(), tasks(1, map[int]string{0: "nil"}))
	var p *pl.PanicError
	require.ErrorAs(t, err, &p)
}

func TestRetryAfterACrashTakesANewWorker(t *testing.T) {
	for _, do := range []string{"first exit 3", "first exit 0", "first kill", "first fault", "first close 4"} {
		t.Run(do, func(t *testing.T) {
			clean(t)
			got, stats, err := work(t, quiet(), tasks(5, map[int]string{2: do}), pl.MaxSize(1), pl.Retry(1, 0), pl.InOrder())
			require.NoError(t, err)
			require.Len(t, got, 5)
			for i, a := range got {
				require.Equal(t, i, a.N)
				require.Equal(t, i == 2, a.Attempt == 1, "%+v", a)
			}
			require.Equal(t, got[0].PID, got[1].PID)
			require.NotEqual(t, got[1].PID, got[2].PID)
			require.Equal(t, got[2].PID, got[4].PID)
			require.EqualValues(t, 1, stats.Retries)
			require.EqualValues(t, 1, stats.Restarts)
			require.Zero(t, stats.Dropped)
		})
	}
}

func TestSkipAndOnErrorDropWhatCrashes(t *testing.T) {
	var seen []*pl.StageError
	for name, opt := range map[string]pl.Option{
		"Skip": pl.Skip(),
		"OnError": pl.OnError(func(_ context.Context, err *pl.StageError) error {
			seen = append(seen, err)
			return nil
		}),
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			got, stats, err := work(t, quiet(), tasks(20, map[int]string{5: "exit 3", 6: "kill", 19: "fault"}), opt)
			require.NoError(t, err)
			require.Equal(t, without(20, 5, 6, 19), numbers(got))
			require.EqualValues(t, 3, stats.Dropped)
			require.GreaterOrEqual(t, stats.Restarts, int64(3))
			require.EqualValues(t, 17, stats.Out)
			require.Zero(t, stats.Busy)
			require.Zero(t, stats.Waiting)
		})
	}
	require.Len(t, seen, 3)
	for _, err := range seen {
		require.Contains(t, []int{5, 6, 19}, err.Item.(Task).N)
		var lost *process.ExitError
		require.ErrorAs(t, err, &lost)
		require.Contains(t, lost.Stderr, fmt.Sprintf("last words of %d\n", err.Item.(Task).N), "its own, not of another")
	}
}

func TestChunkMatesOfACulpritSurvive(t *testing.T) {
	killers := map[string]map[int]string{
		"one":           {73: "exit 3"},
		"the first":     {0: "kill"},
		"the last":      {199: "exit 0"},
		"several":       {10: "exit 3", 11: "exit 3", 60: "kill", 120: "fault", 149: "exit 1"},
		"a whole chunk": {50: "exit 1", 51: "exit 1", 52: "exit 1", 53: "exit 1", 54: "exit 1"},
	}
	for name, do := range killers {
		for _, workers := range []int{1, 2} {
			t.Run(fmt.Sprint(name, workers), func(t *testing.T) {
				clean(t)
				chunk := 50
				if name == "a whole chunk" {
					chunk = 5
				}
				got, stats, err := work(t, quiet(process.Chunk(chunk)), tasks(200, do), pl.Skip(), pl.Workers(workers))
				require.NoError(t, err)
				var bad []int
				for n := range do {
					bad = append(bad, n)
				}
				require.Equal(t, without(200, bad...), numbers(got), "each of the others once")
				require.EqualValues(t, len(do), stats.Dropped)
				require.GreaterOrEqual(t, stats.Restarts, int64(len(do)))
			})
		}
	}
}

func TestChunkMatesSurviveRetries(t *testing.T) {
	for name, opts := range map[string][]pl.Option{
		"any order": {pl.Workers(2)},
		"in order":  {pl.Workers(2), pl.InOrder()},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			do := map[int]string{3: "first exit 3", 80: "first kill", 81: "first exit 0", 120: "exit 3", 199: "first exit 1"}
			got, stats, err := work(t, quiet(process.Chunk(20)), tasks(200, do), append(opts, pl.Retry(2, 0), pl.Skip())...)
			require.NoError(t, err)
			require.Equal(t, without(200, 120), numbers(got))
			require.EqualValues(t, 1, stats.Dropped)
			require.EqualValues(t, 4+2, stats.Retries, "one each, and two of the hopeless one")
			for i, a := range got {
				if name == "in order" && i > 0 {
					require.Greater(t, a.N, got[i-1].N)
				}
				require.Equal(t, do[a.N] != "", a.Attempt == 1, "%+v", a)
			}
		})
	}
}

func TestKilledFromOutside(t *testing.T) {
	clean(t)
	j := newJournal(t)
	killed := make(chan int, 1)
	go func() {
		pid := 0
		defer func() { killed <- pid }()
		for range 10_000 {
			if lines := j.lines("spin"); len(lines) > 0 {
				_, _ = fmt.Sscan(lines[0], &pid)
				p, _ := os.FindProcess(pid)
				_ = p.Kill()
				_ = p.Release()
				return
			}
			time.Sleep(2 * time.Millisecond)
		}
	}()
	got, stats, err := work(t, quiet(process.Env(j.env())), tasks(5, map[int]string{2: "first spin"}), pl.Retry(1, 0), pl.MaxSize(1))
	pid := <-killed
	require.NoError(t, err)
	require.Equal(t, without(5), numbers(got))
	require.EqualValues(t, 1, stats.Restarts)
	for _, a := range got {
		if a.N == 2 {
			require.NotEqual(t, pid, a.PID)
			require.Equal(t, 1, a.Attempt)
		}
	}
}

func TestAWorkerKilledWhileIdleCostsNoItem(t *testing.T) {
	clean(t)
	next := make(chan int)
	src := pl.Generate(func(ctx context.Context, emit func(Task) bool) error {
		for {
			select {
			case n := <-next:
				if n < 0 || !emit(Task{N: n}) {
					return nil
				}
			case <-ctx.Done():
				return nil
			}
		}
	})
	var m pl.Monitor
	var seen []int
	go func() { next <- 0 }()
	for a, err := range pl.Map(quiet(), perform)(src).All(t.Context(), pl.Watch(&m)) {
		require.NoError(t, err)
		require.Equal(t, len(seen), a.N)
		require.NotContains(t, seen, a.PID)
		seen = append(seen, a.PID)
		if len(seen) < 3 {
			kill(t, a.PID)
		}
		go func() {
			if len(seen) == 3 {
				next <- -1
				return
			}
			for i := 0; i < 10_000 && exists(a.PID); i++ {
				time.Sleep(time.Millisecond)
			}
			next <- len(seen)
		}()
	}
	require.Len(t, seen, 3)
	stats := m.Stages()
	require.EqualValues(t, 2, stats[len(stats)-1].Restarts)
	require.Zero(t, stats[len(stats)-1].Dropped)
	require.Zero(t, stats[len(stats)-1].Retries)
}

// A worker that cannot read its requests any more is of no use. Whether it is noticed at
// the next item or the one after is a matter of timing.
func TestClosedRequests(t *testing.T) {
	clean(t)
	got, stats, err := work(t, quiet(), tasks(20, map[int]string{3: "first close 3"}), pl.Retry(1, 0), pl.MaxSize(1))
	require.NoError(t, err)
	require.Equal(t, without(20), numbers(got))
	require.Len(t, pids(got), 2)
	require.EqualValues(t, 1, stats.Restarts)
}
