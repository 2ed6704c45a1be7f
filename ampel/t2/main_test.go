package t2_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/penstock/penstock/pl/process"
)

func TestMain(m *testing.M) {
	process.Init()
	// A worker with the race detector waits for a second before it exits, without this.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	if os.Getenv(childDB) != "" {
		os.Exit(work())
	}
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}
