package pl_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// Package ants starts goroutines when it is imported.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

var errBoom = errors.New("boom")

var backends = []pl.Backend{pl.Sync, thread.Backend, task.Backend}

// eachBackend runs f for every backend of this process, in a bubble each.
func eachBackend(t *testing.T, f func(t *testing.T, b pl.Backend)) {
	for _, b := range backends {
		t.Run(b.String(), func(t *testing.T) { bubble(t, func(t *testing.T) { f(t, b) }) })
	}
}

// bubble runs f in a synctest bubble. A goroutine that is left over, or a deadlock,
// fails the test at once.
func bubble(t *testing.T, f func(t *testing.T)) { synctest.Test(t, f) }

// workersOf returns how many workers a stage has on b when n are asked for.
func workersOf(b pl.Backend, n int) int {
	if b == pl.Sync {
		return 1
	}
	return n
}

func seq(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func mapped[A, B any](list []A, f func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, v := range list {
		out = append(out, f(v))
	}
	return out
}

func id(_ context.Context, x int) (int, error)      { return x, nil }
func square(_ context.Context, x int) (int, error)  { return x * x, nil }
func three(_ context.Context, x int) ([]int, error) { return []int{x, x + 1, x + 2}, nil }
func gt1(_ context.Context, x int) (bool, error)    { return x > 1, nil }
func hang(ctx context.Context, x int) (int, error)  { <-ctx.Done(); return x, ctx.Err() }
func discard(context.Context, int) error            { return nil }
func failing(context.Context, int) (int, error)     { return 0, errBoom }

// counter returns a source without end, and how many values it was asked for.
func counter() (pl.Stage[int], *atomic.Int64) {
	pulls := new(atomic.Int64)
	return pl.Generate(func(_ context.Context, emit func(int) bool) error {
		for i := 0; ; i++ {
			pulls.Add(1)
			if !emit(i) {
				return nil
			}
		}
	}), pulls
}

// start runs a stage in the background until stop is called.
func start(t *testing.T, s pl.AnyStage, opts ...pl.RunOption) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan error, 1)
	go func() { end <- pl.Join(s).Run(ctx, opts...) }()
	return func() error {
		cancel()
		return <-end
	}
}

// slowly makes f take d.
func slowly[A, B any](d time.Duration, f func(context.Context, A) (B, error)) func(context.Context, A) (B, error) {
	return func(ctx context.Context, v A) (B, error) {
		time.Sleep(d)
		return f(ctx, v)
	}
}
