package t1_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t1"
)

func TestGoldenLinks(t *testing.T) {
	l := t1.NewLinker()
	for _, ids := range [][]int64{{1, 2, 3}, {3, 1, 2}, {2, 3, 1}} {
		require.EqualValues(t, 920685603, l.Link(ids), "%v", ids)
	}
	require.EqualValues(t, -558656237, l.Link([]int64{0}))
	require.EqualValues(t, 429869260, l.Link([]int64{10, 20, -5}))
	require.EqualValues(t, -693676928, l.Link([]int64{1, 2, 3, 4}))
	long := t1.Linker{HashSize: -64}
	require.EqualValues(t, 8902861408461024008, long.Link([]int64{1, 2, 3}))
	require.EqualValues(t, -9160110785769078758, long.Link([]int64{3, 2, 1}))
	require.EqualValues(t, 1<<32-558656237, t1.Linker{Sort: true, HashSize: 32}.Link([]int64{0}))
}

func TestLinkIsOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Int64(), 0, 200, rapid.ID[int64]).Draw(t, "ids")
		mixed := append([]int64(nil), ids...)
		rand.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		before := append([]int64(nil), mixed...)
		require.Equal(t, t1.NewLinker().Link(ids), t1.NewLinker().Link(mixed))
		require.Equal(t, before, mixed, "the ids are left as they are")
	})
}

func TestLinkerConfig(t *testing.T) {
	for _, size := range []int64{0, 16, 64, -16} {
		l := t1.NewLinker()
		require.ErrorContains(t, ampel.Decode(map[string]any{"hash_size": size}, &l), "hash_size")
	}
	l := t1.NewLinker()
	require.NoError(t, ampel.Decode(map[string]any{"hash_size": int64(-64), "sort": false}, &l))
	require.Equal(t, t1.Linker{HashSize: -64}, l)
}

func TestCombiners(t *testing.T) {
	points := []ampel.DataPoint{{ID: 1}, {ID: 2, Excl: ampel.Names("B")}, {ID: 3}}
	combine := func(build func(*ampel.Env, struct{}) (t1.Combiner, error), channel string) [][]int64 {
		c, err := build(&ampel.Env{}, struct{}{})
		require.NoError(t, err)
		states, err := c.Combine(context.Background(), ampel.Name(channel), points)
		require.NoError(t, err)
		var out [][]int64
		for _, s := range states {
			out = append(out, s.DPS)
		}
		return out
	}
	require.Equal(t, [][]int64{{1, 2, 3}}, combine(t1.NewSimple, "A"))
	require.Equal(t, [][]int64{{1, 3}}, combine(t1.NewSimple, "B"))
	require.Equal(t, [][]int64{{1}, {1, 2}, {1, 2, 3}}, combine(t1.NewSimpleRetro, "A"))
	require.Equal(t, [][]int64{{1}, {1, 3}}, combine(t1.NewSimpleRetro, "B"))
}
