package process_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

func same(_ context.Context, x int) (int, error) { return x, nil }

// What differs is known to one side only, which must not happen by accident.
var (
	_ = registerIf(!process.IsWorker() || os.Getenv(childEnv) != "lacks", "lacking")
	_ = registerIf(process.IsWorker() && os.Getenv(childEnv) == "knows more", "additional")
)

func registerIf(yes bool, name string) bool {
	if yes {
		pl.Register(same, pl.As(name))
	}
	return yes
}

// wrong runs a stage whose workers are told to go wrong before they are workers.
func wrong(t *testing.T, how string, opts ...process.Option) error {
	t.Helper()
	clean(t)
	b := quiet(append([]process.Option{process.Env(childEnv + "=" + how)}, opts...)...)
	got, _, err := work(t, b, tasks(100, nil), pl.Workers(2))
	require.Error(t, err)
	require.Empty(t, got)
	return err
}

func TestHandshakeOfDifferentPrograms(t *testing.T) {
	for how, want := range map[string]process.HandshakeError{
		"lacks":      {Missing: []string{"lacking int int"}},
		"knows more": {Extra: []string{"additional int int"}},
	} {
		t.Run(how, func(t *testing.T) {
			err := wrong(t, how)
			var e *process.HandshakeError
			require.ErrorAs(t, err, &e)
			require.Equal(t, want.Missing, e.Missing)
			require.Equal(t, want.Extra, e.Extra)
			for _, name := range append(want.Missing, want.Extra...) {
				require.Contains(t, e.Error(), name)
			}
		})
	}
}

func TestAWorkerThatDoesNotReachInit(t *testing.T) {
	const short = 300 * time.Millisecond
	begin := time.Now()
	err := wrong(t, "hang", process.StartTimeout(short))
	took := time.Since(begin)
	require.GreaterOrEqual(t, took, short)
	require.Less(t, took, short+patience)
	var lost *process.ExitError
	require.ErrorAs(t, err, &lost)
	require.Contains(t, lost.Stderr, "waiting for Godot")
	require.ErrorContains(t, err, "process.Init")
	require.ErrorContains(t, err, short.String())
}

func TestAWorkerThatExitsBeforeInit(t *testing.T) {
	begin := time.Now()
	err := wrong(t, "exit")
	require.Less(t, time.Since(begin), patience, "nobody waits for the StartTimeout")
	var lost *process.ExitError
	require.ErrorAs(t, err, &lost)
	require.Contains(t, lost.Stderr, "no license file")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 9, exit.ExitCode())
}

func TestAWorkerThatSpeaksAnotherLanguage(t *testing.T) {
	begin := time.Now()
	err := wrong(t, "garbage")
	require.Less(t, time.Since(begin), patience)
	var stage *pl.StageError
	require.ErrorAs(t, err, &stage)
	require.Equal(t, "OnStart", stage.Hook)
}

// Even a program that runs its main in the worker cannot start processes without end.
func TestNestedStages(t *testing.T) {
	err := wrong(t, "skip Init")
	var lost *process.ExitError
	require.ErrorAs(t, err, &lost)
	require.Contains(t, lost.Stderr, "nested: true")

	got, err := pl.Map(quiet(), nested)(pl.Of(1)).Collect(t.Context())
	require.NoError(t, err)
	require.Equal(t, []bool{true, true}, got[0])
}

var nested = pl.Register(func(ctx context.Context, x int) ([]bool, error) {
	s := process.Map(perform)(pl.Of(Task{}))
	return []bool{errors.Is(s.Err(), process.ErrNested), errors.Is(s.Run(ctx), process.ErrNested)}, nil
}, pl.As("nested"))

func TestInitForgotten(t *testing.T) {
	clean(t)
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), roleEnv+"=forgetful")
	out, err := program.CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "Err: true\nCollect: true\nchildren: \"\"\n", string(out))
}

// A stage of threads that a worker runs inside is no nested one.
func TestIsWorker(t *testing.T) {
	require.False(t, process.IsWorker())
	got, err := pl.Map(quiet(), isWorker)(pl.Of(1)).Collect(t.Context())
	require.NoError(t, err)
	require.Equal(t, []bool{true}, got)
}

var isWorker = pl.Register(func(context.Context, int) (bool, error) { return process.IsWorker(), nil }, pl.As("isWorker"))

func TestWhatIsWrongIsKnownBeforeTheStart(t *testing.T) {
	clean(t)
	closure := pl.Fn(same)
	for name, c := range map[string]struct {
		stage pl.Stage[int]
		texts []string
	}{
		"a function that is not registered": {pl.Map(process.Backend, closure)(untouched(t)), []string{"pl.Register"}},
		"hooks that are not registered": {pl.Map(process.Backend, pl.With(pl.OnStart(func(context.Context, pl.Worker) (int, error) { return 0, nil }),
			func(_ context.Context, _, x int) (int, error) { return x, nil }))(untouched(t)), []string{"pl.Register"}},
		"a nil function":       {process.Map[int, int](nil)(untouched(t)), []string{"nil"}},
		"Chunk(0)":             {pl.Map(process.New(process.Chunk(0)), sameRegistered)(untouched(t)), []string{"Chunk(0)"}},
		"Chunk(-1)":            {pl.Map(process.New(process.Chunk(-1)), sameRegistered)(untouched(t)), []string{"Chunk(-1)"}},
		"MaxItems(0)":          {pl.Map(process.New(process.MaxItems(0)), sameRegistered)(untouched(t)), []string{"MaxItems(0)"}},
		"a negative Grace":     {pl.Map(process.New(process.Grace(-1)), sameRegistered)(untouched(t)), []string{"Grace(-1ns)"}},
		"a zero StartTimeout":  {pl.Map(process.New(process.StartTimeout(0)), sameRegistered)(untouched(t)), []string{"StartTimeout(0s)"}},
		"an Env without =":     {pl.Map(process.New(process.Env("HOME")), sameRegistered)(untouched(t)), []string{`"HOME"`}},
		"an Env without a key": {pl.Map(process.New(process.Env("=x")), sameRegistered)(untouched(t)), []string{`"=x"`}},
		"a nil option":         {pl.Map(process.New(nil), sameRegistered)(untouched(t)), []string{"nil"}},
		"several":              {pl.Map(process.New(process.Chunk(0), process.Env("A"), process.Grace(-1)), sameRegistered, pl.Workers(0))(untouched(t)), []string{"Chunk(0)", `"A"`, "Grace", "Workers(0)"}},
		"Work":                 {pl.Work[int, int](process.Backend, doNothing)(untouched(t)), []string{"process"}},
	} {
		t.Run(name, func(t *testing.T) {
			early := c.stage.Err()
			err := c.stage.Run(t.Context())
			for _, text := range c.texts {
				require.ErrorContains(t, early, text)
				require.ErrorContains(t, err, text)
			}
			require.Equal(t, early.Error(), err.Error())
		})
	}
}

// An argument that cannot be sent to anybody is known before anybody is started.
func TestABoundArgumentThatCannotBeSent(t *testing.T) {
	clean(t)
	s := process.Map(show.Bind(Shape{Any: make(chan int)}))(untouched(t))
	require.ErrorContains(t, s.Err(), "bound argument")
	require.ErrorContains(t, s.Run(t.Context()), "bound argument")
}

var sameRegistered = pl.Register(same)

// untouched is a source that must not be started.
func untouched(t *testing.T) pl.Stage[int] {
	return pl.FromSeq(func(func(int) bool) { t.Error("the source was started") })
}

func doNothing(context.Context, iter.Seq[int], func(int) bool) error { return nil }
