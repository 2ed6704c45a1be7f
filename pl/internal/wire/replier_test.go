package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// outcome is what a test expects of an item: a value, or the text of a failure.
type outcome struct {
	value moody
	fail  string
}

func collect[B any](t require.TestingT, in *ResultReader[B], f *Frame, see func(v B, fail *Failure)) {
	var r Results[B]
	require.NoError(t, in.Decode(f, &r))
	require.Len(t, r.Values, f.Items)
	fails := r.Failed
	for i, v := range r.Values {
		if len(fails) > 0 && fails[0].Item == i {
			see(v, fails[0].Failure)
			fails = fails[1:]
			continue
		}
		see(v, nil)
	}
	require.Empty(t, fails)
}

// Whatever happens to single items, every other one keeps its place and its value.
func TestOutcomesKeepTheirPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		limit := rapid.SampledFrom([]int{0, 100_000}).Draw(t, "limit")
		rep := NewReplier[moody](NewWriter(&b, limit), nil, -1)
		in, r := NewResultReader[moody](), NewReader(&b, 0)
		for _, chunk := range rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", "b", "c", "fail", "no encode", "panic encode", "no decode", "panic decode",
		}), 1, 12), 1, 3).Draw(t, "chunks") {
			var want, got []outcome
			rep.Open(len(chunk))
			for _, m := range chunk {
				switch m {
				case "fail":
					rep.Fail(NewFailure(FailError, errors.New("failed"), nil))
					want = append(want, outcome{fail: "failed"})
				case "no encode", "panic encode":
					rep.Value(moody{m})
					want = append(want, outcome{fail: map[string]string{"no encode": "not in the mood", "panic encode": "much ado"}[m]})
				case "no decode", "panic decode":
					rep.Value(moody{m})
					want = append(want, outcome{fail: map[string]string{"no decode": "EOF", "panic decode": "closed pipe"}[m]})
				default:
					rep.Value(moody{m})
					want = append(want, outcome{value: moody{m}})
				}
			}
			require.NoError(t, rep.Close())
			for len(got) < len(chunk) {
				var f Frame
				require.NoError(t, r.Read(&f))
				collect(t, in, &f, func(v moody, fail *Failure) {
					got = append(got, outcome{value: v})
					if fail != nil {
						i := len(got) - 1
						require.Contains(t, fail.Message, want[i].fail)
						got[i] = outcome{fail: want[i].fail}
					}
				})
			}
			require.Equal(t, want, got)
		}
	})
}

func TestAResultThatIsTooLarge(t *testing.T) {
	var b bytes.Buffer
	rep := NewReplier[[]byte](NewWriter(&b, 1000), nil, 0)
	rep.Open(3)
	for _, n := range []int{400, 2000, 400} {
		rep.Value(make([]byte, n))
	}
	require.NoError(t, rep.Close())
	in, r, sizes := NewResultReader[[]byte](), NewReader(&b, 0), []int(nil)
	for len(sizes) < 3 {
		var f Frame
		require.NoError(t, r.Read(&f))
		collect(t, in, &f, func(v []byte, fail *Failure) {
			if fail != nil {
				require.Equal(t, FailEncode, fail.Kind)
			}
			sizes = append(sizes, len(v))
		})
	}
	require.Equal(t, []int{400, 0, 400}, sizes)
}

// sentFrames passes every frame that is written on, with the time of its arrival.
type sentFrames struct{ items chan int }

func (s sentFrames) Write(b []byte) (int, error) {
	var f Frame
	if err := NewReader(bytes.NewReader(b), 0).Read(&f); err != nil {
		return 0, err
	}
	s.items <- f.Items
	return len(b), nil
}

func TestResultsDoNotWaitForASlowItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := sentFrames{make(chan int, 10)}
		rep := NewReplier[int](NewWriter(sent, 0), nil, 0)
		rep.Open(10)
		for i := range 6 {
			rep.Value(i)
		}
		begin := time.Now()
		require.Equal(t, 6, <-sent.items)
		require.Equal(t, DefaultFlush, time.Since(begin))

		time.Sleep(time.Second) // the seventh is slow, and there is nothing to say
		synctest.Wait()
		require.Empty(t, sent.items)
		for i := range 4 {
			rep.Value(i)
		}
		require.NoError(t, rep.Close())
		require.Equal(t, 4, <-sent.items)
		items, spent := rep.Totals()
		require.EqualValues(t, 10, items)
		require.GreaterOrEqual(t, spent, time.Second)

		time.Sleep(time.Second) // the timer has stopped
		rep.Open(2)             // and starts again
		rep.Value(1)
		require.Equal(t, 1, <-sent.items)
		rep.Value(2)
		require.NoError(t, rep.Close())
		require.Equal(t, 1, <-sent.items)
	})
}

func TestResultsWaitIfToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := sentFrames{make(chan int, 10)}
		rep := NewReplier[int](NewWriter(sent, 0), nil, -1)
		rep.Open(2)
		rep.Value(1)
		time.Sleep(time.Hour)
		rep.Value(2)
		require.NoError(t, rep.Close())
		require.Equal(t, 2, <-sent.items)
	})
}

func TestBrokenConnectionIsReported(t *testing.T) {
	rep := NewReplier[int](NewWriter(&brokenWriter{}, 0), nil, 0)
	rep.Open(1)
	rep.Value(1)
	require.ErrorIs(t, rep.Close(), io.ErrClosedPipe)
}

// The flush of the timer and the function's goroutine meet in all orders.
func TestFlushWhileWorking(t *testing.T) {
	parent, worker := pipes(t)
	const n = 20_000
	go func() {
		rep := NewReplier[int](NewWriter(worker, 0), nil, time.Microsecond)
		for from := 0; from < n; from += 1000 {
			rep.Open(1000)
			for i := range 1000 {
				if i%7 == 3 {
					rep.Fail(&Failure{Message: "seven"})
				} else {
					rep.Value(from + i)
				}
			}
			if rep.Close() != nil {
				return
			}
		}
	}()
	in, r, next := NewResultReader[int](), NewReader(parent, 0), 0
	for next < n {
		var f Frame
		require.NoError(t, r.Read(&f))
		collect(t, in, &f, func(v int, fail *Failure) {
			if next%1000%7 == 3 {
				require.NotNil(t, fail)
			} else {
				require.Nil(t, fail)
				require.Equal(t, next, v)
			}
			next++
		})
	}
}

func TestIntsCostNoAllocation(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, 0)
	items, rep := NewItemWriter[int](w), NewReplier[int](w, nil, -1)
	in, res, r := NewItemReader[int](), NewResultReader[int](), NewReader(&b, 0)
	vals, tags := make([]int, 1000), make([]Tag, 1000)
	for i := range tags {
		tags[i].Index = []int{i}
	}
	var f Frame
	var c Chunk[int]
	var rs Results[int]
	allocs := testing.AllocsPerRun(100, func() {
		b.Reset()
		_, _, _ = items.Write(vals, tags)
		_ = r.Read(&f)
		_ = in.Decode(&f, &c)
		rep.Open(len(c.Values))
		for _, v := range c.Values {
			rep.Value(v)
		}
		_ = rep.Close()
		_ = r.Read(&f)
		_ = res.Decode(&f, &rs)
	})
	require.LessOrEqual(t, allocs, 2.0, "per chunk of 1000")
	require.Len(t, rs.Values, 1000)
}

func TestHugeFailureFits(t *testing.T) {
	f := NewFailure(FailError, errors.New(strings.Repeat("x", 10<<20)), nil)
	require.Less(t, len(f.Message), maxText+100)
	f = NewPanic(strings.Repeat("y", 10<<20), make([]byte, 10<<20), nil)
	require.Less(t, len(fields(nil).failure(f)), 4*maxText)
}
