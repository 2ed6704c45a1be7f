package databay_test

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/databay"
	"github.com/penstock/penstock/pl"
)

func TestBufferInLink(t *testing.T) {
	link := func(t *testing.T, b *databay.Buffer[int], out databay.Outlet[int], pulls ...[]int) *databay.Link[int] {
		return newLink(t, databay.LinkConfig[int]{Inlets: ins(feed(pulls...)), Outlets: outs(out), Processors: []databay.Processor[int]{b}})
	}
	transfer := func(t *testing.T, l *databay.Link[int], n int) {
		t.Helper()
		for range n {
			require.NoError(t, l.Transfer(t.Context()))
		}
	}
	eachBuffer(t, "BL-1 count", func(t *testing.T, b *databay.Buffer[int]) {
		out := &spy[int]{}
		transfer(t, link(t, b.Count(3), out, []int{1, 2}, []int{3, 4}), 2)
		require.Equal(t, [][]int{{}, {1, 2, 3, 4}}, out.all())
		require.Zero(t, b.Len())
	})
	eachBuffer(t, "BL-2 time", func(t *testing.T, b *databay.Buffer[int]) {
		out := &spy[int]{}
		l := link(t, b.Time(20*time.Millisecond), out, []int{1, 2}, []int{3, 4})
		transfer(t, l, 2)
		time.Sleep(20*time.Millisecond + 1)
		transfer(t, l, 1)
		require.Equal(t, [][]int{{}, {}, {1, 2, 3, 4}}, out.all())
	})
	eachBuffer(t, "BL-3 flush", func(t *testing.T, b *databay.Buffer[int]) {
		out := &spy[int]{}
		l := link(t, b.Count(100).Time(10*time.Second), out, []int{1, 2}, []int{3, 4})
		transfer(t, l, 2)
		l.Flush()
		transfer(t, l, 1)
		require.Equal(t, [][]int{{}, {}, {1, 2, 3, 4}}, out.all())
	})
	for _, drain := range []bool{false, true} {
		name := map[bool]string{false: "BL-4 planner without drain", true: "BL-4 planner drains"}[drain]
		eachBuffer(t, name, func(t *testing.T, b *databay.Buffer[int]) {
			n := 0
			in := databay.Pull(func(context.Context, databay.Update) ([]int, error) { n++; return []int{n}, nil })
			out := &spy[int]{}
			l := newLink(t, databay.LinkConfig[int]{
				Interval: 10 * time.Millisecond, Inlets: ins(in), Outlets: outs[int](out),
				Processors: []databay.Processor[int]{b.Count(1000)},
			})
			p, err := databay.NewPlanner(databay.PlannerConfig{Links: []databay.AnyLink{l}, NoDrain: !drain})
			require.NoError(t, err)
			require.NoError(t, p.Start(t.Context()))
			time.Sleep(105 * time.Millisecond)
			require.NoError(t, p.Shutdown(t.Context()))
			require.Equal(t, 11, n, "one at once and ten ticks")
			pushes := out.all()
			if drain {
				require.Equal(t, list(1, 11), pushes[len(pushes)-1])
				require.Zero(t, b.Len())
				return
			}
			for _, push := range pushes {
				require.Empty(t, push)
			}
			require.Equal(t, n, b.Len())
			require.NoError(t, p.ForceTransfer(t.Context()))
			pushes = out.all()
			require.Empty(t, pushes[len(pushes)-1])
			b.Flush()
			require.NoError(t, p.ForceTransfer(t.Context()))
			pushes = out.all()
			require.Equal(t, list(1, 13), pushes[len(pushes)-1])
		})
	}
	eachBuffer(t, "BL-5 place among processors", func(t *testing.T, b *databay.Buffer[int]) {
		times10 := databay.Map(func(_ context.Context, v int) (int, error) { return v * 10, nil })
		reverse := databay.ProcessorFunc[int](func(_ context.Context, rs []databay.Record[int]) ([]databay.Record[int], error) {
			var out []databay.Record[int]
			for i := range rs {
				out = append(out, rs[len(rs)-1-i])
			}
			return out, nil
		})
		out := &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{
			Inlets: ins(feed([]int{1}, []int{2}, []int{3})), Outlets: outs[int](out),
			Processors: []databay.Processor[int]{times10, b.Count(2), reverse},
		})
		transfer(t, l, 3)
		require.Equal(t, [][]int{{}, {}, {30, 20, 10}}, out.all())
	})
	for _, ignore := range []bool{true, false} {
		eachBuffer(t, "BL-6 failing outlet", func(t *testing.T, b *databay.Buffer[int]) {
			out, good := &spy[int]{fail: errTest}, &spy[int]{}
			l := newLink(t, databay.LinkConfig[int]{
				Inlets: ins(feed([]int{1}, []int{2}, []int{3})), Outlets: outs[int](out, good),
				Processors: []databay.Processor[int]{b.Count(1)}, IgnoreErrors: ignore, SkipEmpty: true, Sequential: true,
			})
			require.NoError(t, l.Transfer(t.Context()))
			err := l.Transfer(t.Context())
			require.Equal(t, !ignore, err != nil)
			require.Equal(t, [][]int{{1, 2}}, out.all())
			require.Equal(t, 2, b.Len(), "nothing is lost")
			out.setFail(nil)
			require.NoError(t, l.Transfer(t.Context()))
			require.Equal(t, [][]int{{1, 2}, {1, 2}}, out.all())
			require.Equal(t, 1, b.Len(), "the third is held")
			require.NoError(t, l.Drain(t.Context()))
			require.Equal(t, [][]int{{1, 2}, {1, 2}, {3}}, out.all())
		})
	}
	eachBuffer(t, "BL-7 in an outlet, with groupers", func(t *testing.T, b *databay.Buffer[int]) {
		out, other := &spy[int]{}, &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{
			Inlets: ins(feed(list(0, 5))), Groupers: []databay.Grouper[int]{databay.Chunk[int](2)},
			Outlets: outs(databay.Before[int](out, b.Count(3)), databay.Outlet[int](other)),
		})
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [][]int{{}, {0, 1, 2, 3}, {}}, out.all())
		require.Equal(t, [][]int{{0, 1}, {2, 3}, {4, 5}}, other.all())
		require.ErrorIs(t, l.RemoveOutlets(l.Outlets()[0]), databay.ErrInvalidNode, "it still has records")
		require.NoError(t, l.Drain(t.Context()))
		require.Equal(t, []int{4, 5}, out.all()[3])
		require.NoError(t, l.RemoveOutlets(l.Outlets()[0]))
	})
	eachBuffer(t, "drain reaches an outlet's buffer after a grouper without batches", func(t *testing.T, b *databay.Buffer[int]) {
		out := &spy[int]{}
		nonEmpty := func(_ context.Context, bs [][]databay.Record[int]) ([][]databay.Record[int], error) {
			if len(bs[0]) == 0 {
				return nil, nil
			}
			return bs, nil
		}
		l := newLink(t, databay.LinkConfig[int]{
			Inlets: ins(feed([]int{1})), Groupers: []databay.Grouper[int]{nonEmpty},
			Outlets: outs(databay.Before[int](out, b.Count(3))),
		})
		transfer(t, l, 1)
		require.NoError(t, l.Drain(t.Context()))
		require.Equal(t, [][]int{{}, {1}}, out.all())
	})
	eachBuffer(t, "outlet's buffer keeps what its outlet refuses", func(t *testing.T, b *databay.Buffer[int]) {
		out := &spy[int]{fail: errTest}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed([]int{1, 2})), Outlets: outs(databay.Before[int](out, b.Count(1))), IgnoreErrors: true})
		transfer(t, l, 1)
		require.Equal(t, 2, b.Len())
		out.setFail(nil)
		transfer(t, l, 1)
		require.Equal(t, [][]int{{1, 2}, {1, 2}}, out.all())
		require.Zero(t, b.Len())
	})
	eachBuffer(t, "timer", func(t *testing.T, b *databay.Buffer[int]) {
		out := &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{
			Interval: time.Hour, Inlets: ins(feed([]int{1})), Outlets: outs[int](out), SkipEmpty: true,
			Processors: []databay.Processor[int]{b.Time(time.Minute).Timer()},
		})
		p, err := databay.NewPlanner(databay.PlannerConfig{Links: []databay.AnyLink{l}})
		require.NoError(t, err)
		require.NoError(t, p.Start(t.Context()))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Empty(t, out.all())
		time.Sleep(time.Millisecond)
		require.Equal(t, [][]int{{1}}, out.all())
		require.NoError(t, p.Shutdown(t.Context()))
	})
	eachBuffer(t, "full buffer stops the pulling", func(t *testing.T, b *databay.Buffer[int]) {
		out := &spy[int]{fail: errTest}
		l := newLink(t, databay.LinkConfig[int]{
			Inlets: ins(feed([]int{1, 2}, []int{3})), Outlets: outs[int](out), SkipEmpty: true, IgnoreErrors: true,
			Processors: []databay.Processor[int]{b.Time(0).Limit(2, databay.Block)},
		})
		transfer(t, l, 1)
		time.Sleep(time.Second)
		transfer(t, l, 3)
		require.EqualValues(t, 2, l.Stats().Pulled)
		out.setFail(nil)
		transfer(t, l, 2)
		require.EqualValues(t, 3, l.Stats().Pulled)
		require.Equal(t, 1, b.Len())
	})
	eachBuffer(t, "goexit of an outlet", func(t *testing.T, b *databay.Buffer[int]) {
		out := &spy[int]{hook: func(context.Context, []databay.Record[int]) error { goexit(); return nil }}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed([]int{1, 2})), Outlets: outs[int](out), Processors: []databay.Processor[int]{b.Count(1)}})
		require.ErrorIs(t, l.Transfer(t.Context()), pl.ErrGoexit)
		require.Equal(t, []int{1, 2}, databay.Payloads(b.Records()))
		out.hook = nil
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [][]int{{1, 2}, {1, 2}}, out.all())
	})
	bubble(t, "memory after durable is refused", func(t *testing.T) {
		d, err := databay.OpenBuffer[int](filepath.Join(t.TempDir(), "b"), nil)
		require.NoError(t, err)
		defer d.Close()
		m := databay.NewBuffer[int]().Count(1)
		_, err = databay.NewLink(databay.LinkConfig[int]{Interval: 1, Processors: []databay.Processor[int]{d.Count(1), m}})
		require.ErrorIs(t, err, databay.ErrInvalidBuffer)
		_, err = databay.NewLink(databay.LinkConfig[int]{
			Interval: 1, Processors: []databay.Processor[int]{d},
			Outlets: outs(databay.Before[int](&spy[int]{}, m)),
		})
		require.ErrorIs(t, err, databay.ErrInvalidBuffer)
		_, err = databay.NewLink(databay.LinkConfig[int]{Interval: 1, Processors: []databay.Processor[int]{m, d}})
		require.NoError(t, err)
	})
	bubble(t, "stats", func(t *testing.T) {
		out := &spy[int]{}
		b := databay.NewBuffer[int]().Count(3)
		l := link(t, b, out, []int{1, 2}, []int{3, 4}, []int{5})
		transfer(t, l, 3)
		time.Sleep(time.Second)
		s := l.Stats()
		require.Equal(t, []int64{3, 5, 5, 4, 4, 0, 0}, []int64{s.Transfers, s.Pulled, s.Stored, s.Released, s.Pushed, s.Failed, s.Failures})
		require.Equal(t, 1, s.Depth)
		require.Equal(t, time.Second, s.OldestAge)
		require.False(t, s.LastSuccess.IsZero())
		require.Contains(t, s.LogValue().String(), "pulled=5")
	})
}

func TestKeyed(t *testing.T) {
	type tick struct {
		Symbol string
		Price  int
	}
	bySymbol := func(r databay.Record[tick]) string { return r.Payload.Symbol }
	a, b := func(n int) tick { return tick{"a", n} }, func(n int) tick { return tick{"b", n} }
	bubble(t, "one buffer per key", func(t *testing.T) {
		k := databay.NewKeyed(bySymbol, func(string) (*databay.Buffer[tick], error) { return databay.NewBuffer[tick]().Count(1), nil })
		out := &spy[tick]{fail: errTest}
		l := newLink(t, databay.LinkConfig[tick]{
			Inlets: ins(feed([]tick{a(1), b(1)}, []tick{b(2), a(2), b(3)}, []tick{a(3)})), Outlets: outs[tick](out),
			Processors: []databay.Processor[tick]{k}, IgnoreErrors: true, SkipEmpty: true,
		})
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, []string{"a", "b"}, k.Keys())
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [][]tick{{a(1), a(2), b(1), b(2), b(3)}}, out.all())
		require.Equal(t, 5, k.Len(), "the outlet failed")
		out.setFail(nil)
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, 1, k.Len())
		require.NoError(t, l.Drain(t.Context()))
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, []tick{a(3)}, out.all()[2])
		require.Empty(t, k.Keys(), "nothing held, nothing kept")
		require.EqualValues(t, 6, l.Stats().Stored)
	})
	t.Run("durable parts of one store", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store")
		open := func() (*databay.Store, *databay.Keyed[tick, string]) {
			s, err := databay.OpenStore(path)
			require.NoError(t, err)
			names, err := s.Names()
			require.NoError(t, err)
			return s, databay.NewKeyed(bySymbol, func(key string) (*databay.Buffer[tick], error) {
				b, err := databay.OpenBufferIn[tick](s, key, nil)
				if err == nil {
					b.Count(10)
				}
				return b, err
			}, names...)
		}
		s, k := open()
		_, err := k.Process(t.Context(), databay.Records(a(1), b(1), a(2)))
		require.NoError(t, err)
		require.NoError(t, s.Close())
		s, k = open()
		require.Equal(t, 3, k.Len())
		k.Flush()
		rs, err := k.Process(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, []tick{a(1), a(2), b(1)}, databay.Payloads(rs))
		require.NoError(t, s.Close())
	})
	bubble(t, "key without a buffer", func(t *testing.T) {
		k := databay.NewKeyed(bySymbol, func(key string) (*databay.Buffer[tick], error) {
			if key == "b" {
				return nil, errTest
			}
			return databay.NewBuffer[tick]().Count(5), nil
		})
		out := &spy[tick]{}
		l := newLink(t, databay.LinkConfig[tick]{
			Inlets: ins(feed([]tick{a(1), b(1)})), Outlets: outs[tick](out),
			Processors: []databay.Processor[tick]{k}, IgnoreErrors: true,
		})
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [][]tick{{b(1)}}, out.all(), "what cannot be held is not lost")
		require.Equal(t, 1, k.Len())
	})
}
