package process_test

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

var (
	errStock   = errors.New("out of stock")
	errUnknown = errors.New("registered nowhere")
)

// A CodeError is known to gob.
type CodeError struct {
	Code int
	Text string
}

func (e *CodeError) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Text) }

// A PlainError is not.
type PlainError struct{ Code int }

func (e PlainError) Error() string { return fmt.Sprint("code ", e.Code) }

func init() {
	pl.RegisterError(errStock)
	gob.Register(&CodeError{})
}

var fail = pl.Register(func(ctx context.Context, how string) (int, error) {
	attempt := 0
	if info, ok := pl.FromContext(ctx); ok {
		attempt = info.Attempt
	}
	note("try %d", attempt)
	switch how {
	case "registered":
		return 0, errStock
	case "wrapped":
		return 0, fmt.Errorf("shelf 7: %w", errStock)
	case "joined":
		return 0, errors.Join(errStock, io.ErrUnexpectedEOF)
	case "unknown":
		return 0, errUnknown
	case "same text":
		return 0, errors.New(errStock.Error())
	case "io.EOF":
		return 0, io.EOF
	case "no file":
		_, err := os.Open("/no/such/file")
		return 0, err
	case "canceled":
		return 0, fmt.Errorf("upstream: %w", context.Canceled)
	case "deadline":
		return 0, context.DeadlineExceeded
	case "gob":
		return 0, fmt.Errorf("answer: %w", &CodeError{404, "not found"})
	case "plain":
		return 0, PlainError{5}
	case "permanent":
		return 0, pl.Permanent(fmt.Errorf("never again: %w", errStock))
	case "panic":
		panic("broken record")
	case "panic number":
		panic(42)
	case "panic error":
		panic(fmt.Errorf("in panic: %w", errStock))
	case "panic nil map":
		var m map[string]int
		//lint:ignore SA5000 the panic is the point
		m["a"] = 1
	case "goexit":
		runtime.Goexit()
	}
	return len(how), nil
}, pl.As("fail"))

func failure(t *testing.T, how string, opts ...pl.Option) error {
	t.Helper()
	clean(t)
	_, err := pl.Map(quiet(), fail, opts...)(pl.Of(how)).Collect(t.Context())
	require.Error(t, err)
	var stage *pl.StageError
	require.ErrorAs(t, err, &stage)
	require.Equal(t, how, stage.Item)
	return err
}

func TestErrorsKeepTheirMeaning(t *testing.T) {
	for how, c := range map[string]struct {
		text, kind string
		is, isNot  []error
	}{
		"registered": {"out of stock", "*errors.errorString", []error{errStock}, []error{errUnknown, io.EOF}},
		"wrapped":    {"shelf 7: out of stock", "*fmt.wrapError", []error{errStock}, []error{io.EOF}},
		"joined":     {"out of stock\nunexpected EOF", "*errors.joinError", []error{errStock, io.ErrUnexpectedEOF}, []error{io.EOF}},
		"unknown":    {"registered nowhere", "*errors.errorString", nil, []error{errUnknown, errStock}},
		"same text":  {"out of stock", "*errors.errorString", nil, []error{errStock}},
		"io.EOF":     {"EOF", "*errors.errorString", []error{io.EOF}, []error{io.ErrUnexpectedEOF}},
		"no file":    {"open /no/such/file: no such file or directory", "*fs.PathError", []error{fs.ErrNotExist}, []error{fs.ErrExist}},
		"canceled":   {"upstream: context canceled", "*fmt.wrapError", []error{context.Canceled}, []error{context.DeadlineExceeded}},
		"deadline":   {"context deadline exceeded", "context.deadlineExceededError", []error{context.DeadlineExceeded}, []error{context.Canceled, pl.ErrTimeout}},
		"plain":      {"code 5", "process_test.PlainError", nil, []error{errStock}},
	} {
		t.Run(how, func(t *testing.T) {
			err := failure(t, how)
			var remote *pl.RemoteError
			require.ErrorAs(t, err, &remote)
			require.Equal(t, c.text, remote.Error())
			require.Equal(t, c.kind, remote.Type)
			require.ErrorContains(t, err, c.text)
			for _, target := range c.is {
				require.ErrorIs(t, err, target)
			}
			for _, target := range c.isNot {
				require.NotErrorIs(t, err, target)
			}
			var exit *process.ExitError
			require.NotErrorAs(t, err, &exit)
		})
	}
}

func TestErrorsAsOfTypesThatGobKnows(t *testing.T) {
	err := failure(t, "gob")
	var code *CodeError
	require.ErrorAs(t, err, &code)
	require.Equal(t, CodeError{404, "not found"}, *code)
	require.ErrorContains(t, err, "answer: 404 not found")
	var plain PlainError
	require.NotErrorAs(t, failure(t, "plain"), &plain)
}

func TestPanicsComeBackWithTheirStack(t *testing.T) {
	for how, value := range map[string]any{"panic": "broken record", "panic number": 42} {
		var p *pl.PanicError
		require.ErrorAs(t, failure(t, how), &p)
		require.Equal(t, value, p.Value)
		require.Contains(t, string(p.Stack), "errors_test.go:")
		require.Contains(t, p.Error(), fmt.Sprint(value))
	}
	err := failure(t, "panic error")
	var p *pl.PanicError
	require.ErrorAs(t, err, &p)
	require.ErrorIs(t, err, errStock)
	require.ErrorContains(t, err, "in panic: out of stock")

	require.ErrorAs(t, failure(t, "panic nil map"), &p)
	require.ErrorContains(t, p, "assignment to entry in nil map")

	require.ErrorIs(t, failure(t, "goexit"), pl.ErrGoexit)
}

// Panics and Goexit cost the item, not the worker nor the items that were sent with it.
func TestPanicsLeaveTheWorkerAlive(t *testing.T) {
	clean(t)
	got, stats, err := work(t, quiet(process.Chunk(20)), tasks(100, map[int]string{7: "panic", 8: "goexit", 50: "goexit", 99: "panic"}), pl.Skip())
	require.NoError(t, err)
	require.Equal(t, without(100, 7, 8, 50, 99), numbers(got))
	require.Len(t, pids(got), 1)
	require.Zero(t, stats.Restarts)
}

func TestPermanentErrorsAreNotRetried(t *testing.T) {
	for how, tries := range map[string]int{"permanent": 1, "wrapped": 4} {
		t.Run(how, func(t *testing.T) {
			clean(t)
			j := newJournal(t)
			_, err := pl.Map(quiet(process.Env(j.env())), fail, pl.Retry(3, time.Millisecond))(pl.Of(how)).Collect(t.Context())
			require.ErrorIs(t, err, errStock)
			require.Len(t, j.lines("try"), tries)
		})
	}
}

func TestSkipOfCertainErrors(t *testing.T) {
	clean(t)
	in := []string{"ok", "wrapped", "io.EOF", "registered", "good"}
	got, err := pl.Map(quiet(), fail, pl.Skip(errStock, io.EOF), pl.InOrder())(pl.From(in)).Collect(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{2, 4}, got)
	_, err = pl.Map(quiet(), fail, pl.Skip(errStock))(pl.From(in)).Collect(t.Context())
	require.ErrorIs(t, err, io.EOF)
}

var startsBadly = pl.RegisterWith(pl.OnStart(func(_ context.Context, w pl.Worker) (int, error) {
	switch os.Getenv("PENSTOCK_TEST_START") {
	case "fail":
		return 0, fmt.Errorf("no connection: %w", errStock)
	case "panic":
		panic("no connection")
	case "exit":
		fmt.Fprintln(os.Stderr, "giving up")
		os.Exit(4)
	}
	return 0, nil
}), func(_ context.Context, _, x int) (int, error) { return x, nil }, pl.As("startsBadly"))

func TestErrorsOfOnStart(t *testing.T) {
	for how, check := range map[string]func(t *testing.T, err error){
		"fail":  func(t *testing.T, err error) { require.ErrorIs(t, err, errStock) },
		"panic": func(t *testing.T, err error) { var p *pl.PanicError; require.ErrorAs(t, err, &p) },
		"exit": func(t *testing.T, err error) {
			var exit *process.ExitError
			require.ErrorAs(t, err, &exit)
			require.Contains(t, exit.Stderr, "giving up")
		},
	} {
		t.Run(how, func(t *testing.T) {
			clean(t)
			got, err := pl.Map(quiet(process.Env("PENSTOCK_TEST_START="+how)), startsBadly, pl.Workers(2), pl.Retry(3, 0), pl.Skip())(pl.Range(10)).Collect(t.Context())
			require.Empty(t, got)
			var stage *pl.StageError
			require.ErrorAs(t, err, &stage)
			require.Equal(t, "OnStart", stage.Hook)
			check(t, err)
		})
	}
}

// An item or a result that gob cannot encode fails by itself.
func TestValuesThatCannotBeSent(t *testing.T) {
	shapes := make([]Shape, 30)
	for i := range shapes {
		shapes[i] = Shape{Name: fmt.Sprint(i), Any: i}
	}
	shapes[4].Any = make(chan int)     // of a type that gob does not know
	shapes[5].Any = errUnknown         // the same
	shapes[11].Any = (*CodeError)(nil) // gob knows the type, but there is no value
	shapes[29].Any = func() int { return 1 }
	want := without(30, 4, 5, 11, 29)
	for _, f := range []pl.Func[Shape, int]{nameOf} {
		clean(t)
		var m pl.Monitor
		got, err := pl.Map(quiet(process.Chunk(10)), f, pl.Skip(), pl.InOrder())(pl.From(shapes)).Collect(t.Context(), pl.Watch(&m))
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.EqualValues(t, 4, m.Stages()[1].Dropped)
		require.Zero(t, m.Stages()[1].Restarts)
	}

	_, err := pl.Map(quiet(), nameOf)(pl.From(shapes)).Collect(t.Context())
	var stage *pl.StageError
	require.ErrorAs(t, err, &stage)
	require.Equal(t, []int{4}, stage.Index)
	require.ErrorContains(t, err, "chan int")
}

func TestResultsThatCannotBeSent(t *testing.T) {
	clean(t)
	got, err := pl.Map(quiet(process.Chunk(10)), shapeOf, pl.Skip(), pl.InOrder())(pl.Range(30)).Collect(t.Context())
	require.NoError(t, err)
	require.Len(t, got, 27)
	for _, s := range got {
		require.Equal(t, s.Name, fmt.Sprint(s.Any))
	}
	_, err = pl.Map(quiet(), shapeOf)(pl.Range(30)).Collect(t.Context())
	var stage *pl.StageError
	require.ErrorAs(t, err, &stage)
	require.Equal(t, []int{3}, stage.Index)
}

var (
	nameOf = pl.Register(func(_ context.Context, s Shape) (n int, err error) {
		_, err = fmt.Sscan(s.Name, &n)
		return n, err
	}, pl.As("nameOf"))
	shapeOf = pl.Register(func(_ context.Context, n int) (Shape, error) {
		s := Shape{Name: fmt.Sprint(n), Any: n}
		switch n {
		case 3:
			s.Any = make(chan int)
		case 4:
			s.Any = (*CodeError)(nil)
		case 29:
			s.Any = errUnknown
		}
		return s, nil
	}, pl.As("shapeOf"))
)
