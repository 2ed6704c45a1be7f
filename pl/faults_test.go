package pl_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// The places of a pipeline of mixed backends where something can happen.
var places = []string{"Generate", "thread Map", "task Filter", "sync FlatMap", "Tap", "thread Map in order", "Through", "Work", "task Map"}

// hookedPlaces are those whose workers have hooks.
var hookedPlaces = []string{"thread Map", "task Filter", "sync FlatMap", "thread Map in order", "task Map"}

// A trap makes things happen in a pipeline.
type trap struct {
	place string
	what  func(ctx context.Context) error // happens at the place, to one of the first items
	start func() error                    // happens in OnStart of the place
	done  func() error                    // happens in OnDone of the place

	starts, dones map[string]*atomic.Int64
}

func newTrap(place string) *trap {
	tr := &trap{place: place, starts: map[string]*atomic.Int64{}, dones: map[string]*atomic.Int64{}}
	for _, p := range hookedPlaces {
		tr.starts[p], tr.dones[p] = new(atomic.Int64), new(atomic.Int64)
	}
	return tr
}

const trapAt = 12

func (tr *trap) visit(ctx context.Context, place string, x int) error {
	if place == tr.place && x == trapAt && tr.what != nil {
		return tr.what(ctx)
	}
	return nil
}

func (tr *trap) hooks(place string) pl.Hooks[int] {
	return pl.OnStart(func(context.Context, pl.Worker) (int, error) {
		if place == tr.place && tr.start != nil {
			if err := tr.start(); err != nil {
				return 0, err
			}
		}
		tr.starts[place].Add(1)
		return 0, nil
	}).OnDone(func(context.Context, int, pl.Status) error {
		tr.dones[place].Add(1)
		if place == tr.place && tr.done != nil {
			return tr.done()
		}
		return nil
	})
}

// pipeline returns the pipeline over an infinite source, if limit is 0.
func (tr *trap) pipeline(max, limit int) pl.Stage[int] {
	size := pl.MaxSize(max)
	src := pl.Generate(func(ctx context.Context, emit func(int) bool) error {
		for i := 0; limit == 0 || i < limit; i++ {
			if err := tr.visit(ctx, "Generate", i); err != nil {
				return err
			}
			if !emit(i) {
				return nil
			}
		}
		return nil
	})
	value := func(place string) pl.Func[int, int] {
		return pl.With(tr.hooks(place), func(ctx context.Context, _, x int) (int, error) { return x, tr.visit(ctx, place, x) })
	}
	return pl.Pipe8(src,
		pl.Map(thread.Backend, value("thread Map"), pl.Workers(3), size),
		pl.Filter(task.Backend, pl.With(tr.hooks("task Filter"), func(ctx context.Context, _, x int) (bool, error) {
			return x%2 == 0, tr.visit(ctx, "task Filter", x)
		}), pl.Workers(3), size),
		pl.FlatMap(pl.Sync, pl.With(tr.hooks("sync FlatMap"), func(ctx context.Context, _, x int) ([]int, error) {
			return []int{x, -x - 1}, tr.visit(ctx, "sync FlatMap", x)
		}), size),
		pl.Tap(func(x int) {
			if err := tr.visit(context.Background(), "Tap", x); err != nil {
				panic(err)
			}
		}),
		pl.Map(thread.Backend, value("thread Map in order"), pl.Workers(3), pl.InOrder(), size),
		pl.Through(func(in iter.Seq[int]) iter.Seq[int] {
			return func(yield func(int) bool) {
				for x := range in {
					if err := tr.visit(context.Background(), "Through", x); err != nil {
						panic(err)
					}
					if !yield(x) {
						return
					}
				}
			}
		}),
		pl.Work(thread.Backend, func(ctx context.Context, in iter.Seq[int], emit func(int) bool) error {
			for x := range in {
				if err := tr.visit(ctx, "Work", x); err != nil {
					return err
				}
				if !emit(x) {
					return nil
				}
			}
			return nil
		}, pl.Workers(2), size),
		pl.Map(task.Backend, value("task Map"), pl.Workers(2), size))
}

func (tr *trap) balanced(t *testing.T) {
	t.Helper()
	for p, n := range tr.starts {
		require.Equal(t, n.Load(), tr.dones[p].Load(), "OnDone of %s", p)
	}
}

// atEveryPlace runs f for each place and two bounds, in a bubble each: what hangs
// or is left over fails there.
func atEveryPlace(t *testing.T, places []string, f func(t *testing.T, place string, max int)) {
	for _, place := range places {
		for _, max := range []int{1, 512} {
			t.Run(fmt.Sprintf("%s,max=%d", place, max), func(t *testing.T) {
				for range 3 {
					bubble(t, func(t *testing.T) { f(t, place, max) })
				}
			})
		}
	}
}

func TestErrorAtEveryPlace(t *testing.T) {
	atEveryPlace(t, places, func(t *testing.T, place string, max int) {
		tr := newTrap(place)
		tr.what = func(context.Context) error { return errBoom }
		require.ErrorIs(t, tr.pipeline(max, 0).Run(t.Context()), errBoom)
		tr.balanced(t)
		_, err := tr.pipeline(max, 0).Collect(t.Context())
		var at *pl.StageError
		require.ErrorAs(t, err, &at)
		tr.balanced(t)
	})
}

func TestPanicAtEveryPlace(t *testing.T) {
	atEveryPlace(t, places, func(t *testing.T, place string, max int) {
		tr := newTrap(place)
		tr.what = func(context.Context) error { panic("trap") }
		err := tr.pipeline(max, 0).Run(t.Context())
		var p *pl.PanicError
		require.ErrorAs(t, err, &p)
		require.Equal(t, "trap", p.Value)
		require.Contains(t, string(p.Stack), "TestPanicAtEveryPlace", "the stack shows the function")
		var at *pl.StageError
		require.ErrorAs(t, err, &at)
		tr.balanced(t)
	})
}

func TestGoexitAtEveryPlace(t *testing.T) {
	atEveryPlace(t, places, func(t *testing.T, place string, max int) {
		tr := newTrap(place)
		tr.what = func(context.Context) error { runtime.Goexit(); return nil }
		require.ErrorIs(t, tr.pipeline(max, 0).Run(t.Context()), pl.ErrGoexit)
		tr.balanced(t)
	})
}

func TestCancelFromEveryPlace(t *testing.T) {
	atEveryPlace(t, places, func(t *testing.T, place string, max int) {
		cause := errors.New("cause")
		ctx, cancel := context.WithCancelCause(t.Context())
		tr := newTrap(place)
		tr.what = func(context.Context) error { cancel(cause); return nil }
		require.Same(t, cause, tr.pipeline(max, 0).Run(ctx))
		tr.balanced(t)
	})
}

func TestCancelWhileEveryPlaceWaits(t *testing.T) {
	waiting := []string{"Generate", "thread Map", "task Filter", "sync FlatMap", "thread Map in order", "Work", "task Map"}
	atEveryPlace(t, waiting, func(t *testing.T, place string, max int) {
		cause := errors.New("cause")
		ctx, cancel := context.WithCancelCause(t.Context())
		tr := newTrap(place)
		tr.what = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		// In a run over limited input all else can come to rest meanwhile.
		stop := time.AfterFunc(time.Hour, func() { cancel(cause) })
		defer stop.Stop()
		_, err := tr.pipeline(max, 40).Collect(ctx)
		require.Same(t, cause, err)
		tr.balanced(t)
	})
}

func TestBreakAtEveryPlace(t *testing.T) {
	atEveryPlace(t, places, func(t *testing.T, place string, max int) {
		for _, after := range []int{1, 5, 40} {
			tr := newTrap(place)
			tr.what = func(context.Context) error { time.Sleep(time.Second); return nil } // left while the place is busy
			var m pl.Monitor
			n := 0
			for _, err := range tr.pipeline(max, 0).All(t.Context(), pl.Watch(&m)) {
				require.NoError(t, err)
				if n++; n == after {
					break
				}
			}
			require.Equal(t, after, n)
			require.NoError(t, m.Err())
			tr.balanced(t)
		}
	})
}

func TestHooksFailAtEveryPlace(t *testing.T) {
	for name, happens := range map[string]func() error{
		"error":  func() error { return errBoom },
		"panic":  func() error { panic(errBoom) },
		"Goexit": func() error { runtime.Goexit(); return nil },
	} {
		want := errBoom
		if name == "Goexit" {
			want = pl.ErrGoexit
		}
		t.Run("OnStart "+name, func(t *testing.T) {
			atEveryPlace(t, hookedPlaces, func(t *testing.T, place string, max int) {
				tr := newTrap(place)
				tr.start = happens
				err := tr.pipeline(max, 0).Run(t.Context())
				require.ErrorIs(t, err, want)
				var at *pl.StageError
				require.ErrorAs(t, err, &at)
				require.Equal(t, "OnStart", at.Hook)
				require.Zero(t, tr.starts[place].Load())
				tr.balanced(t)
			})
		})
		t.Run("OnDone "+name, func(t *testing.T) {
			atEveryPlace(t, hookedPlaces, func(t *testing.T, place string, max int) {
				tr := newTrap(place)
				tr.done = happens
				err := tr.pipeline(max, 30).Run(t.Context())
				require.ErrorIs(t, err, want)
				var at *pl.StageError
				require.ErrorAs(t, err, &at)
				require.Equal(t, "OnDone", at.Hook)
				tr.balanced(t)

				var m pl.Monitor // and after the loop was left
				tr = newTrap(place)
				tr.done = happens
				for _, err := range tr.pipeline(max, 0).All(t.Context(), pl.Watch(&m)) {
					require.NoError(t, err)
					break
				}
				require.ErrorIs(t, m.Err(), want)
				tr.balanced(t)
			})
		})
	}
}

func TestOnDoneAfterOtherErrors(t *testing.T) {
	atEveryPlace(t, hookedPlaces, func(t *testing.T, place string, max int) {
		tr := newTrap(place)
		other := errors.New("other")
		tr.what = func(context.Context) error { return other }
		tr.done = func() error { return errBoom }
		err := tr.pipeline(max, 0).Run(t.Context())
		require.ErrorIs(t, err, other)
		require.ErrorIs(t, err, errBoom, "errors of OnDone are joined")
		var at *pl.StageError
		require.ErrorAs(t, err, &at)
		require.Empty(t, at.Hook, "the first error comes first")
		tr.balanced(t)
	})
}

func TestUndisturbedPipeline(t *testing.T) {
	for _, max := range []int{1, 0, 512} {
		bubble(t, func(t *testing.T) {
			tr := newTrap("")
			v, err := tr.pipeline(max, 100).Collect(t.Context())
			require.NoError(t, err)
			require.Len(t, v, 100)
			tr.balanced(t)
		})
	}
}

func TestThirdStageFailsBehindAnInfiniteSource(t *testing.T) {
	eachBackend(t, func(t *testing.T, b pl.Backend) {
		for _, workers := range []int{1, 2, 8} {
			src, _ := counter()
			opts := pl.Options(pl.MaxSize(1), pl.Workers(workers))
			s := pl.Pipe3(src, pl.Map(b, pl.Fn(id), opts), pl.Map(b, pl.Fn(id), opts), pl.Map(b, pl.Fn(failing), opts))
			require.ErrorIs(t, s.Run(t.Context()), errBoom)
		}
	})
}

// In real time, where workers take many fast items at once.
func TestValuesBeforeTheErrorAreDelivered(t *testing.T) {
	for _, b := range backends {
		for at := 0; at < 2000; at += 37 {
			f := func(_ context.Context, x int) (int, error) {
				if x == at {
					return 0, errBoom
				}
				return x, nil
			}
			for _, opts := range [][]pl.Option{{}, {pl.MaxSize(1)}, {pl.MaxSize(30)}, {pl.InOrder()}} {
				v, err := pl.Map(b, pl.Fn(f), opts...)(pl.Range(2000)).Collect(t.Context())
				require.ErrorIs(t, err, errBoom)
				require.Equal(t, seq(at), append([]int{}, v...))
			}
			v, err := pl.Map(b, pl.Fn(f), pl.InOrder(), pl.Workers(4))(pl.Range(2000)).Collect(t.Context())
			require.ErrorIs(t, err, errBoom)
			require.Equal(t, seq(len(v)), append([]int{}, v...))
			require.LessOrEqual(t, len(v), at)
		}
	}
}
