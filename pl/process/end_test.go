package process_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

var errLeft = errors.New("the customer has left")

// Whatever ends a run, nothing of it is left when it has ended.
func TestNothingIsLeftAfterARun(t *testing.T) {
	for name, do := range map[string]string{
		"normal": "", "an error": "fail no luck", "a panic": "panic", "a crash": "exit 3", "a timeout": "spin",
		"a break": "", "Take": "", "a cancel": "wait", "a cancel that nobody minds": "spin",
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			j := newJournal(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			opts := []pl.Option{pl.Workers(3)}
			if name == "a timeout" {
				opts = append(opts, pl.Timeout(deadline))
			}
			s := pl.Map(quiet(process.Env(j.env()), process.Grace(100*time.Millisecond)), perform, opts...)(
				pl.From(tasks(2000, map[int]string{400: do})))
			if name == "Take" {
				s = pl.Take[Answer](300)(s)
			}
			if name == "a cancel" || name == "a cancel that nobody minds" {
				go func() {
					for ctx.Err() == nil && len(j.lines(do)) == 0 {
						time.Sleep(2 * time.Millisecond)
					}
					cancel(errLeft)
				}()
			}
			n := 0
			var last error
			for _, err := range s.All(ctx) {
				if last = err; err == nil {
					n++
				}
				if name == "a break" && n == 300 {
					break
				}
			}
			switch name {
			case "normal":
				require.Equal(t, 2000, n)
				require.NoError(t, last)
			case "a break", "Take":
				require.Equal(t, 300, n)
				require.NoError(t, last)
			case "a cancel", "a cancel that nobody minds":
				require.Equal(t, errLeft, last, "the cause and nothing else: %v", last)
			default:
				require.Error(t, last)
				require.Less(t, n, 2000)
			}
		})
	}
}

func TestCancellationReachesTheFunction(t *testing.T) {
	clean(t)
	j := newJournal(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	go func() {
		for len(j.lines("wait")) < 2 && t.Context().Err() == nil {
			time.Sleep(2 * time.Millisecond)
		}
		cancel(errLeft)
	}()
	begin := time.Now()
	err := pl.Map(quiet(process.Env(j.env()), process.Grace(time.Minute)), perform, pl.Workers(2), pl.MaxSize(1))(
		pl.From(tasks(2, map[int]string{0: "wait 150ms", 1: "wait"}))).Run(ctx)
	require.Equal(t, errLeft, err)
	require.Equal(t, []string{errLeft.Error(), errLeft.Error()}, j.lines("cause"), "both had the time to end by themselves")
	require.Less(t, time.Since(begin), 30*time.Second)
}

// When an item fails, the calls that are going on in other workers are told why.
func TestAnErrorReachesTheOtherWorkers(t *testing.T) {
	clean(t)
	j := newJournal(t)
	err := pl.Map(quiet(process.Env(j.env())), perform, pl.Workers(2), pl.MaxSize(1))(
		pl.From(tasks(2, map[int]string{0: "wait", 1: "fail no luck"}))).Run(t.Context())
	var stage *pl.StageError
	require.ErrorAs(t, err, &stage)
	require.Equal(t, Task{1, "fail no luck"}, stage.Item)
	if causes := j.lines("cause"); len(j.lines("wait")) > 0 {
		require.Len(t, causes, 1)
		require.Contains(t, causes[0], "no luck")
	}
}

func TestGrace(t *testing.T) {
	clean(t)
	const grace = 300 * time.Millisecond
	j := newJournal(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var begin time.Time
	go func() {
		for len(j.lines("spin")) < 2 && t.Context().Err() == nil {
			time.Sleep(2 * time.Millisecond)
		}
		begin = time.Now()
		cancel(errLeft)
	}()
	err := pl.Map(quiet(process.Env(j.env()), process.Grace(grace)), perform, pl.Workers(2), pl.MaxSize(1))(
		pl.From(tasks(2, map[int]string{0: "spin", 1: "spin"}))).Run(ctx)
	took := time.Since(begin)
	require.Equal(t, errLeft, err)
	require.GreaterOrEqual(t, took, grace)
	require.Less(t, took, grace+patience)
}

// OnDone runs in the process that OnStart ran in, and before the run ends.
func TestHooksRunInTheWorker(t *testing.T) {
	for name, do := range map[string]string{"normal": "", "an error": "fail no luck", "a panic": "panic"} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			j := newJournal(t)
			got, err := pl.Map(quiet(process.Env(j.env())), performNoting, pl.Workers(3))(
				pl.From(tasks(50, map[int]string{30: do}))).Collect(t.Context())
			require.Equal(t, do != "", err != nil)
			starts := j.lines("start")
			require.LessOrEqual(t, len(starts), 3)
			require.ElementsMatch(t, starts, j.lines("done"))
			if do == "" {
				require.Len(t, starts, 3)
				require.Len(t, got, 50)
			}
		})
	}
}

// A worker that has to be killed after the end of the run is a matter of course, and no
// error beside the one that ended it.
func TestKillingAfterAnErrorIsNoError(t *testing.T) {
	clean(t)
	_, _, err := work(t, quiet(process.Chunk(10), process.Grace(100*time.Millisecond)), tasks(10, map[int]string{2: "fail no luck", 3: "spin"}))
	var stage *pl.StageError
	require.ErrorAs(t, err, &stage)
	require.Equal(t, Task{2, "fail no luck"}, stage.Item)
	var lost *process.ExitError
	require.NotErrorAs(t, err, &lost)
}
