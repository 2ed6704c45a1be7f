package databay_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/databay"
)

func TestBufferLeases(t *testing.T) {
	eachBuffer(t, "nack brings records back first and in order", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(1)
		ctx, leases := databay.WithLeases(t.Context())
		rs, err := b.Process(ctx, databay.Records(1, 2))
		require.NoError(t, err)
		require.Equal(t, []int{1, 2}, databay.Payloads(rs))
		require.Equal(t, 2, b.Len())
		require.NoError(t, leases.Nack())
		require.Equal(t, 2, b.Len())
		require.Equal(t, []int{1, 2}, call(t, b, 3))
		require.Equal(t, []int{3, 4}, call(t, b, 4))
		require.Zero(t, b.Len())
	})
	eachBuffer(t, "overlapping loans come back in order", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(0)
		ctx1, l1 := databay.WithLeases(t.Context())
		_, err := b.Process(ctx1, databay.Records(1))
		require.NoError(t, err)
		ctx2, l2 := databay.WithLeases(t.Context())
		_, err = b.Process(ctx2, databay.Records(2))
		require.NoError(t, err)
		require.NoError(t, l2.Nack())
		require.NoError(t, l1.Nack())
		require.Equal(t, []int{1, 2, 3}, call(t, b, 3))
	})
	eachBuffer(t, "ack forgets", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(0)
		ctx, leases := databay.WithLeases(t.Context())
		_, err := b.Process(ctx, databay.Records(1))
		require.NoError(t, err)
		require.Equal(t, 1, leases.Len())
		require.NoError(t, leases.Ack())
		require.NoError(t, leases.Nack(), "settled already")
		require.Zero(t, b.Len())
	})
}

func TestBufferLimit(t *testing.T) {
	eachBuffer(t, "fail stores nothing", func(t *testing.T, b *databay.Buffer[int]) {
		b.Time(time.Hour).Limit(3, databay.Fail)
		call(t, b, 1, 2)
		_, err := b.Process(t.Context(), databay.Records(3, 4))
		require.ErrorIs(t, err, databay.ErrFull)
		require.Equal(t, 2, b.Len())
		b.Flush()
		require.Equal(t, []int{1, 2, 3}, call(t, b, 3))
	})
	eachBuffer(t, "drop oldest", func(t *testing.T, b *databay.Buffer[int]) {
		b.Time(time.Hour).Limit(3, databay.DropOldest)
		call(t, b, 1)
		call(t, b, 2, 3)
		call(t, b, 4, 5)
		require.Equal(t, []int{3, 4, 5}, databay.Payloads(b.Records()))
		call(t, b, list(6, 12)...)
		require.Equal(t, []int{10, 11, 12}, databay.Payloads(b.Records()))
		require.EqualValues(t, 9, b.Stats().Dropped)
		b.Flush()
		require.Equal(t, []int{10, 11, 12}, call(t, b))
	})
	eachBuffer(t, "block waits for a flush", func(t *testing.T, b *databay.Buffer[int]) {
		b.When(asked(new([][]int), false)).Limit(2, databay.Block)
		call(t, b, 1, 2)
		type result struct {
			records []databay.Record[int]
			err     error
		}
		done := make(chan result)
		go func() {
			records, err := b.Process(t.Context(), databay.Records(3))
			done <- result{records, err}
		}()
		synctest.Wait()
		require.Equal(t, 2, b.Len())
		b.Flush()
		r := <-done
		require.NoError(t, r.err)
		require.Equal(t, []int{1, 2, 3}, databay.Payloads(r.records))
	})
	eachBuffer(t, "block heeds its own clock", func(t *testing.T, b *databay.Buffer[int]) {
		b.Time(time.Minute).Limit(2, databay.Block)
		call(t, b, 1, 2)
		begin := time.Now()
		require.Equal(t, []int{1, 2, 3}, call(t, b, 3))
		require.Equal(t, time.Minute+1, time.Since(begin))
	})
	eachBuffer(t, "block ends with its context and stores nothing", func(t *testing.T, b *databay.Buffer[int]) {
		b.When(asked(new([][]int), false)).Limit(1, databay.Block)
		call(t, b, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := b.Process(ctx, databay.Records(2))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, []int{1}, databay.Payloads(b.Records()))
		_, err = b.Process(t.Context(), databay.Records(2, 3))
		require.ErrorIs(t, err, databay.ErrFull, "would never fit")
	})
}

func TestBufferErr(t *testing.T) {
	for name, b := range map[string]*databay.Buffer[int]{
		"no controller":     databay.NewBuffer[int](),
		"nil controller":    databay.NewBuffer[int]().When(nil),
		"nil size":          databay.NewBuffer[int]().Count(1).Bytes(1, nil),
		"negative time":     databay.NewBuffer[int]().Time(-1),
		"timer without":     databay.NewBuffer[int]().Count(1).Timer(),
		"unreachable count": databay.NewBuffer[int]().Count(5).Limit(5, databay.Block),
		"zero limit":        databay.NewBuffer[int]().Count(5).Limit(0, databay.Block),
		"unknown policy":    databay.NewBuffer[int]().Count(5).Limit(10, 7),
		"and of nothing":    databay.NewBuffer[int]().And(),
	} {
		require.ErrorIs(t, b.Err(), databay.ErrInvalidBuffer, name)
	}
	require.NoError(t, databay.NewBuffer[int]().Count(5).Err())
}

// A model of the rules in a few lines, against which random histories are compared.
func TestBufferProperty(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		count := rapid.IntRange(0, 6).Draw(rt, "count")
		b := databay.NewBuffer[int]()
		if rapid.Bool().Draw(rt, "durable") {
			var err error
			b, err = databay.OpenBuffer[int](filepath.Join(dir, fmt.Sprint(n)), nil)
			require.NoError(rt, err)
			defer b.Close()
		}
		b.Count(count)
		var stored, back, got, want []int
		next := 0
		for range rapid.IntRange(1, 12).Draw(rt, "calls") {
			flush := rapid.Bool().Draw(rt, "flush")
			if flush {
				b.Flush()
			}
			var in []int
			for range rapid.IntRange(0, 4).Draw(rt, "size") {
				next++
				in = append(in, next)
			}
			stored = append(stored, in...)
			expect := append([]int{}, back...)
			back = nil
			if len(stored) > count || flush {
				expect = append(expect, stored...)
				stored = nil
			}
			ctx, leases := databay.WithLeases(t.Context())
			rs, err := b.Process(ctx, databay.Records(in...))
			require.NoError(rt, err)
			require.Equal(rt, expect, append([]int{}, databay.Payloads(rs)...))
			if rapid.Bool().Draw(rt, "delivered") {
				require.NoError(rt, leases.Ack())
				got = append(got, expect...)
			} else {
				require.NoError(rt, leases.Nack())
				back = expect
			}
			require.Equal(rt, len(stored)+len(back), b.Len())
		}
		for i := range got {
			want = append(want, i+1)
		}
		require.Equal(rt, want, got, "everything once and in order")
	})
}
