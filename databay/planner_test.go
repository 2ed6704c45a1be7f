package databay_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/databay"
)

// counted is a link whose transfers are counted and may fail.
func counted(t *testing.T, cfg databay.LinkConfig[int], n *atomic.Int64, fail *atomic.Bool) *databay.Link[int] {
	t.Helper()
	cfg.Inlets = append(cfg.Inlets, databay.Pull(func(context.Context, databay.Update) ([]int, error) {
		n.Add(1)
		if fail != nil && fail.Load() {
			return nil, errTest
		}
		return nil, nil
	}))
	return newLink(t, cfg)
}

func planner(t *testing.T, cfg databay.PlannerConfig, links ...databay.AnyLink) *databay.Planner {
	t.Helper()
	cfg.Links = links
	p, err := databay.NewPlanner(cfg)
	require.NoError(t, err)
	return p
}

func TestPlanner(t *testing.T) {
	ms := time.Millisecond
	bubble(t, "PL-01 add", func(t *testing.T) {
		var n atomic.Int64
		a, b := counted(t, databay.LinkConfig[int]{}, &n, nil), counted(t, databay.LinkConfig[int]{}, &n, nil)
		p := planner(t, databay.PlannerConfig{})
		require.NoError(t, p.Add(t.Context(), a, b))
		require.Equal(t, []databay.AnyLink{a, b}, p.Links())
		var null *databay.Link[int]
		for _, bad := range []databay.AnyLink{nil, null, a} {
			require.ErrorIs(t, p.Add(t.Context(), counted(t, databay.LinkConfig[int]{}, &n, nil), bad), databay.ErrInvalidLink)
		}
		require.Len(t, p.Links(), 2)
		require.Equal(t, "Planner(links:2)", p.String())
	})
	bubble(t, "PL-02 PL-21 remove", func(t *testing.T) {
		var n atomic.Int64
		a, b := counted(t, databay.LinkConfig[int]{}, &n, nil), counted(t, databay.LinkConfig[int]{}, &n, nil)
		p := planner(t, databay.PlannerConfig{}, a)
		require.ErrorIs(t, p.Remove(t.Context(), a, b), databay.ErrMissingLink)
		require.Len(t, p.Links(), 1)
		require.NoError(t, p.Remove(t.Context(), a))
		require.Empty(t, p.Links())
	})
	bubble(t, "PL-03 links of the configuration are scheduled", func(t *testing.T) {
		var n atomic.Int64
		p := planner(t, databay.PlannerConfig{NoImmediateTransfer: true}, counted(t, databay.LinkConfig[int]{Interval: 10 * ms}, &n, nil))
		require.NoError(t, p.Start(t.Context()))
		time.Sleep(35 * ms)
		require.EqualValues(t, 3, n.Load())
		require.NoError(t, p.Shutdown(t.Context()))
	})
	bubble(t, "PL-04 order of start and shutdown", func(t *testing.T) {
		log := &events{}
		in, out := &hookedInlet{hooked{name: "in", events: log}}, &hookedOutlet{hooked{name: "out", events: log}}
		p := planner(t, databay.PlannerConfig{}, newLink(t, databay.LinkConfig[int]{Inlets: ins[int](in), Outlets: outs[int](out)}))
		require.NoError(t, p.Start(t.Context()))
		require.ErrorIs(t, p.Start(t.Context()), databay.ErrRunning)
		require.True(t, p.Running())
		time.Sleep(time.Second)
		require.Equal(t, time.Second, p.Uptime())
		require.NoError(t, p.Shutdown(t.Context()))
		require.NoError(t, p.Shutdown(t.Context()))
		require.False(t, p.Running())
		require.Zero(t, p.Uptime())
		require.Equal(t, []string{"in starts", "out starts", "out push", "out push", "in stops", "out stops"}, log.all())
	})
	bubble(t, "PL-05 purge", func(t *testing.T) {
		for _, when := range []string{"idle", "running", "after shutdown"} {
			var n atomic.Int64
			in := &hookedInlet{}
			p := planner(t, databay.PlannerConfig{NoImmediateTransfer: true}, counted(t, databay.LinkConfig[int]{Interval: ms, Inlets: ins[int](in)}, &n, nil))
			if when != "idle" {
				require.NoError(t, p.Start(t.Context()))
			}
			if when == "after shutdown" {
				require.NoError(t, p.Shutdown(t.Context()))
			}
			require.NoError(t, p.Purge(t.Context()))
			require.Empty(t, p.Links())
			had := n.Load()
			time.Sleep(time.Second)
			require.Equal(t, had, n.Load(), when)
			require.False(t, databay.Active(in))
			require.NoError(t, p.Shutdown(t.Context()))
		}
	})
	bubble(t, "PL-06 PL-07 PL-08 immediate transfer", func(t *testing.T) {
		for _, c := range []struct {
			planner, link bool
			want          int64
		}{{true, true, 1}, {false, true, 0}, {true, false, 0}, {false, false, 0}} {
			var n, other atomic.Int64
			p := planner(t, databay.PlannerConfig{NoImmediateTransfer: !c.planner},
				counted(t, databay.LinkConfig[int]{NoImmediateTransfer: !c.link}, &n, nil), counted(t, databay.LinkConfig[int]{}, &other, nil))
			require.NoError(t, p.Start(t.Context()))
			time.Sleep(5 * time.Second)
			require.Equal(t, c.want, n.Load())
			require.Equal(t, c.planner, other.Load() == 1)
			require.NoError(t, p.Shutdown(t.Context()))
		}
	})
	bubble(t, "PL-09 immediate transfer fails", func(t *testing.T) {
		var n atomic.Int64
		var fail atomic.Bool
		fail.Store(true)
		in := &hookedInlet{}
		logger, text := logTo()
		p := planner(t, databay.PlannerConfig{Logger: logger}, counted(t, databay.LinkConfig[int]{Inlets: ins[int](in)}, &n, &fail))
		require.ErrorIs(t, p.Start(t.Context()), errTest)
		require.False(t, p.Running())
		require.False(t, databay.Active(in), "nothing stays open")
		require.Contains(t, text.String(), errTest.Error())
		fail.Store(false)
		require.NoError(t, p.Start(t.Context()), "and it can be started again")
		require.NoError(t, p.Shutdown(t.Context()))
	})
	bubble(t, "PL-10 on start fails", func(t *testing.T) {
		var n atomic.Int64
		logger, text := logTo()
		bad := &hookedInlet{hooked{startErr: errTest}}
		p := planner(t, databay.PlannerConfig{Logger: logger, NoImmediateTransfer: true},
			newLink(t, databay.LinkConfig[int]{Tags: []string{"bad"}, Inlets: ins[int](bad)}), counted(t, databay.LinkConfig[int]{}, &n, nil))
		require.NoError(t, p.Start(t.Context()))
		require.Contains(t, text.String(), "bad")
		require.Contains(t, text.String(), errTest.Error())
		require.True(t, p.Running())
		p.Shutdown(t.Context())
	})
	bubble(t, "PL-11 run ends with its context", func(t *testing.T) {
		var n atomic.Int64
		in := &hookedInlet{}
		logger, text := logTo()
		p := planner(t, databay.PlannerConfig{Logger: logger}, counted(t, databay.LinkConfig[int]{Interval: time.Second, Inlets: ins[int](in)}, &n, nil))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second+1, cancel)
		require.NoError(t, p.Run(ctx))
		require.EqualValues(t, 6, n.Load())
		require.Equal(t, [2]int{1, 1}, in.counts())
		require.Contains(t, text.String(), "planner shuts down")
	})
	bubble(t, "PL-11 run ends well if its context ends in an immediate transfer", func(t *testing.T) {
		var running, most, n atomic.Int64
		p := planner(t, databay.PlannerConfig{}, newLink(t, databay.LinkConfig[int]{Inlets: ins(slow(10*time.Second, 1, &running, &most))}),
			counted(t, databay.LinkConfig[int]{}, &n, nil))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		require.NoError(t, p.Run(ctx))
		require.Equal(t, 10*time.Second, time.Since(begin))
		require.Zero(t, n.Load(), "no more transfers begin")
	})
	bubble(t, "PL-11 but not for ever", func(t *testing.T) {
		var running, most atomic.Int64
		p := planner(t, databay.PlannerConfig{ShutdownTimeout: time.Minute}, newLink(t, databay.LinkConfig[int]{Inlets: ins(slow(time.Hour, 1, &running, &most))}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		require.ErrorIs(t, p.Run(ctx), context.DeadlineExceeded)
		require.Equal(t, time.Minute+time.Second, time.Since(begin))
	})
	bubble(t, "PL-12 force transfer", func(t *testing.T) {
		var n atomic.Int64
		var fail atomic.Bool
		in := &hookedInlet{}
		logger, text := logTo()
		p := planner(t, databay.PlannerConfig{Logger: logger}, counted(t, databay.LinkConfig[int]{NoImmediateTransfer: true, Inlets: ins[int](in)}, &n, &fail))
		require.NoError(t, p.ForceTransfer(t.Context()))
		require.EqualValues(t, 1, n.Load())
		require.Equal(t, [2]int{1, 1}, in.counts(), "started for it and shut down after")
		require.NoError(t, p.Start(t.Context()))
		fail.Store(true)
		require.ErrorIs(t, p.ForceTransfer(t.Context()), errTest)
		require.Contains(t, text.String(), errTest.Error())
		require.True(t, p.Running())
		fail.Store(false)
		require.NoError(t, p.Shutdown(t.Context()))
	})
	bubble(t, "PL-13 run and shutdown", func(t *testing.T) {
		var n atomic.Int64
		p := planner(t, databay.PlannerConfig{}, counted(t, databay.LinkConfig[int]{Interval: 20 * ms}, &n, nil))
		done := make(chan error)
		go func() { done <- p.Run(t.Context()) }()
		time.Sleep(41 * ms)
		require.EqualValues(t, 3, n.Load())
		require.NoError(t, p.Shutdown(t.Context()))
		require.NoError(t, <-done)
	})
	for _, ignore := range []bool{true, false} {
		bubble(t, "PL-14 PL-15 transfer fails", func(t *testing.T) {
			var n atomic.Int64
			var fail atomic.Bool
			logger, text := logTo()
			in := &hookedInlet{}
			p := planner(t, databay.PlannerConfig{Logger: logger, IgnoreErrors: ignore}, counted(t, databay.LinkConfig[int]{Interval: 20 * ms, Inlets: ins[int](in)}, &n, &fail))
			require.NoError(t, p.Start(t.Context()))
			fail.Store(true)
			time.Sleep(25 * ms)
			require.Contains(t, text.String(), errTest.Error())
			require.Equal(t, ignore, p.Running())
			fail.Store(false)
			require.NoError(t, p.Shutdown(t.Context()))
			if !ignore {
				require.ErrorIs(t, p.Err(), errTest)
				var te *databay.TransferError
				require.ErrorAs(t, p.Err(), &te, "with its type")
			}
			require.Equal(t, [2]int{1, 1}, in.counts())
		})
	}
	bubble(t, "PL-14 run returns the error", func(t *testing.T) {
		var n atomic.Int64
		var fail atomic.Bool
		p := planner(t, databay.PlannerConfig{}, counted(t, databay.LinkConfig[int]{Interval: time.Minute}, &n, &fail))
		time.AfterFunc(time.Second, func() { fail.Store(true) })
		require.ErrorIs(t, p.Run(t.Context()), errTest)
		require.EqualValues(t, 2, n.Load())
	})
	bubble(t, "PL-16 PL-17 pause", func(t *testing.T) {
		var n atomic.Int64
		p := planner(t, databay.PlannerConfig{NoImmediateTransfer: true}, counted(t, databay.LinkConfig[int]{Interval: time.Second}, &n, nil))
		require.ErrorIs(t, p.Pause(), databay.ErrNotRunning)
		require.NoError(t, p.Start(t.Context()))
		time.Sleep(2500 * ms)
		require.NoError(t, p.Pause())
		require.NoError(t, p.Pause())
		require.Equal(t, databay.Paused, p.State())
		time.Sleep(10 * time.Second)
		require.EqualValues(t, 2, n.Load())
		require.NoError(t, p.Resume())
		require.NoError(t, p.Resume())
		require.Equal(t, databay.Running, p.State())
		synctest.Wait()
		require.EqualValues(t, 2, n.Load(), "what was due is left out")
		time.Sleep(time.Second)
		require.EqualValues(t, 3, n.Load())
		require.NoError(t, p.Pause())
		time.Sleep(10 * time.Second)
		require.NoError(t, p.Shutdown(t.Context()))
		require.Equal(t, databay.Stopped, p.State())
		require.ErrorIs(t, p.Pause(), databay.ErrNotRunning)
		require.ErrorIs(t, p.Resume(), databay.ErrNotRunning)
		require.NoError(t, p.Start(t.Context()))
		time.Sleep(1500 * ms)
		require.EqualValues(t, 4, n.Load(), "the pause ended with the shutdown")
		require.NoError(t, p.Shutdown(t.Context()))
	})
	bubble(t, "PL-18 start again", func(t *testing.T) {
		var n atomic.Int64
		p := planner(t, databay.PlannerConfig{}, counted(t, databay.LinkConfig[int]{Interval: time.Second}, &n, nil))
		for range 2 {
			require.NoError(t, p.Start(t.Context()))
			time.Sleep(2500 * ms)
			require.NoError(t, p.Shutdown(t.Context()))
			time.Sleep(time.Minute)
		}
		require.EqualValues(t, 6, n.Load())
	})
	bubble(t, "PL-19 no interval is too short", func(t *testing.T) {
		var n atomic.Int64
		p := planner(t, databay.PlannerConfig{NoImmediateTransfer: true}, counted(t, databay.LinkConfig[int]{Interval: ms / 10}, &n, nil))
		require.NoError(t, p.Start(t.Context()))
		time.Sleep(10*ms + ms/20)
		require.NoError(t, p.Shutdown(t.Context()))
		require.EqualValues(t, 100, n.Load())
	})
	bubble(t, "PL-20 second start does nothing", func(t *testing.T) {
		var n atomic.Int64
		p := planner(t, databay.PlannerConfig{}, counted(t, databay.LinkConfig[int]{}, &n, nil))
		require.NoError(t, p.Start(t.Context()))
		require.ErrorIs(t, p.Start(t.Context()), databay.ErrRunning)
		require.EqualValues(t, 1, n.Load())
		require.NoError(t, p.Shutdown(t.Context()))
	})
	bubble(t, "PL-22 inlet of two links", func(t *testing.T) {
		in := &hookedInlet{}
		a := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](in)})
		b := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](in)})
		p := planner(t, databay.PlannerConfig{}, a, b)
		require.NoError(t, p.Start(t.Context()))
		require.NoError(t, p.Remove(t.Context(), a))
		require.True(t, databay.Active(in), "the other link still needs it")
		require.Equal(t, [2]int{1, 0}, in.counts())
		require.NoError(t, p.Shutdown(t.Context()))
		require.Equal(t, [2]int{1, 1}, in.counts())
	})
	bubble(t, "PL-23 shutdown errors are joined", func(t *testing.T) {
		other := errors.New("other")
		a, b, c := &hookedInlet{hooked{stopErr: errTest}}, &hookedInlet{hooked{stopErr: other}}, &hookedInlet{}
		var links []databay.AnyLink
		for _, in := range []databay.Inlet[int]{a, b, c} {
			links = append(links, newLink(t, databay.LinkConfig[int]{Inlets: ins(in)}))
		}
		p := planner(t, databay.PlannerConfig{}, links...)
		require.NoError(t, p.Start(t.Context()))
		err := p.Shutdown(t.Context())
		require.ErrorIs(t, err, errTest)
		require.ErrorIs(t, err, other)
		require.Equal(t, [2]int{1, 1}, c.counts())
	})
	bubble(t, "PL-24 link added while running", func(t *testing.T) {
		var n atomic.Int64
		in := &hookedInlet{}
		p := planner(t, databay.PlannerConfig{})
		require.NoError(t, p.Start(t.Context()))
		require.NoError(t, p.Add(t.Context(), counted(t, databay.LinkConfig[int]{Interval: time.Second, Inlets: ins[int](in)}, &n, nil)))
		require.True(t, databay.Active(in))
		time.Sleep(2500 * ms)
		require.EqualValues(t, 3, n.Load())
		require.NoError(t, p.Shutdown(t.Context()))
		require.Equal(t, [2]int{1, 1}, in.counts())
	})
	for overlap, want := range map[databay.Overlap][2]int64{databay.SkipIfRunning: {1, 4}, databay.Queue: {1, 4}, databay.Allow: {3, 10}} {
		bubble(t, fmt.Sprint("PL-25 overlap ", overlap), func(t *testing.T) {
			var running, most, n atomic.Int64
			l := counted(t, databay.LinkConfig[int]{
				Interval: time.Second, Overlap: overlap, NoImmediateTransfer: true,
				Inlets: ins(slow(2500*ms, 1, &running, &most)),
			}, &n, nil)
			p := planner(t, databay.PlannerConfig{}, l)
			require.NoError(t, p.Start(t.Context()))
			time.Sleep(10500 * ms)
			require.Equal(t, want[0], most.Load())
			require.Equal(t, want[1], n.Load())
			require.Equal(t, overlap == databay.SkipIfRunning, l.Stats().Skipped > 0)
			require.NoError(t, p.Shutdown(t.Context()))
			require.Zero(t, running.Load(), "shutdown waits")
		})
	}
	bubble(t, "queue makes up for what was due", func(t *testing.T) {
		var n atomic.Int64
		first := true
		in := databay.Pull(func(context.Context, databay.Update) ([]int, error) {
			if first {
				first = false
				time.Sleep(5500 * ms)
			}
			return nil, nil
		})
		p := planner(t, databay.PlannerConfig{}, counted(t, databay.LinkConfig[int]{Interval: time.Second, Overlap: databay.Queue, NoImmediateTransfer: true, Inlets: ins(in)}, &n, nil))
		require.NoError(t, p.Start(t.Context()))
		time.Sleep(7500 * ms)
		require.EqualValues(t, 7, n.Load())
		require.NoError(t, p.Shutdown(t.Context()))
	})
	bubble(t, "shutdown that runs out of time cancels transfers", func(t *testing.T) {
		var running, most atomic.Int64
		in := &hookedInlet{}
		p := planner(t, databay.PlannerConfig{IgnoreErrors: true}, newLink(t, databay.LinkConfig[int]{
			Interval: time.Second, NoImmediateTransfer: true,
			Inlets: ins(slow(time.Hour, 1, &running, &most), databay.Inlet[int](in)),
		}))
		require.NoError(t, p.Start(t.Context()))
		time.Sleep(1500 * ms)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		require.ErrorIs(t, p.Shutdown(ctx), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(begin))
		require.Zero(t, running.Load())
		require.Equal(t, [2]int{1, 1}, in.counts(), "nodes are closed all the same")
	})
	bubble(t, "ticks do not drift", func(t *testing.T) {
		begin := time.Now()
		var at []time.Duration
		in := databay.Pull(func(context.Context, databay.Update) ([]int, error) {
			at = append(at, time.Since(begin))
			time.Sleep(300 * ms)
			return nil, nil
		})
		p := planner(t, databay.PlannerConfig{NoImmediateTransfer: true}, newLink(t, databay.LinkConfig[int]{Interval: 500 * ms, Inlets: ins(in)}))
		require.NoError(t, p.Start(t.Context()))
		time.Sleep(1900 * ms)
		require.NoError(t, p.Shutdown(t.Context()))
		require.Equal(t, []time.Duration{500 * ms, 1000 * ms, 1500 * ms}, at)
	})
	bubble(t, "cron", func(t *testing.T) {
		s, err := databay.Cron("CRON_TZ=UTC 30 * * * *")
		require.NoError(t, err)
		var at []string
		in := databay.Pull(func(context.Context, databay.Update) ([]int, error) {
			at = append(at, time.Now().UTC().Format("15:04:05"))
			return nil, nil
		})
		p := planner(t, databay.PlannerConfig{NoImmediateTransfer: true}, newLink(t, databay.LinkConfig[int]{Schedule: s, Inlets: ins(in)}))
		require.NoError(t, p.Start(t.Context()))
		time.Sleep(2 * time.Hour)
		require.NoError(t, p.Shutdown(t.Context()))
		require.Equal(t, []string{"00:30:00", "01:30:00"}, at)
	})
}
