package pl_test

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

var sizes = []struct{ n, m int }{{1, 1}, {1, 2}, {2, 1}, {3, 3}, {5, 1}, {1, 16}, {4, 9}}

func TestBoundOfWork(t *testing.T) {
	for _, b := range []pl.Backend{pl.Sync, thread.Backend} {
		for _, size := range sizes {
			bubble(t, func(t *testing.T) {
				src, pulls := counter()
				f := func(ctx context.Context, in iter.Seq[int], _ func(int) bool) error {
					for range in {
						<-ctx.Done()
					}
					return nil
				}
				stop := start(t, pl.Work(b, f, pl.Workers(size.n), pl.MaxSize(size.m))(src))
				synctest.Wait()
				require.EqualValues(t, size.m+workersOf(b, size.n)+1, pulls.Load())
				require.ErrorIs(t, stop(), context.Canceled)
			})
		}
	}
}

func TestBoundOfRoundRobin(t *testing.T) { // a queue of MaxSize for each worker
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, size := range sizes {
			src, pulls := counter()
			stop := start(t, pl.Map(b, pl.Fn(hang), pl.Workers(size.n), pl.MaxSize(size.m), pl.RoundRobin())(src))
			synctest.Wait()
			n := workersOf(b, size.n)
			require.EqualValues(t, n*size.m+n+1, pulls.Load())
			require.ErrorIs(t, stop(), context.Canceled)
		}
	})
}

func TestBoundOfMerge(t *testing.T) { // every source has one in its hand
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, size := range sizes {
			src1, pulls1 := counter()
			src2, pulls2 := counter()
			stop := start(t, pl.Map(b, pl.Fn(hang), pl.Workers(size.n), pl.MaxSize(size.m))(pl.Merge(src1, src2)))
			synctest.Wait()
			require.EqualValues(t, size.m+workersOf(b, size.n)+2, pulls1.Load()+pulls2.Load())
			require.ErrorIs(t, stop(), context.Canceled)
		}
	})
}

func TestBoundOfBroadcast(t *testing.T) { // the pace is that of the slowest
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, size := range sizes {
			src, pulls := counter()
			wide := pl.Map(b, pl.Fn(hang), pl.MaxSize(500))(src)
			tight := pl.Map(b, pl.Fn(hang), pl.Workers(size.n), pl.MaxSize(size.m))(src)
			stop := start(t, pl.Join(wide, tight, pl.Each(b, pl.Do(discard))(src)))
			synctest.Wait()
			require.EqualValues(t, size.m+workersOf(b, size.n)+1, pulls.Load())
			require.ErrorIs(t, stop(), context.Canceled)
		}
	})
}

// The operators without workers have no queue behind a stage with a small MaxSize,
// and hold one item.
func TestBoundOfOperatorsWithoutWorkers(t *testing.T) {
	for name, op := range map[string]pl.Op[int, int]{
		"Tap":     pl.Tap(func(int) {}),
		"Take":    pl.Take[int](1000),
		"Ordered": pl.Ordered[int],
		"Through": pl.Through(func(in iter.Seq[int]) iter.Seq[int] { return in }),
		"Concat":  func(s pl.Stage[int]) pl.Stage[int] { return pl.Concat(s, pl.Of(1)) },
	} {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s/%d,%d", name, size.n, size.m), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					src, pulls := counter()
					first := thread.Map(id, pl.MaxSize(2))(src)
					stop := start(t, thread.Map(hang, pl.Workers(size.n), pl.MaxSize(size.m))(op(first)))
					synctest.Wait()
					// In f, waiting, held by the operator, handed over by the first
					// stage, waiting there, handed over by the source.
					require.EqualValues(t, size.n+size.m+1+1+2+1, pulls.Load())
					require.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
	bubble(t, func(t *testing.T) { // Batch holds the batch that it fills as well
		src, pulls := counter()
		batches := pl.Batch[int](10, 0)(thread.Map(id, pl.MaxSize(2))(src))
		stop := start(t, thread.Each(func(ctx context.Context, _ []int) error { <-ctx.Done(); return nil }, pl.MaxSize(1))(batches))
		synctest.Wait()
		require.EqualValues(t, 10+10+10+1+2+1, pulls.Load())
		require.ErrorIs(t, stop(), context.Canceled)
	})
}

func TestBoundOfBuffers(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		src, pulls := counter() // Buffer and MaxSize add up
		stop := start(t, pl.Pipe3(src, pl.Buffer[int](3), pl.Buffer[int](2), pl.Map(b, pl.Fn(hang), pl.MaxSize(4))))
		synctest.Wait()
		require.EqualValues(t, 3+2+4+1+1, pulls.Load())
		require.ErrorIs(t, stop(), context.Canceled)

		src, pulls = counter() // without one, the buffer is the queue
		stop = start(t, pl.Pipe2(src, pl.Buffer[int](3), pl.Map(b, pl.Fn(hang))))
		synctest.Wait()
		require.LessOrEqual(t, int(pulls.Load()), 3+512+1+1)
		require.ErrorIs(t, stop(), context.Canceled)

		done := 0 // no limit
		stop = start(t, pl.Pipe3(pl.Range(5000), pl.Tap(func(int) { done++ }), pl.Buffer[int](0), pl.Map(b, pl.Fn(hang), pl.MaxSize(1))))
		synctest.Wait()
		require.Equal(t, 5000, done)
		require.ErrorIs(t, stop(), context.Canceled)
	})
}

// TestBoundProperty checks after every event in a chain of random stages that no
// more items are between two stages than may be.
func TestBoundProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type link struct{ n, m, started, finished, worst, running, over int }
		b := backends[rapid.IntRange(0, 2).Draw(rt, "backend")]
		fast := rapid.Bool().Draw(rt, "fast") // in real time workers take many items at once
		src, pulls := counter()
		var mu sync.Mutex
		links := make([]link, rapid.IntRange(1, 3).Draw(rt, "stages"))
		before := func(i int) (finished, hands int) {
			if i == 0 {
				return int(pulls.Load()), 1
			}
			return links[i-1].finished, workersOf(b, links[i-1].n)
		}
		s := src
		for i := range links {
			l := &links[i]
			l.n = rapid.IntRange(1, 6).Draw(rt, "workers")
			l.m = rapid.SampledFrom([]int{1, 2, 7, 16, 17, 40, 130}).Draw(rt, "max")
			pause := rapid.IntRange(0, 3).Draw(rt, "pause")
			s = pl.Map(b, pl.Fn(func(_ context.Context, x int) (int, error) {
				mu.Lock()
				l.started++
				l.running++
				l.worst = max(l.worst, l.running)
				mu.Unlock()
				if (x+i)%5 < pause && !fast {
					time.Sleep(time.Duration(x%4) * time.Millisecond)
				}
				mu.Lock()
				l.running--
				l.finished++
				for j := range links {
					// Workers that are not in f may have taken an item already.
					finished, hands := before(j)
					to := &links[j]
					between := finished - to.started - (workersOf(b, to.n) - to.running)
					to.over = max(to.over, between-to.m-hands)
				}
				mu.Unlock()
				return x, nil
			}), pl.Workers(l.n), pl.MaxSize(l.m))(s)
		}
		n, over := 0, 0
		limit := rapid.IntRange(1, 200).Draw(rt, "limit")
		if fast {
			limit *= 10
		}
		lag := rapid.IntRange(0, 3).Draw(rt, "lag")
		loop := func(t *testing.T) {
			for _, err := range s.All(t.Context()) {
				require.NoError(t, err)
				n++
				mu.Lock()
				last := &links[len(links)-1]
				queue := last.m
				if queue <= 16 {
					queue = 0
				}
				// One more is in the hand of the loop between two values.
				over = max(over, last.finished-n-queue-workersOf(b, last.n)-1)
				mu.Unlock()
				if n%10 < lag && !fast {
					time.Sleep(5 * time.Millisecond)
				}
				if n == limit {
					break
				}
			}
		}
		if fast {
			loop(t)
		} else {
			bubble(t, loop)
		}
		for i, l := range links {
			if l.over > 0 {
				rt.Fatalf("%v: %d items too many in front of stage %d: %+v", b, l.over, i, links)
			}
			if l.worst > workersOf(b, l.n) {
				rt.Fatalf("%v: %d calls at once in stage %d: %+v", b, l.worst, i, links)
			}
		}
		if over > 0 {
			rt.Fatalf("%v: %d items too many in front of the loop: %+v", b, over, links)
		}
	})
}
