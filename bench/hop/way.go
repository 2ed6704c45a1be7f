package hop

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/workload"
)

// The names of the ways.
const (
	Penstock = "penstock process"
	Wide     = "penstock process, wide"
	Gob      = "gob, one value per write"
	Plugin   = "go-plugin net/rpc"
	Copy     = "pipe copy"
	Keep     = "pipe copy, kept"
)

// A Way brings the items of a load to other processes and back.
type Way struct {
	Name   string
	Module string // the Go module that is measured, empty for what is written out here
	Items  int    // of a run of about half a second
	Note   string // what a reader of its numbers should know

	run func(ctx context.Context, n, workers int) (timing, error)
}

// Entry returns what it takes to measure w on n items. The value of a sample is the
// time per item in nanoseconds, from the first result to the last.
func (w Way) Entry(n, workers int) measure.Entry {
	return measure.Entry{Name: w.Name, Run: func(ctx context.Context) (float64, error) {
		t, err := w.run(ctx, n, workers)
		return t.perItem(), because(ctx, err)
	}}
}

// Start returns what it takes to measure how long a run of one item per worker takes,
// with the start and the end of the workers. The value of a sample is its part of one
// worker, in nanoseconds.
func (w Way) Start(workers int) measure.Entry {
	return measure.Entry{Name: w.Name, Run: func(ctx context.Context) (float64, error) {
		from := time.Now()
		_, err := w.run(ctx, workers, workers)
		return float64(time.Since(from)) / float64(workers), because(ctx, err)
	}}
}

// because returns err, or the reason for it if ctx has ended: then workers are killed,
// and their runs fail in ways of their own.
func because(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Over returns how many items a run has that is to be n times as short.
func (w Way) Over(n int) int { return max(min(w.Items, 100), w.Items/max(1, n)) }

// Way returns the way of that name.
func (l Load) Way(name string) (Way, error) {
	for _, w := range l.Ways {
		if w.Name == name {
			return w, nil
		}
	}
	return Way{}, fmt.Errorf("hop: %s has no way %q", l.Name, name)
}

// A timing says when results came. It is for one goroutine.
type timing struct {
	digest      workload.Digest
	count       int
	first, last time.Time
	between     int // results after the first, until last
}

// add counts a result with a key.
func (t *timing) add(key int) {
	t.digest.Add(key)
	t.count++
	// Reading the clock for each of many millions would be a part of the figure.
	if t.count <= 4096 || t.count%256 == 0 {
		t.mark(t.count - 1)
	}
}

// mark says that so many results have come after the first.
func (t *timing) mark(between int) {
	t.last = time.Now()
	t.between = between
	if t.first.IsZero() {
		t.first = t.last
	}
}

// merge adds what another goroutine has counted.
func (t *timing) merge(o timing) {
	switch {
	case o.first.IsZero():
		return
	case t.first.IsZero():
		*t = o
		return
	}
	t.digest.Merge(o.digest)
	t.count += o.count
	t.between += o.between + 1
	if o.first.Before(t.first) {
		t.first = o.first
	}
	if o.last.After(t.last) {
		t.last = o.last
	}
}

func (t *timing) perItem() float64 {
	return float64(t.last.Sub(t.first)) / float64(max(1, t.between))
}
