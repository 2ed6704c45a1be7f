package pl_test

import (
	"testing"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/internal/conform"
)

func TestConform(t *testing.T) {
	conform.Run(t, conform.Suite{Backend: pl.Sync, Bubble: true, Single: true, Eager: true})
}
