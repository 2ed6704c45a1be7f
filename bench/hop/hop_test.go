package hop

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/penstock/penstock/pl/process"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/workload"
)

func TestMain(m *testing.M) {
	process.Init()
	Init()
	// Else each worker process takes a second to exit, with the race detector.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	goleak.VerifyTestMain(m)
}

// Every way brings all items there and back; it checks that itself.
func TestEveryWayOfEveryLoad(t *testing.T) {
	for _, l := range All() {
		require.GreaterOrEqual(t, len(l.Ways), 5)
		for _, w := range l.Ways {
			for _, workers := range []int{1, 2} {
				t.Run(l.Name+"/"+w.Name, func(t *testing.T) {
					s, err := measure.Interleave(t.Context(), []measure.Entry{w.Entry(40, workers), w.Start(workers)}, measure.Options{Rounds: 1})
					require.NoError(t, err)
					require.Positive(t, s[0].Samples[0].Value)
					require.Positive(t, s[1].Samples[0].Value)
				})
			}
		}
	}
}

func TestWrongResultsAreErrors(t *testing.T) {
	k := &kind[int]{item: func(i int) int { return i }, key: func(v int) int { return v }}
	var d workload.Digest
	for _, v := range []int{3, 1, 2} {
		d.Add(v)
	}
	require.NoError(t, k.check(d, 3))
	require.ErrorIs(t, k.check(d, 4), workload.ErrResult)
	d.Add(4)
	d.Add(4)
	require.ErrorIs(t, k.check(d, 5), workload.ErrResult)
}

func TestARunEndsWithItsContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	for _, w := range All()[0].Ways {
		for _, e := range []measure.Entry{w.Entry(10, 1), w.Start(1)} {
			_, err := e.Run(ctx)
			require.ErrorIs(t, err, cause, w.Name)
		}
	}
}

func TestAnErrorEndsAllWorkers(t *testing.T) {
	bad := errors.New("bad")
	_, err := share(t.Context(), 1000, 3, func(ctx context.Context, next func() (int, bool), _ *timing) error {
		for i, ok := next(); ok; i, ok = next() {
			if i == 1 {
				return bad
			}
			if i > 1 {
				<-ctx.Done()
			}
		}
		return nil
	})
	require.ErrorIs(t, err, bad)
}

func TestTiming(t *testing.T) {
	var a, b, sum timing
	require.Zero(t, sum.perItem())
	for i := range 5000 {
		a.add(i)
	}
	require.Equal(t, 5000, a.count)
	require.Equal(t, 4864-1, a.between, "the clock is read at each 256th only")
	b.add(1)
	sum.merge(timing{})
	sum.merge(b)
	sum.merge(a)
	require.Equal(t, 5001, sum.count)
	require.Equal(t, 4864, sum.between)
	require.Equal(t, a.first, sum.first)
	sum.first, sum.last = time.Unix(0, 0), time.Unix(0, 2*4864)
	require.Equal(t, 2.0, sum.perItem())
}

func TestFind(t *testing.T) {
	l, err := Find("mib", All())
	require.NoError(t, err)
	require.Equal(t, 1<<20, l.Bytes)
	require.Len(t, newBytes(3), l.Bytes)
	_, err = Find("gib", All())
	require.ErrorIs(t, err, ErrUnknown)
	_, err = l.Way(Gob)
	require.NoError(t, err)
	_, err = l.Way("by foot")
	require.Error(t, err)
	w, err := l.Way(Copy)
	require.NoError(t, err)
	require.Equal(t, 100, w.Over(10), "too few would measure nothing")
}

// A record has about a KiB, in memory and as gob.
func TestRecordSize(t *testing.T) {
	r := newRecord(1)
	require.InDelta(t, 1024, len(r.Text)+8*len(r.Values)+len(r.Name)+8+1, 150)
}

func TestAServerEndsWithItsInput(t *testing.T) {
	for name, serve := range servers() {
		in, w := io.Pipe()
		require.NoError(t, w.Close())
		require.ErrorIs(t, serve(in, io.Discard), io.EOF, name)
	}
}

func TestWithoutInitNothingStarts(t *testing.T) {
	initialized.Store(false)
	defer initialized.Store(true)
	for _, w := range All()[0].Ways {
		if w.Name == Penstock || w.Name == Wide {
			continue // package process has its own check
		}
		_, err := w.run(t.Context(), 1, 1)
		require.ErrorIs(t, err, ErrNotInitialized, w.Name)
	}
}
