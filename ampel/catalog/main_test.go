package catalog_test

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
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}
