package process_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// These variables make the test binary another program: roleEnv a parent that a test
// starts, childEnv a worker that goes wrong before it is one.
const (
	roleEnv  = "PENSTOCK_TEST_ROLE"
	childEnv = "PENSTOCK_TEST_CHILD"
)

var _ = misbehave()

// misbehave is what package initialization does in a worker that goes wrong.
func misbehave() bool {
	if !process.IsWorker() {
		return false
	}
	switch os.Getenv(childEnv) {
	case "hang":
		fmt.Fprintln(os.Stderr, "waiting for Godot")
		time.Sleep(time.Hour)
	case "exit":
		fmt.Fprintln(os.Stderr, "no license file")
		os.Exit(9)
	case "garbage":
		_, _ = os.NewFile(4, "replies").WriteString("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	case "print":
		fmt.Println("printed by package initialization")
	}
	return true
}

func TestMain(m *testing.M) {
	switch {
	case process.IsWorker() && os.Getenv(childEnv) == "skip Init":
		// It goes on as the parent would, and so it might start workers without end.
		_, err := pl.Map(process.Backend, perform)(pl.Of(Task{})).Collect(context.Background())
		fmt.Fprintln(os.Stderr, "nested:", errors.Is(err, process.ErrNested))
		os.Exit(5)
	case os.Getenv(roleEnv) == "forgetful":
		forgetful()
	}
	process.Init()
	// A worker with the race detector waits for a second before it exits, without this.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	if role := os.Getenv(roleEnv); role != "" {
		play(role)
	}
	os.Exit(m.Run())
}

// forgetful is a program that does not call Init.
func forgetful() {
	s := pl.Map(process.Backend, perform)(pl.Of(Task{}))
	_, err := s.Collect(context.Background())
	fmt.Println("Err:", errors.Is(s.Err(), process.ErrNotInitialized))
	fmt.Println("Collect:", errors.Is(err, process.ErrNotInitialized))
	fmt.Printf("children: %q\n", children())
	os.Exit(0)
}

// play is a program that does what role says: most run four workers, three of which spin,
// and end in some way.
func play(role string) {
	if role == "talkative" {
		err := process.Map(perform)(pl.Of(Task{Do: "print"})).Run(context.Background())
		fmt.Println("done", err)
		os.Exit(0)
	}
	tasks := []Task{{N: 0, Do: "spin"}, {N: 1, Do: "spin"}, {N: 2, Do: "spin"}}
	go func() {
		err := pl.Map(process.Backend, perform, pl.Workers(4), pl.MaxSize(1))(pl.Generate(func(ctx context.Context, emit func(Task) bool) error {
			for _, task := range tasks {
				emit(task)
			}
			<-ctx.Done()
			return nil
		})).Run(context.Background())
		fmt.Println("run:", err)
	}()
	var b [1]byte
	_, _ = os.Stdin.Read(b[:]) // until the test says so
	if role == "panics" {
		panic("the parent is lost")
	}
	os.Exit(7)
}
