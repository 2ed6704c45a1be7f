package databay_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/databay"
)

// eachBuffer runs a test on a buffer in memory and on one on disk, with a fake clock.
func eachBuffer(t *testing.T, name string, f func(t *testing.T, b *databay.Buffer[int])) {
	t.Run(name, func(t *testing.T) {
		t.Run("memory", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, databay.NewBuffer[int]()) })
		})
		t.Run("durable", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "buffer")
			synctest.Test(t, func(t *testing.T) {
				b, err := databay.OpenBuffer[int](path, nil)
				require.NoError(t, err)
				f(t, b)
				require.NoError(t, b.Close())
			})
		})
	})
}

func call(t *testing.T, b *databay.Buffer[int], v ...int) []int {
	t.Helper()
	rs, err := b.Process(t.Context(), databay.Records(v...))
	require.NoError(t, err)
	return append([]int{}, databay.Payloads(rs)...)
}

// asked is a controller that remembers what it saw.
func asked(saw *[][]int, answer bool) databay.Controller[int] {
	return func(_ context.Context, rs []databay.Record[int]) (bool, error) {
		*saw = append(*saw, databay.Payloads(rs))
		return answer, nil
	}
}

func broken(context.Context, []databay.Record[int]) (bool, error) { return true, errTest }

func TestBuffer(t *testing.T) {
	none := []int{}
	eachBuffer(t, "B-01 count exceeded or not", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(10)
		require.Equal(t, none, call(t, b, list(1, 6)...))
		require.NoError(t, b.Reset(t.Context()))
		require.Len(t, call(t, b, list(1, 11)...), 11)
	})
	eachBuffer(t, "B-02 count met is not exceeded", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(10)
		require.Equal(t, none, call(t, b, list(1, 10)...))
		require.Equal(t, 10, b.Len())
	})
	eachBuffer(t, "B-03 time exceeded", func(t *testing.T, b *databay.Buffer[int]) {
		b.Time(time.Second)
		require.Equal(t, none, call(t, b, 1))
		time.Sleep(time.Second + 1)
		require.Equal(t, []int{1}, call(t, b))
	})
	eachBuffer(t, "B-04 time met is not exceeded", func(t *testing.T, b *databay.Buffer[int]) {
		b.Time(time.Second)
		require.Equal(t, none, call(t, b, 1))
		time.Sleep(time.Second)
		require.Equal(t, none, call(t, b))
		time.Sleep(time.Nanosecond)
		require.Equal(t, []int{1}, call(t, b))
	})
	eachBuffer(t, "B-05 list of controllers", func(t *testing.T, b *databay.Buffer[int]) {
		require.Empty(t, b.Controllers())
		b.Time(time.Second)
		require.Equal(t, []string{"time"}, b.Controllers())
		b.Count(1)
		require.Equal(t, []string{"count", "time"}, b.Controllers())
		b.When(broken)
		require.Equal(t, []string{"custom", "count", "time"}, b.Controllers())
		b.Bytes(1, func(databay.Record[int]) int { return 1 })
		require.Equal(t, []string{"custom", "count", "bytes", "time"}, b.Controllers())
	})
	eachBuffer(t, "B-05 count alone", func(t *testing.T, b *databay.Buffer[int]) {
		require.Equal(t, []string{"count"}, b.Count(1).Controllers())
	})
	eachBuffer(t, "B-05 custom alone", func(t *testing.T, b *databay.Buffer[int]) {
		require.Equal(t, []string{"custom"}, b.When(broken).Controllers())
	})
	eachBuffer(t, "B-06 reset", func(t *testing.T, b *databay.Buffer[int]) {
		b.Time(time.Second)
		call(t, b, 1, 2)
		time.Sleep(2 * time.Second)
		require.NoError(t, b.Reset(t.Context()))
		require.Zero(t, b.Len())
		require.Zero(t, b.OldestAge())
		require.Equal(t, none, call(t, b, 3), "the clock starts anew")
	})
	eachBuffer(t, "B-07 or asks all while they say no", func(t *testing.T, b *databay.Buffer[int]) {
		var saw, also [][]int
		b.When(asked(&saw, false), asked(&also, false)).Count(10).Time(time.Hour)
		require.Equal(t, none, call(t, b, 1, 2, 3))
		require.Equal(t, [][]int{{1, 2, 3}}, saw)
		require.Equal(t, [][]int{{1, 2, 3}}, also)
	})
	eachBuffer(t, "B-08 and stops at the first no", func(t *testing.T, b *databay.Buffer[int]) {
		var first, second, third [][]int
		b.And().When(asked(&first, true), asked(&second, false), asked(&third, true)).Time(0)
		require.Equal(t, none, call(t, b, 1))
		time.Sleep(time.Second)
		require.Equal(t, none, call(t, b))
		require.Len(t, first, 2)
		require.Len(t, second, 2)
		require.Empty(t, third)
	})
	eachBuffer(t, "B-08 count says no before time is asked", func(t *testing.T, b *databay.Buffer[int]) {
		var first [][]int
		b.And().When(asked(&first, true)).Count(1).Time(time.Second)
		require.Equal(t, none, call(t, b, 1))
		time.Sleep(time.Minute)
		require.Equal(t, none, call(t, b), "the time has passed, but not the count")
		require.Equal(t, []int{1, 2}, call(t, b, 2), "and the clock has run all the while")
		require.Len(t, first, 3)
	})
	eachBuffer(t, "B-09 and with all yes", func(t *testing.T, b *databay.Buffer[int]) {
		var saw [][]int
		b.And().When(asked(&saw, true)).Count(2)
		require.Equal(t, list(1, 3), call(t, b, 1, 2, 3))
		require.Equal(t, [][]int{{1, 2, 3}}, saw)
	})
	eachBuffer(t, "B-10 six then five", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(10)
		require.Equal(t, none, call(t, b, list(1, 6)...))
		require.Equal(t, list(1, 11), call(t, b, list(7, 11)...))
	})
	eachBuffer(t, "B-11 eleven calls of one", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(10).Time(time.Second)
		for i := 1; i <= 10; i++ {
			require.Equal(t, none, call(t, b, i))
		}
		require.Equal(t, list(1, 11), call(t, b, 11))
		require.Zero(t, b.Len())
		require.Zero(t, b.OldestAge())
	})
	eachBuffer(t, "B-12 time with more records", func(t *testing.T, b *databay.Buffer[int]) {
		b.Time(time.Second)
		require.Equal(t, none, call(t, b, list(1, 6)...))
		time.Sleep(time.Second + 1)
		require.Equal(t, list(1, 11), call(t, b, list(7, 11)...))
	})
	eachBuffer(t, "B-13 time before count", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(10).Time(40 * time.Millisecond)
		const step = 20*time.Millisecond + 1
		require.Equal(t, none, call(t, b, 1))
		time.Sleep(step)
		require.Equal(t, none, call(t, b, 2))
		time.Sleep(step)
		require.Equal(t, list(1, 3), call(t, b, 3))
		require.Zero(t, b.Len())
		require.Zero(t, b.OldestAge())
	})
	eachBuffer(t, "B-14 custom", func(t *testing.T, b *databay.Buffer[int]) {
		b.When(func(_ context.Context, rs []databay.Record[int]) (bool, error) {
			for _, r := range rs {
				if r.Payload == 11 {
					return true, nil
				}
			}
			return false, nil
		})
		require.Equal(t, none, call(t, b, list(1, 6)...))
		require.Equal(t, list(1, 11), call(t, b, list(7, 11)...))
	})
	eachBuffer(t, "B-15 flush", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(100).Time(10 * time.Second)
		require.Equal(t, none, call(t, b, list(1, 6)...))
		b.Flush()
		require.Equal(t, list(1, 11), call(t, b, list(7, 11)...))
	})
	eachBuffer(t, "B-16 on reset", func(t *testing.T, b *databay.Buffer[int]) {
		n := 0
		b.When(asked(new([][]int), true)).OnReset(func() { n++ })
		require.Equal(t, []int{1}, call(t, b, 1))
		require.Equal(t, 1, n)
		require.NoError(t, b.Reset(t.Context()))
		require.Equal(t, 2, n)
	})
	for name, id := range map[string]string{"or": "B-17", "and": "B-18"} {
		eachBuffer(t, id+" broken controller in "+name, func(t *testing.T, b *databay.Buffer[int]) {
			var errs []error
			b.When(broken, func(context.Context, []databay.Record[int]) (bool, error) { panic(errTest) }).Count(10)
			b.OnError(func(err error) { errs = append(errs, err) })
			if name == "and" {
				b.And()
			}
			require.Equal(t, none, call(t, b, list(1, 6)...))
			require.Equal(t, list(1, 11), call(t, b, list(7, 11)...))
			require.Len(t, errs, 4)
			require.ErrorIs(t, errs[0], errTest)
			require.ErrorIs(t, errs[1], errTest)
		})
	}
	eachBuffer(t, "B-19 one custom controller or several", func(t *testing.T, b *databay.Buffer[int]) {
		b.When(asked(new([][]int), false)).When([]databay.Controller[int]{asked(new([][]int), true)}...)
		require.Equal(t, []int{1}, call(t, b, 1))
	})
	eachBuffer(t, "B-21 or stops at the first yes", func(t *testing.T, b *databay.Buffer[int]) {
		var first, second, third [][]int
		b.When(asked(&first, false), asked(&second, true), asked(&third, false)).Count(100).Time(time.Hour)
		require.Equal(t, []int{1}, call(t, b, 1))
		require.Len(t, first, 1)
		require.Len(t, second, 1)
		require.Empty(t, third)
	})
	eachBuffer(t, "B-22 controllers see everything stored", func(t *testing.T, b *databay.Buffer[int]) {
		var saw [][]int
		b.When(asked(&saw, false))
		call(t, b, 1)
		call(t, b, 2, 3)
		require.Equal(t, [][]int{{1}, {1, 2, 3}}, saw)
	})
	eachBuffer(t, "B-23 flush asks nobody", func(t *testing.T, b *databay.Buffer[int]) {
		var saw [][]int
		b.When(asked(&saw, false))
		b.Flush()
		require.Equal(t, []int{1}, call(t, b, 1))
		require.Empty(t, saw)
	})
	eachBuffer(t, "B-24 released list is not the store", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(1)
		rs, err := b.Process(t.Context(), databay.Records(1, 2))
		require.NoError(t, err)
		require.Equal(t, none, call(t, b, 3))
		rs[0].Payload, rs[1].Payload = 8, 9
		_ = append(rs, databay.NewRecord(10, nil))
		require.Equal(t, []int{3, 4}, call(t, b, 4))
	})
}

func TestBufferBoundaries(t *testing.T) {
	none := []int{}
	steps := func(id string, threshold int, sizes, want []int) {
		eachBuffer(t, fmt.Sprintf("B-20 %s", id), func(t *testing.T, b *databay.Buffer[int]) {
			b.Count(threshold)
			var got []int
			for _, n := range sizes {
				got = append(got, len(call(t, b, list(1, n)...)))
			}
			require.Equal(t, want, got)
		})
	}
	steps("4 4 3", 10, []int{4, 4, 3}, []int{0, 0, 11})
	steps("4 4 2 1", 10, []int{4, 4, 2, 1}, []int{0, 0, 0, 11})
	steps("10 1", 10, []int{10, 1}, []int{0, 11})
	steps("zero", 0, []int{0, 1}, []int{0, 1})
	steps("no chunking", 10, []int{1000}, []int{1000})
	eachBuffer(t, "B-20 release of nothing", func(t *testing.T, b *databay.Buffer[int]) {
		n := 0
		b.Count(-1).OnReset(func() { n++ })
		require.Equal(t, none, call(t, b))
		require.Zero(t, n)
	})
	eachBuffer(t, "B-20 no controllers, or", func(t *testing.T, b *databay.Buffer[int]) {
		require.ErrorIs(t, b.Err(), databay.ErrNoController)
		require.Equal(t, none, call(t, b, 1))
		b.Flush()
		require.Equal(t, []int{1}, call(t, b))
	})
	eachBuffer(t, "B-20 no controllers, and", func(t *testing.T, b *databay.Buffer[int]) {
		require.Equal(t, []int{1}, call(t, b.And(), 1))
	})
	eachBuffer(t, "B-20 flush of nothing is over", func(t *testing.T, b *databay.Buffer[int]) {
		n := 0
		b.Count(100).OnReset(func() { n++ })
		b.Flush()
		require.Equal(t, none, call(t, b))
		require.Zero(t, n)
		require.Equal(t, none, call(t, b, 1), "one shot")
	})
	eachBuffer(t, "B-20 the clock starts with the first record", func(t *testing.T, b *databay.Buffer[int]) {
		b.Time(20 * time.Millisecond)
		require.Equal(t, none, call(t, b))
		time.Sleep(30 * time.Millisecond)
		require.Equal(t, none, call(t, b, 1))
		time.Sleep(20*time.Millisecond + 1)
		require.Equal(t, []int{1}, call(t, b))
	})
	eachBuffer(t, "B-20 and does not delay the clock", func(t *testing.T, b *databay.Buffer[int]) {
		open := false
		b.And().Time(time.Second).When(func(context.Context, []databay.Record[int]) (bool, error) { return open, nil })
		require.Equal(t, none, call(t, b, 1))
		time.Sleep(time.Second + 1)
		open = true
		require.Equal(t, []int{1}, call(t, b))
	})
	eachBuffer(t, "B-20 or with count first leaves no clock behind", func(t *testing.T, b *databay.Buffer[int]) {
		b.Count(0).Time(time.Second)
		require.Equal(t, []int{1}, call(t, b, 1))
		require.Zero(t, b.OldestAge())
	})
	eachBuffer(t, "on reset that panics loses nothing", func(t *testing.T, b *databay.Buffer[int]) {
		var got error
		b.Count(0).OnReset(func() { panic(errTest) }).OnError(func(err error) { got = err })
		require.Equal(t, []int{1, 2}, call(t, b, 1, 2))
		require.ErrorIs(t, got, errTest)
	})
	eachBuffer(t, "bytes", func(t *testing.T, b *databay.Buffer[int]) {
		b.Bytes(10, func(r databay.Record[int]) int { return r.Payload })
		require.Equal(t, none, call(t, b, 4, 6))
		require.Equal(t, []int{4, 6, 1}, call(t, b, 1))
		require.Equal(t, none, call(t, b, 10), "sizes begin anew")
	})
}
