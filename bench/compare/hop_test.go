package compare_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/bench/compare"
	"github.com/penstock/penstock/bench/hop"
)

func TestHopRelatesToTheReferenceAndToTheLimit(t *testing.T) {
	l, err := hop.Find("struct", hop.All())
	require.NoError(t, err)
	runs := 0
	o := compare.HopOptions{Rounds: 2, Shrink: 100_000, Before: func(int, int, string) { runs++ }}
	h, err := compare.Hop(t.Context(), l, 2, o)
	require.NoError(t, err)
	require.Equal(t, 3*len(l.Ways), runs, "two rounds and one that does not count")
	require.Equal(t, 2, h.Workers)
	require.Equal(t, 2, h.Rounds)
	require.Len(t, h.Rows, len(l.Ways))
	for i, r := range h.Rows {
		require.Equal(t, l.Ways[i].Name, r.Name)
		require.Equal(t, 100, r.Items, "the least that is measured")
		require.Positive(t, r.Time.Median)
		require.InEpsilon(t, 1e9, r.PerSecond()*r.Time.Median, 1e-9)
		switch r.Name {
		case h.Reference:
			require.Equal(t, 1.0, r.Ratio)
		case h.Limit:
			require.Equal(t, 1.0, r.OfLimit)
		}
	}
}

func TestStartsMeasuresEveryWay(t *testing.T) {
	l := hop.All()[0]
	starts, err := compare.Starts(t.Context(), l, 2, compare.HopOptions{Rounds: 1})
	require.NoError(t, err)
	require.Len(t, starts, len(l.Ways))
	for i, s := range starts {
		require.Equal(t, l.Ways[i].Name, s.Name)
		require.Equal(t, 2, s.Workers)
		require.Positive(t, s.Time.Median)
	}
}

func TestHopStopsWithTheContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	l := hop.All()[0]
	runs := 0
	o := compare.HopOptions{Rounds: 5, Shrink: 1_000_000, Before: func(int, int, string) {
		if runs++; runs == 2*len(l.Ways)+2 {
			cancel(cause)
		}
	}}
	h, err := compare.Hop(ctx, l, 1, o)
	require.ErrorIs(t, err, cause)
	require.Equal(t, 1, h.Rounds, "the complete ones")

	h, err = compare.Hop(ctx, l, 1, o)
	require.ErrorIs(t, err, cause)
	require.Empty(t, h.Rows)
	starts, err := compare.Starts(ctx, l, 1, o)
	require.ErrorIs(t, err, cause)
	require.Empty(t, starts)
}
