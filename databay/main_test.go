package databay_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/databay"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("DATABAY_CRASH_FILE"); dir != "" {
		crashChild(dir)
		return
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	// ants, which package task is built on, starts goroutines when it is imported.
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

var errTest = errors.New("broken on purpose")

// spy is an outlet that remembers what was pushed.
type spy[T any] struct {
	mu     sync.Mutex
	pushes [][]databay.Record[T]
	fail   error
	hook   func(ctx context.Context, rs []databay.Record[T]) error
}

func (s *spy[T]) Push(ctx context.Context, rs []databay.Record[T], _ databay.Update) error {
	s.mu.Lock()
	s.pushes = append(s.pushes, rs)
	fail, hook := s.fail, s.hook
	s.mu.Unlock()
	if hook != nil {
		return hook(ctx, rs)
	}
	return fail
}

func (s *spy[T]) setFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// all returns the payloads of every push, empty pushes as empty lists.
func (s *spy[T]) all() [][]T {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := [][]T{}
	for _, p := range s.pushes {
		out = append(out, append([]T{}, databay.Payloads(p)...))
	}
	return out
}

// feed is an inlet of prepared pulls; then it has nothing.
func feed[T any](pulls ...[]T) databay.Inlet[T] {
	var mu sync.Mutex
	return databay.Pull(func(context.Context, databay.Update) ([]T, error) {
		mu.Lock()
		defer mu.Unlock()
		if len(pulls) == 0 {
			return nil, nil
		}
		next := pulls[0]
		pulls = pulls[1:]
		return next, nil
	})
}

// hooked is a node that counts its hooks.
type hooked struct {
	name              string
	startErr, stopErr error
	mu                sync.Mutex
	starts, stops     int
	pulls, pushes     int
	wait              time.Duration
	events            *events
}

// events is a log that several nodes share.
type events struct {
	mu   sync.Mutex
	list []string
}

func (e *events) add(s string) {
	if e != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.list = append(e.list, s)
	}
}

func (e *events) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string{}, e.list...)
}

func (h *hooked) OnStart(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.starts++
	h.events.add(h.name + " starts")
	return h.startErr
}

func (h *hooked) OnShutdown(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stops++
	h.events.add(h.name + " stops")
	return h.stopErr
}

func (h *hooked) counts() [2]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return [2]int{h.starts, h.stops}
}

type hookedInlet struct{ hooked }

func (h *hookedInlet) Pull(ctx context.Context, _ databay.Update) ([]databay.Record[int], error) {
	h.mu.Lock()
	h.pulls++
	n := h.pulls
	h.mu.Unlock()
	if h.wait > 0 {
		select {
		case <-time.After(h.wait):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return databay.Records(n), nil
}

type hookedOutlet struct{ hooked }

func (h *hookedOutlet) Push(_ context.Context, rs []databay.Record[int], _ databay.Update) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pushes++
	h.events.add(h.name + " push")
	return nil
}

func newLink[T any](t *testing.T, cfg databay.LinkConfig[T]) *databay.Link[T] {
	t.Helper()
	if cfg.Interval == 0 && cfg.Schedule == nil {
		cfg.Interval = 10 * time.Second
	}
	l, err := databay.NewLink(cfg)
	require.NoError(t, err)
	return l
}

func ins[T any](in ...databay.Inlet[T]) []databay.Inlet[T]     { return in }
func outs[T any](out ...databay.Outlet[T]) []databay.Outlet[T] { return out }

func list(from, to int) []int {
	s := []int{}
	for i := from; i <= to; i++ {
		s = append(s, i)
	}
	return s
}
