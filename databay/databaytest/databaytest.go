// Package databaytest has test suites for inlets and outlets of your own.
//
//	func TestMyInlet(t *testing.T) {
//		databaytest.Inlet(t, func(t *testing.T) databay.Inlet[Tick] { return NewMyInlet(...) })
//	}
package databaytest

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"sync"
	"testing"

	"github.com/penstock/penstock/databay"
)

// Inlet checks the contract of inlets. newInlet must return a new inlet every time,
// one whose next pull has records. The suite checks that
//
//   - a new inlet is a pointer and not active;
//   - it starts once and shuts down once, whoever else tries, and starts again after;
//   - a pull returns records with payloads, with the global metadata, and with the
//     name of the inlet, and local metadata wins;
//   - the global metadata are not changed;
//   - a pull with a canceled context returns;
//   - after Rollback, the next pull returns the same payloads, if it is a Committer.
func Inlet[T any](t *testing.T, newInlet func(t *testing.T) databay.Inlet[T]) {
	t.Helper()
	pull := func(t *testing.T, in databay.Inlet[T]) []databay.Record[T] {
		t.Helper()
		rs, err := databay.PullRecords(t.Context(), in, databay.Update{Tags: []string{"databaytest"}})
		if err != nil {
			t.Fatalf("pull: %v", err)
		}
		if len(rs) == 0 {
			t.Fatal("pull returned no records: newInlet must return an inlet that has some")
		}
		return rs
	}
	t.Run("lifecycle", func(t *testing.T) { lifecycle(t, newInlet(t)) })
	t.Run("records", func(t *testing.T) {
		global := databay.Metadata{"databaytest": "global"}
		want := maps.Clone(global)
		inner := newInlet(t)
		in := databay.WithMetadata(inner, global)
		start(t, in)
		for i, r := range pull(t, in) {
			v := reflect.ValueOf(&r.Payload).Elem()
			switch v.Kind() {
			case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice:
				if v.IsNil() {
					t.Errorf("record %d has a nil payload", i)
				}
			}
			if r.Inlet() != fmt.Sprint(in) {
				t.Errorf("record %d says that it comes from %q and not from %q", i, r.Inlet(), fmt.Sprint(in))
			}
			if got := r.Text("databaytest", ""); got != "global" {
				t.Errorf("record %d has the global metadata %q", i, got)
			}
			if got := r.With("databaytest", "local").Text("databaytest", ""); got != "local" {
				t.Errorf("record %d: local metadata do not win: %q", i, got)
			}
		}
		if !maps.Equal(global, want) {
			t.Errorf("pull changed the global metadata to %v", global)
		}
	})
	t.Run("canceled", func(t *testing.T) {
		in := newInlet(t)
		start(t, in)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = databay.PullRecords(ctx, in, databay.Update{}) // that it returns is what counts
	})
	t.Run("rollback", func(t *testing.T) {
		in := newInlet(t)
		c, ok := in.(databay.Committer)
		if !ok {
			t.Skip("the inlet is not a Committer")
		}
		start(t, in)
		first := databay.Payloads(pull(t, in))
		if err := c.Rollback(t.Context(), databay.Update{}); err != nil {
			t.Fatalf("rollback: %v", err)
		}
		second := databay.Payloads(pull(t, in))
		if !reflect.DeepEqual(first, second) {
			t.Errorf("after a rollback it returned %v and before %v", second, first)
		}
		if err := c.Commit(t.Context(), databay.Update{Number: 1}); err != nil {
			t.Fatalf("commit: %v", err)
		}
	})
}

// Outlet checks the contract of outlets with the sample payloads, which must be what
// the outlet can take. newOutlet must return a new outlet every time. The suite checks that
//
//   - a new outlet is a pointer and not active;
//   - it starts once and shuts down once, whoever else tries, and starts again after;
//   - it takes records without metadata, an empty batch, and the same batch again;
//   - it does not change the records;
//   - a push with a canceled context returns.
//
// The function verify, which may be nil, is called after the samples were pushed once.
func Outlet[T any](t *testing.T, newOutlet func(t *testing.T) databay.Outlet[T], samples []T, verify func(t *testing.T, out databay.Outlet[T])) {
	t.Helper()
	t.Run("lifecycle", func(t *testing.T) { lifecycle(t, newOutlet(t)) })
	t.Run("push", func(t *testing.T) {
		out := newOutlet(t)
		start(t, out)
		push := func(rs []databay.Record[T]) {
			t.Helper()
			if err := out.Push(t.Context(), rs, databay.Update{Tags: []string{"databaytest"}}); err != nil {
				t.Fatalf("push of %d records: %v", len(rs), err)
			}
		}
		push(nil)
		rs, want := databay.Records(samples...), databay.Records(samples...)
		push(rs)
		if !reflect.DeepEqual(rs, want) {
			t.Errorf("push changed the records to %v", rs)
		}
		if verify != nil {
			verify(t, out)
		}
		push(rs)
	})
	t.Run("canceled", func(t *testing.T) {
		out := newOutlet(t)
		start(t, out)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = out.Push(ctx, databay.Records(samples...), databay.Update{}) // that it returns is what counts
	})
}

// start starts a node until the end of the test.
func start(t *testing.T, node any) {
	t.Helper()
	if err := databay.TryStart(t.Context(), node); err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		if err := databay.TryShutdown(context.Background(), node); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
}

func lifecycle(t *testing.T, node any) {
	t.Helper()
	if databay.Active(node) {
		t.Error("it is active before it was started")
	}
	for round := range 2 {
		for _, step := range []struct {
			name   string
			do     func(context.Context, any) error
			active bool
		}{{"start", databay.TryStart, true}, {"shutdown", databay.TryShutdown, false}} {
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					if err := step.do(t.Context(), node); err != nil {
						t.Errorf("%s, round %d: %v", step.name, round, err)
					}
				})
			}
			wg.Wait()
			if databay.Active(node) != step.active {
				t.Errorf("after %s, round %d: active is %v", step.name, round, !step.active)
			}
		}
	}
}
