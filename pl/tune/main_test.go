package tune_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

func TestMain(m *testing.M) {
	process.Init()
	// Else each worker process takes a second to exit, with the race detector.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) // package ants starts goroutines when it is imported
}

var errOdd = errors.New("odd")

// Work is registered, so that it runs on every backend.
var work = pl.Register(busy)

// busy computes for some microseconds, and does not look at the time.
func busy(_ context.Context, x int) (int, error) {
	h := uint64(x)*2 + 1
	for range 20_000 {
		h ^= h << 13
		h ^= h >> 7
		h ^= h << 17
	}
	return int(h >> 32), nil
}

// wait waits for x milliseconds.
func wait(_ context.Context, x int) (int, error) {
	time.Sleep(time.Duration(x) * time.Millisecond)
	return x, nil
}

func tens(n int) []int {
	v := make([]int, n)
	for i := range v {
		v[i] = 10
	}
	return v
}
