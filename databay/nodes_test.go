package databay_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/databay"
)

func goexit() { runtime.Goexit() }

type valueInlet struct{ _ int }

func (valueInlet) Pull(context.Context, databay.Update) ([]databay.Record[int], error) {
	return nil, nil
}

type emptyInlet struct{}

func (*emptyInlet) Pull(context.Context, databay.Update) ([]databay.Record[int], error) {
	return nil, nil
}

func TestLinkNodes(t *testing.T) {
	bubble(t, "N-01 N-02 N-03 inlets", func(t *testing.T) {
		a, b, c := &hookedInlet{}, &hookedInlet{}, &hookedInlet{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](a)})
		require.NoError(t, l.AddInlets(b, c))
		require.Equal(t, ins[int](a, b, c), l.Inlets())
		var null *hookedInlet
		for _, bad := range []databay.Inlet[int]{b, nil, null, valueInlet{}, &emptyInlet{}} {
			require.ErrorIs(t, l.AddInlets(&hookedInlet{}, bad), databay.ErrInvalidNode)
		}
		x := &hookedInlet{}
		require.ErrorIs(t, l.AddInlets(x, x), databay.ErrInvalidNode)
		require.Equal(t, ins[int](a, b, c), l.Inlets(), "all or nothing")
		require.ErrorIs(t, l.RemoveInlets(a, x), databay.ErrInvalidNode)
		require.Equal(t, ins[int](a, b, c), l.Inlets(), "all or nothing")
		require.NoError(t, l.RemoveInlets(b))
		require.Equal(t, ins[int](a, c), l.Inlets())
	})
	bubble(t, "N-04 outlets", func(t *testing.T) {
		a, b, c := &hookedOutlet{}, &hookedOutlet{}, &hookedOutlet{}
		l := newLink(t, databay.LinkConfig[int]{Outlets: outs[int](a)})
		require.NoError(t, l.AddOutlets(b, c))
		require.Equal(t, outs[int](a, b, c), l.Outlets())
		for _, bad := range []databay.Outlet[int]{b, nil, databay.Before[int](nil), databay.Before[int](&hookedOutlet{}, nil)} {
			require.ErrorIs(t, l.AddOutlets(&hookedOutlet{}, bad), databay.ErrInvalidNode)
		}
		require.ErrorIs(t, l.RemoveOutlets(a, &hookedOutlet{}), databay.ErrInvalidNode)
		require.Equal(t, outs[int](a, b, c), l.Outlets())
		require.NoError(t, l.RemoveOutlets(b))
		require.Equal(t, outs[int](a, c), l.Outlets())
	})
	bubble(t, "N-05 intervals", func(t *testing.T) {
		require.Equal(t, 1500*time.Millisecond, newLink(t, databay.LinkConfig[int]{Interval: 1500 * time.Millisecond}).Interval())
		for _, cfg := range []databay.LinkConfig[int]{
			{},
			{Interval: -1},
			{Interval: 1, Schedule: databay.Every(1)},
			{Interval: 1, InletConcurrency: -1},
			{Interval: 1, Overlap: 9},
			{Interval: 1, Processors: []databay.Processor[int]{nil}},
			{Interval: 1, Groupers: []databay.Grouper[int]{nil}},
		} {
			_, err := databay.NewLink(cfg)
			require.ErrorIs(t, err, databay.ErrInvalidLink)
		}
	})
	bubble(t, "N-06 tags", func(t *testing.T) {
		require.Equal(t, []string{"a", "b"}, newLink(t, databay.LinkConfig[int]{Tags: []string{"a", "b"}}).Tags())
		require.Empty(t, newLink(t, databay.LinkConfig[int]{}).Tags())
	})
	bubble(t, "N-07 N-08 start and shutdown", func(t *testing.T) {
		in, out, was := &hookedInlet{}, &hookedOutlet{}, &hookedOutlet{}
		require.NoError(t, databay.TryStart(t.Context(), was))
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](in), Outlets: outs[int](out, was)})
		require.False(t, databay.Active(in))
		require.NoError(t, l.OnStart(t.Context()))
		require.NoError(t, l.OnStart(t.Context()))
		require.True(t, databay.Active(in))
		require.True(t, databay.Active(out))
		require.Equal(t, [2]int{1, 0}, in.counts())
		require.Equal(t, [2]int{1, 0}, was.counts(), "was active")
		require.NoError(t, l.OnShutdown(t.Context()))
		require.NoError(t, l.OnShutdown(t.Context()))
		require.False(t, databay.Active(in))
		require.Equal(t, [2]int{1, 1}, in.counts())
		require.True(t, databay.Active(was), "somebody else started it")
		require.NoError(t, databay.TryShutdown(t.Context(), was))
		require.Equal(t, [2]int{1, 1}, was.counts())
	})
	bubble(t, "N-09 inlet start error", func(t *testing.T) {
		for _, ignore := range []bool{false, true} {
			in, out := &hookedInlet{hooked{startErr: errTest}}, &hookedOutlet{}
			l := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](in), Outlets: outs[int](out), IgnoreErrors: ignore})
			err := l.OnStart(t.Context())
			if ignore {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, errTest)
			}
			require.False(t, databay.Active(in))
			require.Equal(t, ignore, databay.Active(out))
			require.NoError(t, l.OnShutdown(t.Context()))
		}
	})
	bubble(t, "N-10 outlet start error", func(t *testing.T) {
		for _, ignore := range []bool{false, true} {
			a, b := &hookedOutlet{hooked{startErr: errTest}}, &hookedOutlet{}
			l := newLink(t, databay.LinkConfig[int]{Outlets: outs[int](a, b), IgnoreErrors: ignore})
			err := l.OnStart(t.Context())
			require.Equal(t, !ignore, err != nil)
			require.Equal(t, ignore, databay.Active(b))
			require.NoError(t, l.OnShutdown(t.Context()))
		}
	})
	bubble(t, "N-11 shutdown errors are joined and all nodes shut down", func(t *testing.T) {
		other := errors.New("other")
		in, a, b := &hookedInlet{hooked{stopErr: errTest}}, &hookedOutlet{hooked{stopErr: other}}, &hookedOutlet{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](in), Outlets: outs[int](a, b)})
		require.NoError(t, l.OnStart(t.Context()))
		err := l.OnShutdown(t.Context())
		require.ErrorIs(t, err, errTest)
		require.ErrorIs(t, err, other)
		require.Equal(t, [2]int{1, 1}, b.counts())
		require.False(t, databay.Active(in))
	})
	bubble(t, "N-12 remove all by the link's own list", func(t *testing.T) {
		var list []databay.Inlet[int]
		for range 5 {
			list = append(list, &hookedInlet{})
		}
		l := newLink(t, databay.LinkConfig[int]{Inlets: list})
		require.NoError(t, l.RemoveInlets(l.Inlets()...))
		require.Empty(t, l.Inlets())
	})
	bubble(t, "nodes that come and go in a running link", func(t *testing.T) {
		a, b := &hookedInlet{}, &hookedInlet{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](a)})
		require.NoError(t, l.OnStart(t.Context()))
		require.NoError(t, l.AddInlets(b))
		require.NoError(t, l.RemoveInlets(a))
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [2]int{1, 1}, a.counts())
		require.Equal(t, [2]int{1, 0}, b.counts())
		require.NoError(t, l.OnShutdown(t.Context()))
		require.Equal(t, [2]int{1, 1}, b.counts())
	})
	bubble(t, "node removed just before the shutdown", func(t *testing.T) {
		a := &hookedInlet{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](a)})
		require.NoError(t, l.OnStart(t.Context()))
		require.NoError(t, l.RemoveInlets(a))
		require.NoError(t, l.OnShutdown(t.Context()))
		require.Equal(t, [2]int{1, 1}, a.counts())
	})
	bubble(t, "failed start is tried again", func(t *testing.T) {
		in := &hookedInlet{hooked{startErr: errTest}}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins[int](in)})
		require.Error(t, l.OnStart(t.Context()))
		require.ErrorIs(t, l.Transfer(t.Context()), errTest)
		in.mu.Lock()
		in.startErr = nil
		in.mu.Unlock()
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [2]int{3, 0}, in.counts())
		require.NoError(t, l.OnShutdown(t.Context()))
	})
	bubble(t, "buffers in two places", func(t *testing.T) {
		b := databay.NewBuffer[int]().Count(1)
		cfg := databay.LinkConfig[int]{Interval: 1, Processors: []databay.Processor[int]{b}}
		_, err := databay.NewLink(databay.LinkConfig[int]{Interval: 1, Processors: []databay.Processor[int]{b, b}})
		require.ErrorIs(t, err, databay.ErrSharedBuffer)
		_, err = databay.NewLink(databay.LinkConfig[int]{Processors: cfg.Processors})
		require.ErrorIs(t, err, databay.ErrInvalidLink)
		newLink(t, cfg)
		_, err = databay.NewLink(cfg)
		require.ErrorIs(t, err, databay.ErrSharedBuffer)
		_, err = databay.NewLink(databay.LinkConfig[int]{Interval: 1, Outlets: outs(databay.Before[int](&hookedOutlet{}, b))})
		require.ErrorIs(t, err, databay.ErrSharedBuffer)
		_, err = databay.NewLink(databay.LinkConfig[int]{Interval: 1, Processors: []databay.Processor[int]{databay.NewBuffer[int]()}})
		require.ErrorIs(t, err, databay.ErrNoController)
	})
}

func TestLifecycle(t *testing.T) {
	bubble(t, "I-5 O-2 start once", func(t *testing.T) {
		n := &hookedOutlet{}
		require.False(t, databay.Active(n))
		require.NoError(t, databay.TryStart(t.Context(), n))
		require.NoError(t, databay.TryStart(t.Context(), n))
		require.True(t, databay.Active(n))
		require.Equal(t, [2]int{1, 0}, n.counts())
		require.NoError(t, databay.TryShutdown(t.Context(), n))
	})
	bubble(t, "I-6 O-2 shutdown once", func(t *testing.T) {
		n := &hookedInlet{}
		require.NoError(t, databay.TryShutdown(t.Context(), n))
		require.Equal(t, [2]int{0, 0}, n.counts())
		require.NoError(t, databay.TryStart(t.Context(), n))
		require.NoError(t, databay.TryShutdown(t.Context(), n))
		require.NoError(t, databay.TryShutdown(t.Context(), n))
		require.False(t, databay.Active(n))
		require.Equal(t, [2]int{1, 1}, n.counts())
	})
	bubble(t, "I-7 O-2 ten at once", func(t *testing.T) {
		n := &hookedInlet{}
		for _, f := range []func(context.Context, any) error{databay.TryStart, databay.TryShutdown} {
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() { require.NoError(t, f(t.Context(), n)) })
			}
			wg.Wait()
		}
		require.Equal(t, [2]int{1, 1}, n.counts())
	})
	bubble(t, "hooks that panic", func(t *testing.T) {
		n := &panicker{}
		var pe *databay.PanicError
		require.ErrorAs(t, databay.TryStart(t.Context(), n), &pe)
		require.False(t, databay.Active(n))
		n.ok = true
		require.NoError(t, databay.TryStart(t.Context(), n))
		n.ok = false
		require.ErrorAs(t, databay.TryShutdown(t.Context(), n), &pe)
		require.False(t, databay.Active(n))
	})
	bubble(t, "wrapped nodes start with their wrapper", func(t *testing.T) {
		in, out := &hookedInlet{}, &hookedOutlet{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(databay.WithMetadata[int](in, nil)), Outlets: outs(databay.Before[int](out))})
		require.NoError(t, l.OnStart(t.Context()))
		require.NoError(t, l.OnShutdown(t.Context()))
		require.Equal(t, [2]int{1, 1}, in.counts())
		require.Equal(t, [2]int{1, 1}, out.counts())
	})
}

type panicker struct{ ok bool }

func (p *panicker) OnStart(context.Context) error {
	if !p.ok {
		panic("start")
	}
	return nil
}

func (p *panicker) OnShutdown(context.Context) error { panic("stop") }

func TestInlet(t *testing.T) {
	r := databay.NewRecord[any](5, databay.Metadata{"k": 1})
	pull := func(t *testing.T, v any) []databay.Record[any] {
		in := databay.PullAny(func(context.Context, databay.Update) (any, error) { return v, nil })
		rs, err := databay.PullRecords(t.Context(), in, databay.Update{})
		require.NoError(t, err)
		return rs
	}
	for _, c := range []struct {
		id   string
		v    any
		want []any
	}{
		{"I-1 number", 1, []any{1}},
		{"I-1 text", "one", []any{"one"}},
		{"I-2 record", r, []any{5}},
		{"I-3 list of raw", []int{1, 2}, []any{1, 2}},
		{"I-3 list of records", []databay.Record[any]{r, r}, []any{5, 5}},
		{"I-4 three", []any{1, "b", nil}, []any{1, "b", nil}},
		{"I-8 nothing this time", []any{}, []any{}},
		{"I-8 none", nil, []any{nil}},
		{"I-8 map", map[string]int{"a": 1}, []any{map[string]int{"a": 1}}},
		{"I-8 array", [2]int{1, 2}, []any{[2]int{1, 2}}},
		{"I-8 bytes", []byte("ab"), []any{[]byte("ab")}},
		{"I-8 list of a list", []any{[]int{1, 2}}, []any{[]int{1, 2}}},
		{"I-8 raw and record", []any{1, r}, []any{1, 5}},
		{"I-8 record and raw", []any{r, 1}, []any{5, 1}},
	} {
		t.Run(c.id, func(t *testing.T) { require.Equal(t, c.want, databay.Payloads(pull(t, c.v))) })
	}
	t.Run("I-2 I-3 records keep their metadata", func(t *testing.T) {
		for _, v := range []any{r, []any{r}, []databay.Record[any]{r}} {
			require.Equal(t, databay.Metadata{"k": 1, databay.InletKey: "Pull"}, pull(t, v)[0].Metadata())
		}
	})
	t.Run("error", func(t *testing.T) {
		_, err := databay.PullRecords(t.Context(), databay.PullAny(func(context.Context, databay.Update) (any, error) { return 1, errTest }), databay.Update{})
		require.ErrorIs(t, err, errTest)
	})
}

func TestOutlet(t *testing.T) {
	bubble(t, "O-1 push", func(t *testing.T) {
		out := &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed([]int{1, 2})), Outlets: outs[int](out)})
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [][]int{{1, 2}}, out.all())
	})
}
