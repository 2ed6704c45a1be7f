package databay_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/databay"
	"github.com/penstock/penstock/pl"
)

func TestBatched(t *testing.T) {
	t.Run("all values, in order, and no batch but the last too small", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			n, count := rapid.IntRange(0, 50).Draw(rt, "n"), rapid.IntRange(0, 10).Draw(rt, "count")
			stage := pl.Pipe1(pl.Range(n), databay.Batched(func() *databay.Buffer[int] { return databay.NewBuffer[int]().Count(count) }))
			batches, err := stage.Collect(t.Context())
			require.NoError(rt, err)
			var all []int
			for i, b := range batches {
				all = append(all, b...)
				if i < len(batches)-1 {
					require.Len(rt, b, count+1)
				}
			}
			require.Equal(rt, list(0, n-1), append([]int{}, all...))
		})
	})
	bubble(t, "timer", func(t *testing.T) {
		slow := pl.Generate(func(ctx context.Context, emit func(int) bool) error {
			for i, wait := range []time.Duration{0, time.Second, 10 * time.Second, time.Second} {
				time.Sleep(wait)
				if !emit(i) {
					return nil
				}
			}
			time.Sleep(time.Minute)
			return nil
		})
		begin := time.Now()
		var at []time.Duration
		var got [][]int
		stage := pl.Pipe1(slow, databay.Batched(func() *databay.Buffer[int] { return databay.NewBuffer[int]().Time(3 * time.Second).Timer() }))
		for b, err := range stage.All(t.Context()) {
			require.NoError(t, err)
			got, at = append(got, b), append(at, time.Since(begin).Round(time.Millisecond))
		}
		require.Equal(t, [][]int{{0, 1}, {2, 3}}, got)
		require.Equal(t, []time.Duration{3 * time.Second, 14 * time.Second}, at)
	})
	bubble(t, "leaving early", func(t *testing.T) {
		for _, timed := range []bool{false, true} {
			endless := pl.Generate(func(ctx context.Context, emit func(int) bool) error {
				for i := 0; emit(i); i++ {
				}
				return nil
			})
			stage := pl.Pipe1(endless, databay.Batched(func() *databay.Buffer[int] {
				b := databay.NewBuffer[int]().Count(2)
				if timed {
					b.Time(time.Hour).Timer()
				}
				return b
			}))
			for b, err := range stage.All(t.Context()) {
				require.NoError(t, err)
				require.Equal(t, []int{0, 1, 2}, b)
				break
			}
		}
	})
	bubble(t, "error while the source is silent", func(t *testing.T) {
		silent := pl.Generate(func(ctx context.Context, emit func(int) bool) error {
			emit(1)
			<-ctx.Done()
			return nil
		})
		store, err := databay.OpenStore(filepath.Join(t.TempDir(), "b"))
		require.NoError(t, err)
		b, err := databay.OpenBufferIn[int](store, "b", nil)
		require.NoError(t, err)
		b.Time(time.Second).Timer()
		time.AfterFunc(time.Second/2, func() { store.Close() })
		begin := time.Now()
		err = pl.Pipe1(silent, databay.Batched(func() *databay.Buffer[int] { return b })).Run(t.Context())
		require.ErrorIs(t, err, databay.ErrClosed)
		require.Equal(t, time.Second, time.Since(begin).Round(time.Millisecond))
	})
	t.Run("bad buffers", func(t *testing.T) {
		for _, b := range []*databay.Buffer[int]{nil, databay.NewBuffer[int]()} {
			_, err := pl.Pipe1(pl.Range(3), databay.Batched(func() *databay.Buffer[int] { return b })).Collect(t.Context())
			require.ErrorIs(t, err, databay.ErrInvalidBuffer)
		}
	})
	t.Run("leases of a durable buffer", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "b")
		run := func(src pl.Stage[int], ack bool) (got [][]int) {
			b := openInt(t, path).Count(2)
			defer func() { require.NoError(t, b.Close()) }()
			for l, err := range pl.Pipe1(src, databay.Leased(func() *databay.Buffer[int] { return b })).All(t.Context()) {
				require.NoError(t, err)
				got = append(got, databay.Payloads(l.Records))
				if ack {
					require.NoError(t, l.Ack())
				}
			}
			return got
		}
		require.Equal(t, [][]int{{0, 1, 2}, {3}}, run(pl.Range(4), false))
		require.Equal(t, [][]int{{0, 1, 2, 3, 0}}[0][:4], run(pl.Of(0), true)[0][:4], "again, and first")
		require.Empty(t, run(pl.From[int](nil), true))
	})
	t.Run("grouped", func(t *testing.T) {
		_, err := pl.Pipe2(pl.Range(4), pl.Batch[int](2, 0), databay.Grouped(databay.Grouper[int](badGrouper))).Collect(t.Context())
		require.ErrorIs(t, err, errTest)
		_, err = pl.Pipe2(pl.Range(4), pl.Batch[int](2, 0), databay.Grouped[int](nil)).Collect(t.Context())
		require.Error(t, err)
	})
}
