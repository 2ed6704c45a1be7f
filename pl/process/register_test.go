package process_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
	"github.com/penstock/penstock/pl/thread"
)

// A Shape has a bit of everything.
type Shape struct {
	Name  string
	Sizes [][]int
	Parts map[string]Shape
	Next  *Shape
	Any   any
}

var show = pl.RegisterTemplate(func(_ context.Context, s Shape, x int) (int, error) { return x + len(s.Name), nil }, pl.As("show"))

//lint:ignore U1000 the field is there to be hidden
type hidden struct{ n int }

func taken(_ context.Context, x int) (int, error) { return x, nil }

type method struct{}

func (method) Value(_ context.Context, x int) (int, error) { return x, nil }

func generic[T any](_ context.Context, x T) (T, error) { return x, nil }

// refused are the texts of registrations that panic. They are made where registrations
// belong, so that they panic for their own reason.
var refused = func() map[string]string {
	texts := map[string]string{}
	try := func(name string, register func()) {
		defer func() { texts[name] = fmt.Sprint(recover()) }()
		register()
	}
	pl.Register(taken)
	try("taken", func() { pl.Register(taken) })
	try("taken by As", func() { pl.Register(same, pl.As("github.com/penstock/penstock/pl/process_test.taken")) })
	try("taken by a template", func() {
		pl.RegisterTemplate(func(_ context.Context, c, x int) (int, error) { return x, nil }, pl.As("show"))
	})
	try("a chan", func() { pl.Register(func(context.Context, chan int) (int, error) { return 0, nil }, pl.As("chan")) })
	try("a func", func() { pl.Register(func(context.Context, int) (func(), error) { return nil, nil }, pl.As("func")) })
	try("no exported fields", func() { pl.Register(func(context.Context, hidden) (int, error) { return 0, nil }, pl.As("hidden")) })
	try("a chan to bind", func() {
		pl.RegisterTemplate(func(_ context.Context, c chan int, x int) (int, error) { return x, nil }, pl.As("bindChan"))
	})
	try("a chan for each", func() { pl.RegisterEach(func(context.Context, chan int) error { return nil }, pl.As("eachChan")) })
	try("a closure", func() { pl.Register(func(_ context.Context, x int) (int, error) { return x, nil }) })
	try("a method value", func() { pl.Register(method{}.Value) })
	try("a generic function", func() { pl.Register(generic[int]) })
	try("nil", func() { pl.Register[int, int](nil, pl.As("nil function")) })
	try("nil template", func() { pl.RegisterTemplate[int, int, int](nil, pl.As("nil template")) })
	try("nil error", func() { pl.RegisterError(nil) })
	return texts
}()

func TestRegistrationsThatPanic(t *testing.T) {
	for name, texts := range map[string][]string{
		"taken":               {"process_test.taken", "taken", "register_test.go:", "pl.As"},
		"taken by As":         {"process_test.taken", "taken", "register_test.go:"},
		"taken by a template": {"show", "taken"},
		"a chan":              {"chan int", "register_test.go:"},
		"a func":              {"func()", "register_test.go:"},
		"no exported fields":  {"hidden", "no exported fields"},
		"a chan to bind":      {"chan int"},
		"a chan for each":     {"chan int"},
		"a closure":           {"pl.As", "register_test.go:"},
		"a method value":      {"pl.As"},
		"a generic function":  {"pl.As"},
		"nil":                 {"nil"},
		"nil template":        {"nil"},
		"nil error":           {"nil"},
	} {
		for _, text := range texts {
			require.Contains(t, refused[name], text, name)
		}
		require.NotContains(t, refused[name], "after process.Init", name)
	}
}

func TestRegistrationAfterInit(t *testing.T) {
	for name, register := range map[string]func(){
		"Register":     func() { pl.Register(same, pl.As("late")) },
		"RegisterEach": func() { pl.RegisterEach(func(context.Context, int) error { return nil }, pl.As("late")) },
		"RegisterTemplate": func() {
			pl.RegisterTemplate(func(_ context.Context, c, x int) (int, error) { return c, nil }, pl.As("late"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				text := fmt.Sprint(recover())
				require.Contains(t, text, "process.Init")
				require.Contains(t, text, "register_test.go:")
			}()
			register()
			t.Error("it did not panic")
		})
	}
}

// Closures are fine if package initialization makes them.
func adder(n int) func(context.Context, int) (int, error) {
	return func(_ context.Context, x int) (int, error) { return x + n, nil }
}

var (
	add5 = pl.Register(adder(5), pl.As("add5"))
	add7 = pl.Register(adder(7), pl.As("add7"))

	ofMethod  = pl.Register(method{}.Value, pl.As("ofMethod"))
	ofGeneric = pl.Register(generic[string], pl.As("ofGeneric"))
)

func TestAs(t *testing.T) {
	clean(t)
	require.Equal(t, "add5", add5.String())
	require.Equal(t, "github.com/penstock/penstock/pl/process_test.same", sameRegistered.String())
	got, err := pl.Pipe3(pl.Of(1, 2), process.Map(add5), process.Map(add7), process.Map(ofMethod)).Collect(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{13, 14}, got)
	texts, err := process.Map(ofGeneric)(pl.Of("a", "b")).Collect(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, texts)
}

type factor struct {
	By     float64
	Origin int
}

// GobDecode notes where and how often the argument arrives.
func (f *factor) GobDecode(b []byte) error {
	note("bound %d", os.Getpid())
	_, err := fmt.Sscan(string(b), &f.By, &f.Origin)
	return err
}

func (f factor) GobEncode() ([]byte, error) { return fmt.Appendf(nil, "%g %d", f.By, f.Origin), nil }

var scale = pl.RegisterTemplate(func(_ context.Context, f factor, x int) (float64, error) {
	return float64(f.Origin) + f.By*float64(x), nil
}, pl.As("scale"))

func TestBind(t *testing.T) {
	clean(t)
	j := newJournal(t)
	b := quiet(process.Env(j.env()))
	got, err := pl.Map(b, scale.Bind(factor{0.5, 100}), pl.Workers(2))(pl.Range(100)).Collect(t.Context())
	require.NoError(t, err)
	require.Len(t, got, 100)
	slices.Sort(got)
	require.InDelta(t, 100, got[0], 0)
	require.InDelta(t, 149.5, got[99], 0)
	bound := j.lines("bound")
	require.Len(t, bound, 2, "once in each worker")
	require.NotEqual(t, bound[0], bound[1])

	// Two at once, with arguments of their own.
	s := pl.Pipe2(pl.Range(3), process.Map(scale.Bind(factor{By: 2})), thread.Map(func(_ context.Context, x float64) (int, error) { return int(x), nil }))
	got, err = process.Map(scale.Bind(factor{By: 10}))(s).Collect(t.Context())
	require.NoError(t, err)
	require.Equal(t, []float64{0, 20, 40}, got)
	require.Equal(t, "scale", scale.String())
}

var plainHooks = pl.OnStart(func(_ context.Context, w pl.Worker) (*int, error) {
	note("start %d", w.PID)
	return new(int), nil
}).OnDone(func(_ context.Context, n *int, _ pl.Status) error {
	note("done %d", *n)
	return nil
})

var (
	count = pl.RegisterWith(plainHooks, func(_ context.Context, n *int, x int) (int, error) {
		*n++
		return 10 * x, nil
	}, pl.As("count"))
	countEach = pl.RegisterEachWith(plainHooks, func(_ context.Context, n *int, x int) error {
		*n++
		note("item %d", x)
		return nil
	}, pl.As("countEach"))
	noteEach = pl.RegisterEach(func(_ context.Context, x int) error {
		note("item %d", x)
		return nil
	}, pl.As("noteEach"))
)

func TestCall(t *testing.T) {
	j := newJournal(t)
	t.Setenv(journalEnv, j.path)
	got, err := count.Call(t.Context(), 4)
	require.NoError(t, err)
	require.Equal(t, 40, got)
	require.Equal(t, []string{fmt.Sprint(os.Getpid())}, j.lines("start"))
	require.Equal(t, []string{"1"}, j.lines("done"))

	half, err := scale.Bind(factor{By: 0.5}).Call(t.Context(), 8)
	require.NoError(t, err)
	require.InDelta(t, 4, half, 0)

	_, err = perform.Call(t.Context(), Task{Do: "fail no luck"})
	require.EqualError(t, err, "no luck")
}

func TestRegisteredFunctionsRunOnEveryBackend(t *testing.T) {
	for _, name := range []string{"sync", "thread", "process"} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			j := newJournal(t)
			t.Setenv(journalEnv, j.path)
			b, err := pl.FindBackend(name, pl.Sync, thread.Backend, process.Backend)
			require.NoError(t, err)

			got, err := pl.Map(b, count)(pl.Range(4)).Collect(t.Context())
			require.NoError(t, err)
			require.Equal(t, []int{0, 10, 20, 30}, got)
			require.Equal(t, []string{"4"}, j.lines("done"))

			require.NoError(t, pl.Each(b, countEach)(pl.Range(3)).Run(t.Context()))
			require.Equal(t, []string{"0", "1", "2"}, j.lines("item"))
			require.Equal(t, []string{"4", "3"}, j.lines("done"))

			require.NoError(t, pl.Each(b, noteEach)(pl.Of(8, 9)).Run(t.Context()))
			require.Equal(t, []string{"0", "1", "2", "8", "9"}, j.lines("item"))

			scaled, err := pl.Map(b, scale.Bind(factor{By: 3}))(pl.Of(1, 2)).Collect(t.Context())
			require.NoError(t, err)
			require.Equal(t, []float64{3, 6}, scaled)

			for _, pid := range j.lines("start") {
				require.Equal(t, name == "process", pid != fmt.Sprint(os.Getpid()))
			}
		})
	}
}
