package process_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

func TestMain(m *testing.M) {
	process.Init()
	os.Exit(m.Run())
}

func add1(ctx context.Context, x int) (int, error) { return x + 1, nil }
func act(ctx context.Context, x int) (int, error) {
	switch x {
	case 7:
		os.Exit(3)
	case 11:
		panic("oh")
	case 13:
		runtime.Goexit()
	case 17:
		for {
		}
	case 19:
		return 0, os.ErrNotExist
	case 23:
		fmt.Println("hello from", x)
	}
	return x, nil
}

var Add1 = pl.Register(add1)
var Act = pl.Register(act)

func TestTry(t *testing.T) {
	start := time.Now()
	v, err := pl.Pipe1(pl.Range(1000000), process.Map(Add1, pl.Workers(2))).Collect(t.Context())
	fmt.Println(len(v), err, time.Since(start))
	var m pl.Monitor
	start = time.Now()
	v, err = pl.Pipe1(pl.Range(50), process.Map(Act, pl.Workers(2), pl.InOrder(), pl.Timeout(300*time.Millisecond), pl.OnError(func(_ context.Context, err *pl.StageError) error {
		fmt.Println("ERR", err.Item, err.Index, fmt.Sprintf("%.100s", err.Err), errors.Is(err, os.ErrNotExist), errors.Is(err, pl.ErrGoexit))
		return nil
	}))).Collect(t.Context(), pl.Watch(&m))
	fmt.Println(v, err, time.Since(start))
	fmt.Printf("%+v\n", m.Stages())
	start = time.Now()
	v, err = pl.Pipe1(pl.Range(15), process.Map(Act, pl.Workers(2), pl.Skip())).Collect(t.Context(), pl.Watch(&m))
	fmt.Println(v, err, time.Since(start))
	fmt.Printf("%+v\n", m.Stages())
	v, err = pl.Pipe1(pl.Range(15), process.Map(Act, pl.Workers(2))).Collect(t.Context(), pl.Watch(&m))
	fmt.Println(v, err, time.Since(start))
}
func BenchmarkProc(b *testing.B) {
	b.ReportAllocs()
	n := 0
	for _, err := range pl.Pipe1(pl.Range(b.N), process.Map(Add1, pl.Workers(1))).All(context.Background()) {
		if err != nil { b.Fatal(err) }
		n++
	}
}
