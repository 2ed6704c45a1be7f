package thread_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/penstock/penstock/pl/internal/conform"
	"github.com/penstock/penstock/pl/thread"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func TestConform(t *testing.T) {
	conform.Run(t, conform.Suite{Backend: thread.Backend, Bubble: true, Eager: true})
}
