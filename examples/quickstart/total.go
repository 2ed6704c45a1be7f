package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/penstock/penstock/pl"
)

// A total adds up what is found in the files.
type total struct{ Counts }

func newTotal() *total { return &total{Counts{Names: map[string]int{}}} }

// add is the last function of the pipeline.
func (t *total) add(_ context.Context, c Counts) error {
	t.Files += c.Files
	t.Lines += c.Lines
	t.Comments += c.Comments
	for name, n := range c.Names {
		t.Names[name] += n
	}
	return nil
}

// identifiers returns how many there are, each use counted.
func (c Counts) identifiers() int {
	sum := 0
	for _, n := range c.Names {
		sum += n
	}
	return sum
}

// top returns the n most frequent names, those of equal count by the alphabet.
func (c Counts) top(n int) []string {
	names := make([]string, 0, len(c.Names))
	for name := range c.Names {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(c.Names[b], c.Names[a]), strings.Compare(a, b))
	})
	return names[:min(n, len(names))]
}

// skips count the files that were passed over. The workers of several stages call
// it at the same time.
type skips struct {
	mu    sync.Mutex
	n     int
	first error
}

// skip is an error handler for [pl.OnError]: the run goes on without the file.
func (s *skips) skip(_ context.Context, err *pl.StageError) error {
	s.note(err.Err)
	return nil
}

func (s *skips) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n++; s.first == nil {
		s.first = err
	}
}
