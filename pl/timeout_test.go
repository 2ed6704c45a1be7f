package pl_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

func lastStage(m *pl.Monitor) pl.StageStats {
	all := m.Stages()
	return all[len(all)-1]
}

func TestTimeoutOfFunctionsThatEndBadlyAfterwards(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":  func() { panic("late") },
		"Goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, b pl.Backend) {
				var dones atomic.Int32
				h := pl.OnStart(func(context.Context, pl.Worker) (int, error) { return 0, nil }).
					OnDone(func(context.Context, int, pl.Status) error { dones.Add(1); return nil })
				f := func(_ context.Context, _, x int) (int, error) {
					if x == 1 {
						time.Sleep(time.Hour)
						end()
					}
					return x, nil
				}
				var m pl.Monitor
				v, err := pl.Map(b, pl.With(h, f), pl.Timeout(time.Second), pl.Skip(pl.ErrTimeout))(pl.Range(4)).Collect(t.Context(), pl.Watch(&m))
				require.NoError(t, err)
				require.Equal(t, []int{0, 2, 3}, v)
				require.EqualValues(t, 1, dones.Load())
				time.Sleep(time.Hour)
				synctest.Wait()
				require.EqualValues(t, 2, dones.Load(), "OnDone of the late worker")
				require.NoError(t, m.Err(), "nobody wants to hear how a late function ends")
				require.EqualValues(t, 1, lastStage(&m).Abandoned)
				require.Zero(t, lastStage(&m).Busy)
			})
		})
	}
}

func TestTimeoutLateOnDoneHasItsResource(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		type resource struct{ inUse, closed bool }
		var mu sync.Mutex
		bad := false
		h := pl.OnStart(func(context.Context, pl.Worker) (*resource, error) { return &resource{}, nil }).
			OnDone(func(ctx context.Context, r *resource, s pl.Status) error {
				mu.Lock()
				defer mu.Unlock()
				bad = bad || r.inUse || r.closed || ctx.Err() != nil
				r.closed = true
				return nil
			})
		f := func(_ context.Context, r *resource, x int) (int, error) {
			mu.Lock()
			bad = bad || r.inUse || r.closed
			r.inUse = true
			mu.Unlock()
			if x%3 == 0 {
				time.Sleep(10 * time.Second)
			}
			mu.Lock()
			r.inUse = false
			mu.Unlock()
			return x, nil
		}
		_, err := pl.Map(b, pl.With(h, f), pl.Workers(3), pl.Timeout(time.Second), pl.Skip())(pl.Range(30)).Collect(t.Context())
		require.NoError(t, err)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.False(t, bad)
	})
}

func TestTimeoutReplacementCannotStart(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		var starts, dones atomic.Int32
		h := pl.OnStart(func(context.Context, pl.Worker) (int, error) {
			if starts.Add(1) > 1 {
				return 0, errBoom
			}
			return 0, nil
		}).OnDone(func(context.Context, int, pl.Status) error { dones.Add(1); return nil })
		f := func(_ context.Context, _, x int) (int, error) { time.Sleep(time.Minute); return x, nil }
		err := pl.Map(b, pl.With(h, f), pl.Timeout(time.Second), pl.Skip())(pl.Range(3)).Run(t.Context())
		require.ErrorIs(t, err, errBoom)
		var at *pl.StageError
		require.ErrorAs(t, err, &at)
		require.Equal(t, "OnStart", at.Hook)
		time.Sleep(time.Hour)
		synctest.Wait()
		require.EqualValues(t, 1, dones.Load())
	})
}

func TestTimeoutDoesNotHoldUpTheEnd(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		f := func(context.Context, int) (int, error) { time.Sleep(time.Hour); return 0, nil }
		begin := time.Now()
		err := pl.Map(b, pl.Fn(f), pl.Workers(5), pl.Timeout(time.Second))(pl.Range(5)).Run(t.Context())
		require.ErrorIs(t, err, pl.ErrTimeout)
		require.Equal(t, time.Second, time.Since(begin))
		time.Sleep(time.Hour)
	})
}

func TestTimeoutOfAnInOrderStageWithASmallWindow(t *testing.T) {
	for _, b := range []pl.Backend{thread.Backend, task.Backend} {
		for _, window := range []int{1, 2, 7} {
			for _, rr := range []bool{false, true} {
				bubble(t, func(t *testing.T) {
					f := func(_ context.Context, x int) (int, error) {
						if x%3 == 1 {
							time.Sleep(time.Minute)
						}
						return x, nil
					}
					opts := []pl.Option{pl.Workers(4), pl.InOrder(), pl.Window(window), pl.Timeout(time.Second), pl.OnError(func(_ context.Context, err *pl.StageError) error {
						if !errors.Is(err, pl.ErrTimeout) {
							return err
						}
						return nil
					})}
					if rr {
						opts = append(opts, pl.RoundRobin(), pl.MaxSize(2))
					}
					v, err := pl.Map(b, pl.Fn(f), opts...)(pl.Range(30)).Collect(t.Context())
					require.NoError(t, err)
					var want []int
					for x := range 30 {
						if x%3 != 1 {
							want = append(want, x)
						}
					}
					require.Equal(t, want, v)
					time.Sleep(time.Hour)
				})
			}
		}
	}
}

// TestTimeoutAtTheDeadline lets functions return about when their time is over:
// each item has a result or a timeout, and never both or none.
func TestTimeoutAtTheDeadline(t *testing.T) {
	const limit = 300 * time.Microsecond
	for _, b := range backends {
		t.Run(b.String(), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				slack := rapid.IntRange(0, 60).Draw(rt, "slack")
				yields := rapid.IntRange(0, 3).Draw(rt, "yields")
				minds := rapid.Bool().Draw(rt, "minds its context")
				f := func(ctx context.Context, x int) (int, error) {
					if end, ok := ctx.Deadline(); ok && x%4 == 0 {
						for until := end.Add(time.Duration(slack-30) * time.Microsecond); time.Now().Before(until); {
							if minds && ctx.Err() != nil {
								return 0, ctx.Err()
							}
						}
						for range yields {
							runtime.Gosched()
						}
					}
					return x, nil
				}
				var m pl.Monitor
				var mu sync.Mutex
				seen := map[int]int{}
				v, err := pl.Map(b, pl.Fn(f), pl.Workers(3), pl.Timeout(limit), pl.OnError(func(_ context.Context, err *pl.StageError) error {
					mu.Lock()
					defer mu.Unlock()
					seen[err.Item.(int)]++
					return nil
				}))(pl.Range(12)).Collect(t.Context(), pl.Watch(&m))
				if err != nil {
					rt.Fatal(err)
				}
				for _, x := range v {
					seen[x]++
				}
				for x := range 12 {
					if seen[x] != 1 {
						rt.Fatalf("item %d: %d results", x, seen[x])
					}
				}
				st := lastStage(&m)
				if st.Dropped != int64(12-len(v)) || st.Restarts != st.Abandoned || st.Busy != 0 {
					rt.Fatalf("%+v", st)
				}
			})
		})
	}
}

func TestTimeoutContext(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		f := func(ctx context.Context, x int) (int, error) {
			end, ok := ctx.Deadline()
			require.True(t, ok)
			require.Equal(t, time.Second, time.Until(end))
			if x == 1 {
				<-ctx.Done()
				require.ErrorIs(t, context.Cause(ctx), pl.ErrTimeout)
				return 0, ctx.Err()
			}
			return x, nil
		}
		v, err := pl.Map(b, pl.Fn(f), pl.Timeout(time.Second), pl.Skip(context.DeadlineExceeded))(pl.Range(3)).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{0, 2}, v)
	})
}
