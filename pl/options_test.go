package pl_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// touchy fails the test if anything of it runs.
func touchy(t *testing.T) pl.Stage[int] {
	return pl.Generate(func(context.Context, func(int) bool) error {
		t.Error("the source was started")
		return nil
	})
}

func TestBadInput(t *testing.T) {
	var (
		noFunc    func(context.Context, int) (int, error)
		noPred    func(context.Context, int) (bool, error)
		noFlat    func(context.Context, int) ([]int, error)
		noEach    func(context.Context, int) error
		noWork    func(context.Context, iter.Seq[int], func(int) bool) error
		noThrough func(iter.Seq[int]) iter.Seq[int]
		noTap     func(int)
		noHook    func(context.Context, pl.Worker) (int, error)
		noFuncW   func(context.Context, int, int) (int, error)
		noEachW   func(context.Context, int, int) error
		work      = func(context.Context, iter.Seq[int], func(int) bool) error { return nil }
		ok        = func(_ context.Context, _, x int) (int, error) { return x, nil }
		start     = func(context.Context, pl.Worker) (int, error) { return 0, nil }
	)
	src := touchy(t)
	m := func(opts ...pl.Option) pl.Stage[int] {
		return pl.Map(thread.Backend, pl.Fn(id), append(opts, pl.Name("the stage"))...)(src)
	}
	none := func(s pl.Stage[pl.None]) pl.AnyStage { return s }
	for name, c := range map[string]struct {
		s    pl.AnyStage
		want []string
	}{
		"Workers 0":         {m(pl.Workers(0)), []string{"the stage", "Workers(0)", "at least 1"}},
		"Workers -1":        {m(pl.Workers(-1)), []string{"the stage", "Workers(-1)", "at least 1"}},
		"MaxSize":           {m(pl.MaxSize(-1)), []string{"the stage", "MaxSize(-1)", "0 for no limit"}},
		"Window":            {m(pl.Window(0)), []string{"the stage", "Window(0)", "at least 1"}},
		"Timeout":           {m(pl.Timeout(-time.Second)), []string{"the stage", "Timeout(-1s)", "negative"}},
		"Retry n":           {m(pl.Retry(-1, 0)), []string{"the stage", "Retry(-1, 0s)", "negative"}},
		"Retry wait":        {m(pl.Retry(1, -1)), []string{"the stage", "Retry(1, -1ns)", "negative"}},
		"OnError":           {m(pl.OnError(nil)), []string{"the stage", "OnError", "nil"}},
		"nil option":        {m(nil), []string{"the stage", "option is nil"}},
		"nil in Options":    {m(pl.Options(nil)), []string{"the stage", "option is nil"}},
		"many":              {m(pl.Workers(0), pl.MaxSize(-2), pl.Retry(-1, -1)), []string{"Workers(0)", "MaxSize(-2)", "number of retries", "the wait"}},
		"Map nil":           {thread.Map(noFunc)(src), []string{"Map", "function is nil"}},
		"Filter nil":        {task.Filter(noPred)(src), []string{"Filter", "function is nil"}},
		"FlatMap nil":       {thread.FlatMap(noFlat)(src), []string{"FlatMap", "function is nil"}},
		"Each nil":          {task.Each(noEach)(src), []string{"Each", "function is nil"}},
		"Func nil":          {pl.Map[int, int](pl.Sync, nil)(src), []string{"Map", "function is nil"}},
		"Lift nil":          {thread.Map(pl.Lift[int, int](nil))(src), []string{"Map", "function is nil"}},
		"LiftErr nil":       {thread.Map(pl.LiftErr[int, int](nil))(src), []string{"Map", "function is nil"}},
		"With nil":          {pl.Map(pl.Sync, pl.With(pl.OnStart(start), noFuncW))(src), []string{"function is nil"}},
		"DoWith nil":        {none(pl.Each(pl.Sync, pl.DoWith(pl.OnStart(start), noEachW))(src)), []string{"function is nil"}},
		"no hooks":          {pl.Map(pl.Sync, pl.With(pl.Hooks[int]{}, ok))(src), []string{"OnStart"}},
		"OnStart nil":       {pl.Map(pl.Sync, pl.With(pl.OnStart(noHook), ok))(src), []string{"OnStart"}},
		"backend nil":       {pl.Map(nil, pl.Fn(id))(src), []string{"Map(id)", "backend is nil"}},
		"Work backend nil":  {pl.Work(nil, work)(src), []string{"backend is nil"}},
		"Work nil":          {pl.Work(pl.Sync, noWork)(src), []string{"Work", "function is nil"}},
		"Work on task":      {pl.Work(task.Backend, work)(src), []string{"task", "thread.Backend"}},
		"Work InOrder":      {pl.Work(pl.Sync, work, pl.InOrder())(src), []string{"InOrder", "Work"}},
		"Work Timeout":      {pl.Work(pl.Sync, work, pl.Timeout(1))(src), []string{"Timeout", "Work"}},
		"Work Retry":        {pl.Work(pl.Sync, work, pl.Retry(1, 0))(src), []string{"Retry", "Work"}},
		"Work Skip":         {pl.Work(pl.Sync, work, pl.Skip())(src), []string{"Skip", "Work"}},
		"Tap nil":           {pl.Tap(noTap)(src), []string{"Tap", "nil"}},
		"Through nil":       {pl.Through(noThrough)(src), []string{"Through", "nil"}},
		"Take":              {pl.Take[int](-1)(src), []string{"Take(-1)", "negative"}},
		"Buffer":            {pl.Buffer[int](-1)(src), []string{"Buffer(-1)", "at least"}},
		"Batch size":        {pl.Batch[int](0, 0)(src), []string{"Batch(0, 0s)", "at least 1"}},
		"Batch wait":        {pl.Batch[int](1, -1)(src), []string{"Batch(1, -1ns)", "negative"}},
		"FromSeq nil":       {pl.FromSeq[int](nil), []string{"FromSeq", "nil"}},
		"FromSeq2 nil":      {pl.FromSeq2[int](nil), []string{"FromSeq2", "nil"}},
		"FromChan nil":      {pl.FromChan[int](nil), []string{"FromChan", "nil"}},
		"Generate nil":      {pl.Generate[int](nil), []string{"Generate", "nil"}},
		"Join nil":          {pl.Join(src, nil), []string{"Join", "stage 1", "nil"}},
		"before others":     {pl.Pipe2(m(pl.Workers(0)), pl.Take[int](1), pl.Ordered), []string{"Workers(0)"}},
		"in a branch":       {pl.Merge(src, pl.Concat(src, m(pl.Workers(0)))), []string{"Workers(0)"}},
		"in a joined stage": {pl.Join(src, pl.Join(m(pl.Workers(0)))), []string{"Workers(0)"}},
	} {
		t.Run(name, func(t *testing.T) {
			all := pl.Join(c.s)
			err := all.Err()
			require.Error(t, err)
			for _, part := range c.want {
				require.ErrorContains(t, err, part)
			}
			require.True(t, strings.HasPrefix(err.Error(), "pl: "), "%v", err)
			text := err.Error()
			require.EqualError(t, all.Run(t.Context()), text)
			v, got := all.Collect(t.Context())
			require.EqualError(t, got, text)
			require.Empty(t, v)
			n := 0
			for _, got := range all.All(t.Context()) {
				require.EqualError(t, got, text)
				n++
			}
			require.Equal(t, 1, n)
			var m pl.Monitor
			require.Error(t, all.Run(t.Context(), pl.Watch(&m)))
			require.EqualError(t, m.Err(), text)
			require.Empty(t, m.Stages())
			require.NotEmpty(t, all.String())
		})
	}
}

func TestAllProblemsAreJoinedOnce(t *testing.T) {
	bad := thread.Map(id, pl.Workers(0), pl.Name("one"))(touchy(t))
	s := pl.Merge(pl.Take[int](-1)(bad), thread.Map(id, pl.MaxSize(-1), pl.Name("two"))(bad))
	err := s.Err()
	require.ErrorContains(t, err, "Workers(0)")
	require.ErrorContains(t, err, "Take(-1)")
	require.ErrorContains(t, err, "MaxSize(-1)")
	require.Equal(t, 1, strings.Count(err.Error(), "Workers(0)"), "a shared stage is reported once")
	require.Len(t, strings.Split(err.Error(), "\n"), 3)
}

func TestBadRun(t *testing.T) {
	var none context.Context
	require.ErrorContains(t, touchy(t).Run(none), "context is nil")
	_, err := touchy(t).Collect(none)
	require.ErrorContains(t, err, "context is nil")
	require.ErrorContains(t, touchy(t).Run(t.Context(), pl.Watch(nil)), "Watch")
	require.NoError(t, pl.Of(1).Run(t.Context(), nil), "a nil RunOption is none")
}

func TestFindBackend(t *testing.T) {
	for _, want := range backends {
		b, err := pl.FindBackend(want.String(), backends...)
		require.NoError(t, err)
		require.Equal(t, want, b)
	}
	_, err := pl.FindBackend("Thread", append(backends, nil)...)
	require.ErrorContains(t, err, `"Thread"`)
	require.ErrorContains(t, err, "sync, thread, task")
}

func TestString(t *testing.T) {
	s := pl.Pipe3(pl.Range(10), thread.Map(id, pl.Workers(3), pl.MaxSize(4)), task.Filter(gt1, pl.Name("big")), pl.Ordered)
	require.Equal(t, "Range(10) | Map(id) on thread, Workers(3), MaxSize(4) | big on task | Ordered", s.String())
	require.Equal(t, "Merge(Of(2 values), empty)", pl.Merge(pl.Of(1, 2), pl.Stage[int]{}).String())
	require.Equal(t, "empty", pl.Stage[int]{}.String())
	require.Contains(t, thread.Map(func(_ context.Context, x int) (int, error) { return x, nil })(pl.Range(1)).String(), "Map(options_test.go:")
	require.Contains(t, thread.Map(pl.Lift(func(x int) int { return x }))(pl.Range(1)).String(), "Map(options_test.go:")
	require.Contains(t, thread.Each(doer{}.visit)(pl.Range(1)).String(), "Each(doer.visit)")
	require.Contains(t, pl.Generate(generic[int]).String(), "Generate(generic)")
}

type doer struct{}

func (doer) visit(context.Context, int) error { return nil }

func generic[T any](context.Context, func(T) bool) error { return nil }
