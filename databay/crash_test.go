package databay_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/databay"
)

// crashChild is the program that TestCrash kills. It moves numbers through a durable
// buffer and tells on standard output what it knows: S n, number n is stored; D n id, it
// is pushed; A n, it is acknowledged.
func crashChild(file string) {
	next, _ := strconv.Atoi(os.Getenv("DATABAY_CRASH_FROM"))
	last := next < 0
	say := func(format string, args ...any) { fmt.Fprintf(os.Stdout, format+"\n", args...) }
	check := func(err error) {
		if err != nil {
			say("E %v", err)
			os.Exit(1)
		}
	}
	b, err := databay.OpenBuffer[int](file, nil)
	check(err)
	var stored []int
	in := databay.Pull(func(context.Context, databay.Update) ([]int, error) {
		stored = nil
		for range rand.IntN(4) {
			next++
			stored = append(stored, next)
		}
		return stored, nil
	})
	tell := databay.ProcessorFunc[int](func(_ context.Context, rs []databay.Record[int]) ([]databay.Record[int], error) {
		for _, n := range stored {
			say("S %d", n)
		}
		return rs, nil
	})
	var pushed []int
	out := databay.Push(func(_ context.Context, rs []databay.Record[int], _ databay.Update) error {
		pushed = nil
		for _, r := range rs {
			say("D %d %s", r.Payload, r.ID())
			pushed = append(pushed, r.Payload)
		}
		if !last && rand.IntN(5) == 0 {
			pushed = nil
			return errTest
		}
		return nil
	})
	l, err := databay.NewLink(databay.LinkConfig[int]{
		Interval: time.Second, Inlets: ins(in), Outlets: outs(out), SkipEmpty: true,
		Processors: []databay.Processor[int]{b.Count(rand.IntN(6)), tell}, IgnoreErrors: true,
	})
	check(err)
	if last {
		check(l.Drain(context.Background()))
		check(b.Close())
		say("end")
		return
	}
	say("ready")
	for {
		check(l.Transfer(context.Background()))
		for _, n := range pushed {
			say("A %d", n)
		}
		pushed = nil
	}
}

// TestCrash kills a program with SIGKILL at random points of storing, releasing and
// acknowledging. DATABAY_KILLS sets how often.
func TestCrash(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGKILL on Windows")
	}
	kills := 200
	if testing.Short() {
		kills = 20
	}
	if s := os.Getenv("DATABAY_KILLS"); s != "" {
		var err error
		kills, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	file := filepath.Join(t.TempDir(), "buffer")
	stored, acked := map[int]bool{}, map[int]bool{}
	ids := map[int]string{}
	var order []int
	again := 0
	for run := range kills + 1 {
		from := run * 1_000_000
		if run == kills {
			from = -1
		}
		ackedBefore := len(acked)
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), "DATABAY_CRASH_FILE="+file, fmt.Sprint("DATABAY_CRASH_FROM=", from))
		cmd.Stderr = os.Stderr
		pipe, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		ended := false
		before := map[int]bool{}
		if ackedBefore > 0 {
			for n := range acked {
				before[n] = true
			}
		}
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			f := strings.Fields(lines.Text())
			n := 0
			if len(f) > 1 {
				n, _ = strconv.Atoi(f[1])
			}
			switch f[0] {
			case "ready":
				time.AfterFunc(time.Duration(rand.IntN(25_000))*time.Microsecond, func() { cmd.Process.Signal(syscall.SIGKILL) })
			case "end":
				ended = true
			case "S":
				stored[n] = true
			case "A":
				acked[n] = true
			case "D":
				require.False(t, before[n], "%d was acknowledged and came again", n)
				if id, ok := ids[n]; ok {
					require.Equal(t, id, f[2], "the id of %d changed", n)
					again++
					continue
				}
				ids[n] = f[2]
				order = append(order, n)
			case "E":
				t.Fatal(lines.Text())
			}
		}
		err = cmd.Wait()
		if run == kills {
			require.NoError(t, err)
			require.True(t, ended)
		} else {
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal())
		}
	}
	require.NotEmpty(t, stored)
	lost := 0
	for n := range stored {
		if _, ok := ids[n]; !ok {
			lost++
		}
	}
	require.Zero(t, lost, "stored and never pushed")
	require.IsIncreasing(t, order)
	t.Logf("%d kills: %d records reported as stored, %d pushed, %d acknowledged, %d pushes repeated, 0 lost, order kept",
		kills, len(stored), len(ids), len(acked), again)
}
