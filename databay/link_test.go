package databay_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/databay"
)

func failing[T any](err error) databay.Inlet[T] {
	return databay.Pull(func(context.Context, databay.Update) ([]T, error) { return nil, err })
}

// slow is an inlet that takes d, unless canceled.
func slow(d time.Duration, v int, running, most *atomic.Int64) databay.Inlet[int] {
	return databay.Pull(func(ctx context.Context, _ databay.Update) ([]int, error) {
		n := running.Add(1)
		defer running.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		select {
		case <-time.After(d):
			return []int{v}, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	})
}

func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// logTo returns a logger and what it has written.
func logTo() (*slog.Logger, *safeBuffer) {
	buf := &safeBuffer{}
	return slog.New(slog.NewTextHandler(buf, nil)), buf
}

type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestLink(t *testing.T) {
	bubble(t, "L-01 one inlet, one outlet", func(t *testing.T) {
		v := 1
		out := &spy[*int]{}
		l := newLink(t, databay.LinkConfig[*int]{Inlets: ins(feed([]*int{&v})), Outlets: outs[*int](out), ShareRecords: true})
		require.NoError(t, l.Transfer(t.Context()))
		require.Len(t, out.all(), 1)
		require.Same(t, &v, out.all()[0][0])
	})
	bubble(t, "L-02 two inlets, two outlets", func(t *testing.T) {
		a, b := &spy[int]{}, &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed([]int{1}), feed([]int{2})), Outlets: outs[int](a, b)})
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [][]int{{1, 2}}, a.all())
		require.Equal(t, [][]int{{1, 2}}, b.all())
	})
	bubble(t, "L-03 L-04 pulls run at once and keep their order", func(t *testing.T) {
		var running, most atomic.Int64
		out := &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{Outlets: outs[int](out), Inlets: ins(
			slow(30*time.Millisecond, 1, &running, &most), slow(20*time.Millisecond, 2, &running, &most), slow(10*time.Millisecond, 3, &running, &most))})
		begin := time.Now()
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, 30*time.Millisecond, time.Since(begin))
		require.Equal(t, [][]int{{1, 2, 3}}, out.all())
	})
	bubble(t, "L-05 concurrency", func(t *testing.T) {
		var running, most atomic.Int64
		in := slow
		l := newLink(t, databay.LinkConfig[int]{InletConcurrency: 2, Inlets: ins(
			in(time.Second, 1, &running, &most), in(time.Second, 2, &running, &most), in(time.Second, 3, &running, &most))})
		begin := time.Now()
		require.NoError(t, l.Transfer(t.Context()))
		require.EqualValues(t, 2, most.Load())
		require.Equal(t, 2*time.Second, time.Since(begin))
	})
	bubble(t, "L-06 inlet fails", func(t *testing.T) {
		out := &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed([]int{1, 2}), failing[int](errTest)), Outlets: outs[int](out)})
		err := l.Transfer(t.Context())
		require.ErrorIs(t, err, errTest)
		require.Empty(t, out.all())
		var te *databay.TransferError
		require.ErrorAs(t, err, &te)
		require.Equal(t, "pull", te.Stage)
	})
	bubble(t, "L-07 outlet fails", func(t *testing.T) {
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed([]int{1, 2})), Outlets: outs[int](&spy[int]{fail: errTest})})
		err := l.Transfer(t.Context())
		require.ErrorIs(t, err, errTest)
		var te *databay.TransferError
		require.ErrorAs(t, err, &te)
		require.Equal(t, "push", te.Stage)
		require.Equal(t, 2, te.Undelivered)
	})
	bubble(t, "L-08 both fail, ignored", func(t *testing.T) {
		logger, text := logTo()
		out := &spy[int]{fail: errors.New("outlet down")}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(failing[int](errTest)), Outlets: outs[int](out), IgnoreErrors: true, Logger: logger})
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [][]int{{}}, out.all())
		require.Contains(t, text.String(), errTest.Error())
		require.Contains(t, text.String(), "outlet down")
		require.EqualValues(t, 1, l.Stats().Failures)
	})
	bubble(t, "L-09 one of two fails, ignored", func(t *testing.T) {
		logger, text := logTo()
		a, b := &spy[int]{fail: errors.New("outlet down")}, &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(failing[int](errTest), feed([]int{2})), Outlets: outs[int](a, b), IgnoreErrors: true, Logger: logger})
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [][]int{{2}}, a.all())
		require.Equal(t, [][]int{{2}}, b.all())
		require.Contains(t, text.String(), errTest.Error())
		require.Contains(t, text.String(), "outlet down")
	})
	bubble(t, "L-10 inlet panics", func(t *testing.T) {
		for _, n := range []int{1, 2} {
			in := []databay.Inlet[int]{databay.Pull(func(context.Context, databay.Update) ([]int, error) { panic(errTest) })}
			if n == 2 {
				in = append(in, feed[int]())
			}
			err := newLink(t, databay.LinkConfig[int]{Inlets: in}).Transfer(t.Context())
			var pe *databay.PanicError
			require.ErrorAs(t, err, &pe)
			require.ErrorIs(t, err, errTest)
		}
	})
	bubble(t, "L-11 L-12 updates are numbered, failed ones too", func(t *testing.T) {
		for _, c := range []struct {
			tags []string
			want []string
		}{{[]string{"a", "b"}, []string{"a.b.0", "a.b.1"}}, {nil, []string{"0", "1"}}} {
			var got []string
			in := databay.Pull(func(_ context.Context, u databay.Update) ([]int, error) {
				got = append(got, u.String())
				return nil, errTest
			})
			l := newLink(t, databay.LinkConfig[int]{Inlets: ins(in), Tags: c.tags})
			require.Error(t, l.Transfer(t.Context()))
			require.Error(t, l.Transfer(t.Context()))
			require.Equal(t, c.want, got)
		}
	})
	bubble(t, "L-13 no inlets", func(t *testing.T) {
		out := &spy[int]{}
		require.NoError(t, newLink(t, databay.LinkConfig[int]{Outlets: outs[int](out)}).Transfer(t.Context()))
		require.Equal(t, [][]int{{}}, out.all())
	})
	bubble(t, "L-14 copies", func(t *testing.T) {
		for _, share := range []bool{false, true} {
			source := map[string][]int{"k": {1}}
			spoil := databay.Push(func(_ context.Context, rs []databay.Record[map[string][]int], _ databay.Update) error {
				rs[0].Payload["k"][0] = 7
				rs[0].Payload["new"] = nil
				return nil
			})
			second := &spy[map[string][]int]{}
			l := newLink(t, databay.LinkConfig[map[string][]int]{
				Inlets:  ins(feed([]map[string][]int{source})),
				Outlets: outs(spoil, databay.Outlet[map[string][]int](second)), ShareRecords: share, Sequential: true,
			})
			require.NoError(t, l.Transfer(t.Context()))
			want := map[string][]int{"k": {1}}
			if share {
				want = map[string][]int{"k": {7}, "new": nil}
			}
			require.Equal(t, want, second.all()[0][0])
			require.Equal(t, want, source)
		}
	})
	bubble(t, "L-15 sibling of a failing outlet is canceled", func(t *testing.T) {
		var cause error
		bad := databay.Push(func(context.Context, []databay.Record[int], databay.Update) error {
			time.Sleep(time.Second)
			return errTest
		})
		waits := databay.Push(func(ctx context.Context, _ []databay.Record[int], _ databay.Update) error {
			<-ctx.Done()
			cause = ctx.Err()
			return cause
		})
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed([]int{1})), Outlets: outs(bad, waits)})
		err := l.Transfer(t.Context())
		require.ErrorIs(t, err, errTest)
		require.NotErrorIs(t, err, context.Canceled, "the echo is not told")
		require.ErrorIs(t, cause, context.Canceled)
	})
	bubble(t, "L-16 metadata", func(t *testing.T) {
		in := &metaInlet{records: []databay.Record[int]{databay.NewRecord(1, nil), databay.NewRecord(2, databay.Metadata{"g": "local", "x": 1, databay.InletKey: "mine"})}}
		out := &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(databay.WithMetadata[int](in, databay.Metadata{"g": "global"})), Outlets: outs[int](out)})
		require.NoError(t, l.Transfer(t.Context()))
		const name = "meta(metadata=map[g:global])"
		require.Equal(t, databay.Metadata{"g": "global", databay.InletKey: name}, out.pushes[0][0].Metadata())
		require.Equal(t, databay.Metadata{"g": "local", "x": 1, databay.InletKey: name}, out.pushes[0][1].Metadata())
		m := out.pushes[0][0].Metadata()
		m["g"] = "changed"
		require.Equal(t, "global", out.pushes[0][0].Text("g", ""))
	})
	bubble(t, "canceled transfer", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		var running, most atomic.Int64
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(slow(time.Hour, 1, &running, &most), slow(time.Hour, 1, &running, &most))})
		time.AfterFunc(time.Second, func() { cancel(errTest) })
		require.ErrorIs(t, l.Transfer(ctx), errTest)
		require.ErrorIs(t, l.Transfer(ctx), errTest)
	})
	bubble(t, "all errors are joined", func(t *testing.T) {
		other := errors.New("other")
		both := databay.Push(func(ctx context.Context, _ []databay.Record[int], _ databay.Update) error {
			<-ctx.Done() // fails with an error of its own, because of the first
			return other
		})
		first := databay.Push(func(context.Context, []databay.Record[int], databay.Update) error { return errTest })
		err := newLink(t, databay.LinkConfig[int]{Outlets: outs(both, first)}).Transfer(t.Context())
		require.ErrorIs(t, err, errTest)
		require.ErrorIs(t, err, other)
	})
	bubble(t, "goexit of an inlet is an error", func(t *testing.T) {
		exit := &metaInlet{exit: true}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](exit, &metaInlet{})})
		require.Error(t, l.Transfer(t.Context()))
	})
	bubble(t, "skip empty", func(t *testing.T) {
		out := &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed[int](nil, []int{1})), Outlets: outs[int](out), SkipEmpty: true})
		require.NoError(t, l.Transfer(t.Context()))
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [][]int{{1}}, out.all())
	})
	bubble(t, "transfers of one link do not overlap", func(t *testing.T) {
		var running, most atomic.Int64
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(slow(time.Second, 1, &running, &most))})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { require.NoError(t, l.Transfer(t.Context())) })
		}
		wg.Wait()
		require.EqualValues(t, 1, most.Load())
	})
	bubble(t, "inlets learn the outcome", func(t *testing.T) {
		in := &metaInlet{records: databay.Records(1)}
		out := &spy[int]{fail: errTest}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](in), Outlets: outs[int](out)})
		err := l.Transfer(t.Context())
		var te *databay.TransferError
		require.ErrorAs(t, err, &te)
		require.Zero(t, te.Undelivered, "the inlet can produce them again")
		out.setFail(nil)
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, []string{"rollback", "commit"}, in.told)
	})
}

type metaInlet struct {
	records []databay.Record[int]
	told    []string
	exit    bool
}

func (in *metaInlet) Pull(context.Context, databay.Update) ([]databay.Record[int], error) {
	if in.exit {
		goexit()
	}
	return slices.Clone(in.records), nil
}
func (in *metaInlet) String() string { return "meta" }
func (in *metaInlet) Commit(context.Context, databay.Update) error {
	in.told = append(in.told, "commit")
	return nil
}

func (in *metaInlet) Rollback(context.Context, databay.Update) error {
	in.told = append(in.told, "rollback")
	return nil
}
