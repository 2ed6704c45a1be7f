package databay_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/databay"
)

func shape[T any](batches [][]databay.Record[T]) [][]T {
	out := [][]T{}
	for _, b := range batches {
		out = append(out, append([]T{}, databay.Payloads(b)...))
	}
	return out
}

func seen(saw *[][][]int, g databay.Grouper[int]) databay.Grouper[int] {
	return func(ctx context.Context, bs [][]databay.Record[int]) ([][]databay.Record[int], error) {
		*saw = append(*saw, shape(bs))
		return g(ctx, bs)
	}
}

func same(_ context.Context, bs [][]databay.Record[int]) ([][]databay.Record[int], error) {
	return bs, nil
}

func badGrouper(context.Context, [][]databay.Record[int]) ([][]databay.Record[int], error) {
	return nil, errTest
}

func TestGroupers(t *testing.T) {
	halves, singles := databay.Chunk[int](2), databay.Chunk[int](1)
	run := func(t *testing.T, in []int, ignore bool, g ...databay.Grouper[int]) (*spy[int], error) {
		out := &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed(in)), Outlets: outs[int](out), Groupers: g, IgnoreErrors: ignore, CheckGroupers: len(g) > 0 && !ignore})
		return out, l.Transfer(t.Context())
	}
	bubble(t, "G-1 identity", func(t *testing.T) {
		var saw [][][]int
		out, err := run(t, list(1, 4), false, seen(&saw, same))
		require.NoError(t, err)
		require.Equal(t, [][][]int{{{1, 2, 3, 4}}}, saw)
		require.Equal(t, [][]int{{1, 2, 3, 4}}, out.all())
	})
	bubble(t, "G-2 halves", func(t *testing.T) {
		out, err := run(t, list(1, 4), false, halves)
		require.NoError(t, err)
		require.Equal(t, [][]int{{1, 2}, {3, 4}}, out.all())
	})
	bubble(t, "G-3 halves, then singles", func(t *testing.T) {
		var saw [][][]int
		out, err := run(t, list(1, 4), false, halves, seen(&saw, singles))
		require.NoError(t, err)
		require.Equal(t, [][][]int{{{1, 2}, {3, 4}}}, saw)
		require.Equal(t, [][]int{{1}, {2}, {3}, {4}}, out.all())
	})
	bubble(t, "G-4 raises", func(t *testing.T) {
		out, err := run(t, list(1, 4), false, badGrouper)
		require.ErrorIs(t, err, errTest)
		require.Empty(t, out.all())
	})
	bubble(t, "G-5 raises, ignored", func(t *testing.T) {
		var saw [][][]int
		out, err := run(t, list(1, 4), true, badGrouper, seen(&saw, halves))
		require.NoError(t, err)
		require.Equal(t, [][][]int{{{1, 2, 3, 4}}}, saw)
		require.Equal(t, [][]int{{1, 2}, {3, 4}}, out.all())
	})
	bubble(t, "G-6 batch after batch", func(t *testing.T) {
		log := &events{}
		to := func(name string) databay.Outlet[int] {
			return databay.Push(func(_ context.Context, rs []databay.Record[int], _ databay.Update) error {
				log.add(name)
				return nil
			})
		}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed(list(0, 5))), Outlets: outs(to("A"), to("B")), Sequential: true, Groupers: []databay.Grouper[int]{halves}})
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, []string{"A", "B", "A", "B", "A", "B"}, log.all())
	})
	bubble(t, "G-7 nothing", func(t *testing.T) {
		none := func(context.Context, [][]databay.Record[int]) ([][]databay.Record[int], error) { return nil, nil }
		out, err := run(t, nil, false, none)
		require.NoError(t, err)
		require.Empty(t, out.all())
		out, err = run(t, nil, false)
		require.NoError(t, err)
		require.Equal(t, [][]int{{}}, out.all())
	})
	t.Run("G-8 by name", func(t *testing.T) {
		type item struct {
			name  string
			value int
		}
		in := databay.Records(item{"a", 1}, item{"a", 2}, item{"b", 3}, item{"b", 4})
		byName := databay.ByKey(func(r databay.Record[item]) string { return r.Payload.name })
		out, err := byName(t.Context(), [][]databay.Record[item]{in})
		require.NoError(t, err)
		require.Equal(t, [][]item{{{"a", 1}, {"a", 2}}, {{"b", 3}, {"b", 4}}}, shape(out))
		require.NoError(t, databay.CheckGroupers(t.Context(), in, byName))
	})
	t.Run("G-9 law", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			groupers := map[string]databay.Grouper[int]{
				"key":      databay.ByKey(func(r databay.Record[int]) int { return r.Payload % 3 }),
				"metadata": databay.ByMetadata[int]("parity"),
				"inlet":    databay.ByInlet[int](),
				"chunk":    databay.Chunk[int](rapid.IntRange(1, 4).Draw(rt, "n")),
			}
			draw := func(label string) [][]databay.Record[int] {
				bs := [][]databay.Record[int]{}
				for _, vs := range rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 9), 0, 5), 0, 4).Draw(rt, label) {
					b := []databay.Record[int]{}
					for _, v := range vs {
						b = append(b, databay.NewRecord(v, databay.Metadata{"parity": v%2 == 0}))
					}
					bs = append(bs, b)
				}
				return bs
			}
			a, b := draw("a"), draw("b")
			for name, g := range groupers {
				ga, err := g(t.Context(), a)
				require.NoError(rt, err)
				gb, err := g(t.Context(), b)
				require.NoError(rt, err)
				gab, err := g(t.Context(), slices.Concat(a, b))
				require.NoError(rt, err)
				require.Equal(rt, shape(slices.Concat(ga, gb)), shape(gab), name)
				require.NoError(rt, databay.CheckGroupers(t.Context(), slices.Concat(a...), g), name)
			}
		})
	})
	t.Run("ready-made ones", func(t *testing.T) {
		rs := []databay.Record[int]{
			databay.NewRecord(1, databay.Metadata{"k": 1}), databay.NewRecord(2, databay.Metadata{"k": "1"}),
			databay.NewRecord(3, nil), databay.NewRecord(4, databay.Metadata{"k": 1}),
		}
		out, err := databay.ByMetadata[int]("k")(t.Context(), [][]databay.Record[int]{rs, {}})
		require.NoError(t, err)
		require.Equal(t, [][]int{{1, 4}, {2}, {3}, {}}, shape(out))
		_, err = databay.Chunk[int](0)(t.Context(), nil)
		require.Error(t, err)
	})
	bubble(t, "by inlet", func(t *testing.T) {
		a := databay.WithMetadata(feed([]int{1, 2}), databay.Metadata{"n": 1})
		b := databay.WithMetadata(feed([]int{3}), databay.Metadata{"n": 2})
		out := &spy[int]{}
		l := newLink(t, databay.LinkConfig[int]{Inlets: ins(a, b), Outlets: outs[int](out), Groupers: []databay.Grouper[int]{databay.ByInlet[int]()}})
		require.NoError(t, l.Transfer(t.Context()))
		require.Equal(t, [][]int{{1, 2}, {3}}, out.all())
	})
}

func TestCheckGroupers(t *testing.T) {
	type R = databay.Record[[]int]
	bad := map[string]databay.Grouper[[]int]{
		"loses":   func(_ context.Context, bs [][]R) ([][]R, error) { return nil, nil },
		"doubles": func(_ context.Context, bs [][]R) ([][]R, error) { return append(slices.Clone(bs), bs...), nil },
		"invents": func(_ context.Context, bs [][]R) ([][]R, error) {
			return append(slices.Clone(bs), databay.Records([]int{9})), nil
		},
		"changes": func(_ context.Context, bs [][]R) ([][]R, error) {
			out := [][]R{}
			for _, b := range bs {
				b = slices.Clone(b)
				for i := range b {
					b[i].Payload = nil
				}
				out = append(out, b)
			}
			return out, nil
		},
		"reorders its input": func(_ context.Context, bs [][]R) ([][]R, error) {
			out := [][]R{}
			for _, b := range bs {
				out = append(out, slices.Clone(b))
				slices.Reverse(b)
			}
			return out, nil
		},
		"panics": func(_ context.Context, bs [][]R) ([][]R, error) { return [][]R{bs[0]}, nil },
	}
	rs := databay.Records([]int{1}, []int{2}, []int{2})
	for name, g := range bad {
		t.Run(name, func(t *testing.T) {
			err := databay.CheckGroupers(t.Context(), rs, g)
			require.Error(t, err)
			if name != "panics" {
				require.ErrorIs(t, err, databay.ErrGrouper)
			}
		})
	}
	bubble(t, "in a link", func(t *testing.T) {
		l := newLink(t, databay.LinkConfig[[]int]{Inlets: ins(feed([][]int{{1}})), Groupers: []databay.Grouper[[]int]{bad["loses"]}, CheckGroupers: true})
		require.ErrorIs(t, l.Transfer(t.Context()), databay.ErrGrouper)
	})
}
