package databay_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/databay"
)

func watched(saw *[][]int, p databay.Processor[int]) databay.Processor[int] {
	return databay.ProcessorFunc[int](func(ctx context.Context, rs []databay.Record[int]) ([]databay.Record[int], error) {
		*saw = append(*saw, databay.Payloads(rs))
		return p.Process(ctx, rs)
	})
}

var (
	identity = databay.Map(func(_ context.Context, v int) (int, error) { return v, nil })
	square   = databay.Map(func(_ context.Context, v int) (int, error) { return v * v, nil })
	negate   = databay.Map(func(_ context.Context, v int) (int, error) { return -v, nil })
	over2    = databay.Filter(func(_ context.Context, r databay.Record[int]) (bool, error) { return r.Payload > 2, nil })
	even     = databay.Filter(func(_ context.Context, r databay.Record[int]) (bool, error) { return r.Payload%2 == 0, nil })
	raises   = databay.Map(func(context.Context, int) (int, error) { return 0, errTest })
	panics   = databay.Filter(func(context.Context, databay.Record[int]) (bool, error) { panic(errTest) })
)

func TestProcessors(t *testing.T) {
	for _, c := range []struct {
		id         string
		in         []int
		processors []databay.Processor[int]
		saw        [][]int
		want       []int
	}{
		{"P-1", []int{2, 3}, []databay.Processor[int]{identity}, [][]int{{2, 3}}, []int{2, 3}},
		{"P-2", []int{2, 3}, []databay.Processor[int]{identity, identity}, [][]int{{2, 3}, {2, 3}}, []int{2, 3}},
		{"P-3", []int{2, 3}, []databay.Processor[int]{square, negate}, [][]int{{2, 3}, {4, 9}}, []int{-4, -9}},
		{"P-4", []int{2, 3, 4}, []databay.Processor[int]{over2, even}, [][]int{{2, 3, 4}, {3, 4}}, []int{4}},
	} {
		var saw [][]int
		var watchers []databay.Processor[int]
		for _, p := range c.processors {
			watchers = append(watchers, watched(&saw, p))
		}
		bubble(t, c.id+" in the link", func(t *testing.T) {
			saw = nil
			out := &spy[int]{}
			l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed(c.in)), Outlets: outs[int](out), Processors: watchers})
			require.NoError(t, l.Transfer(t.Context()))
			require.Equal(t, c.saw, saw)
			require.Equal(t, [][]int{c.want}, out.all())
		})
		bubble(t, "P-7 "+c.id+" in one outlet", func(t *testing.T) {
			saw = nil
			out, other := &spy[int]{}, &spy[int]{}
			l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed(c.in)), Outlets: outs(databay.Before[int](out, watchers...), databay.Outlet[int](other))})
			require.NoError(t, l.Transfer(t.Context()))
			require.Equal(t, c.saw, saw)
			require.Equal(t, [][]int{c.want}, out.all())
			require.Equal(t, [][]int{c.in}, other.all())
		})
	}
	for _, bad := range []databay.Processor[int]{raises, panics} {
		bubble(t, "P-5 raises", func(t *testing.T) {
			out := &spy[int]{}
			l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed([]int{2, 3})), Outlets: outs[int](out), Processors: []databay.Processor[int]{bad}})
			err := l.Transfer(t.Context())
			require.ErrorIs(t, err, errTest)
			var te *databay.TransferError
			require.ErrorAs(t, err, &te)
			require.Equal(t, 2, te.Undelivered)
			require.Empty(t, out.all())
		})
		bubble(t, "P-6 raises, ignored", func(t *testing.T) {
			var saw [][]int
			logger, text := logTo()
			out := &spy[int]{}
			l := newLink(t, databay.LinkConfig[int]{
				Inlets: ins(feed([]int{2, 3})), Outlets: outs[int](out), IgnoreErrors: true, Logger: logger,
				Processors: []databay.Processor[int]{bad, watched(&saw, square)},
			})
			require.NoError(t, l.Transfer(t.Context()))
			require.Equal(t, [][]int{{2, 3}}, saw)
			require.Equal(t, [][]int{{4, 9}}, out.all())
			require.Contains(t, text.String(), errTest.Error())
		})
		bubble(t, "P-8 raises in one outlet, ignored", func(t *testing.T) {
			out, other := &spy[int]{}, &spy[int]{}
			l := newLink(t, databay.LinkConfig[int]{
				Inlets: ins(feed([]int{2, 3})), IgnoreErrors: true,
				Outlets: outs(databay.Before[int](out, bad), databay.Outlet[int](other)),
			})
			require.NoError(t, l.Transfer(t.Context()))
			require.Empty(t, out.all())
			require.Equal(t, [][]int{{2, 3}}, other.all())
		})
	}
}
