package process_test

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

func echo[T any](_ context.Context, v T) (T, error) { return v, nil }

var (
	echoBytes  = pl.Register(echo[[]byte], pl.As("echo bytes"))
	echoShape  = pl.Register(echo[Shape], pl.As("echo shape"))
	echoNone   = pl.Register(echo[pl.None], pl.As("echo none"))
	echoFloat  = pl.Register(echo[float64], pl.As("echo float"))
	echoTime   = pl.Register(echo[time.Time], pl.As("echo time"))
	echoString = pl.Register(echo[string], pl.As("echo string"))
	echoMap    = pl.Register(echo[map[string][]int], pl.As("echo map"))
	echoSmall  = pl.Register(echo[uint8], pl.As("echo uint8"))
)

// roundTrip sends values to workers and back, in chunks and one by one.
func roundTrip[T any](t *testing.T, f *pl.Registered[T, T], in ...T) [][]T {
	t.Helper()
	clean(t)
	var all [][]T
	for _, b := range []pl.Backend{process.Backend, process.New(process.Chunk(1)), process.New(process.Chunk(1000))} {
		got, err := pl.Map(b, f, pl.InOrder(), pl.Workers(2))(pl.From(in)).Collect(t.Context())
		require.NoError(t, err)
		require.Len(t, got, len(in))
		all = append(all, got)
	}
	return all
}

func TestValuesComeBackAsTheyWere(t *testing.T) {
	t.Run("bytes", func(t *testing.T) {
		large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
		in := [][]byte{large, {}, {0}, bytes.Repeat([]byte{255}, 5000), large[:100_001], large}
		for _, got := range roundTrip(t, echoBytes, in...) {
			for i := range in {
				require.True(t, bytes.Equal(in[i], got[i]), "%d: %d and %d bytes", i, len(in[i]), len(got[i]))
			}
		}
	})
	t.Run("shapes", func(t *testing.T) {
		inner := Shape{Name: "wheel", Sizes: [][]int{{1}, {2, 3}}}
		in := []Shape{
			{Name: "cart", Sizes: [][]int{{1, 2}, {3}}, Parts: map[string]Shape{"left": inner, "right": inner}, Next: &inner, Any: "text"},
			{}, // gob sends nothing of it
			{Next: &Shape{Next: &Shape{Next: &inner}}, Any: 7},
			{Any: &CodeError{404, "not found"}},
		}
		for _, got := range roundTrip(t, echoShape, in...) {
			require.Equal(t, in, got)
		}
	})
	t.Run("none", func(t *testing.T) {
		for _, got := range roundTrip(t, echoNone, make([]pl.None, 2000)...) {
			require.Len(t, got, 2000)
		}
	})
	t.Run("float", func(t *testing.T) {
		in := []float64{0, math.Copysign(0, -1), math.Inf(1), math.SmallestNonzeroFloat64, math.MaxFloat64, math.NaN()}
		for _, got := range roundTrip(t, echoFloat, in...) {
			for i := range in {
				require.Equal(t, math.Float64bits(in[i]), math.Float64bits(got[i]))
			}
		}
	})
	t.Run("time", func(t *testing.T) {
		in := []time.Time{{}, time.Date(2024, 2, 29, 23, 59, 59, 123456789, time.UTC)}
		for _, got := range roundTrip(t, echoTime, in...) {
			for i := range in {
				require.True(t, in[i].Equal(got[i]))
			}
		}
	})
	t.Run("string", func(t *testing.T) {
		in := []string{"", "a", "\x00\xff no UTF-8", strings.Repeat("long ", 100_000), "日本語"}
		for _, got := range roundTrip(t, echoString, in...) {
			require.Equal(t, in, got)
		}
	})
	t.Run("map", func(t *testing.T) {
		in := []map[string][]int{{"a": {1, 2}}, {"b": {3}, "c": {4}}}
		for _, got := range roundTrip(t, echoMap, in...) {
			require.Equal(t, in, got)
		}
	})
	t.Run("uint8", func(t *testing.T) {
		for _, got := range roundTrip(t, echoSmall, 0, 1, 127, 128, 255) {
			require.Equal(t, []uint8{0, 1, 127, 128, 255}, got)
		}
	})
}

// A value that the last chunk held must not shine through a later one that has less.
func TestValuesDoNotMix(t *testing.T) {
	in := make([]Shape, 600)
	for i := range in {
		if i%3 == 0 {
			in[i] = Shape{Name: "full", Sizes: [][]int{{i}}, Parts: map[string]Shape{"x": {Name: "y"}}, Any: i}
		}
	}
	for _, got := range roundTrip(t, echoShape, in...) {
		require.Equal(t, in, got)
	}
}
