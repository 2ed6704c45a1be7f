package main

import (
	"cmp"
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// decoding is the function of the decode stage, and what opens a decoder for each
// worker. A package variable exists in the worker processes too.
var decoding = pl.RegisterWith(pl.OnStart(open), decode)

// open runs in a worker process before its first document.
func open(_ context.Context, _ pl.Worker) (*decoder, error) {
	if process.IsWorker() { // and not if somebody debugs this on another backend
		if err := confine(128 << 20); err != nil {
			return nil, err
		}
	}
	return new(decoder), nil
}

// decode asks the decoder. An error is an answer, and asking again would not change
// it; so it is permanent. What may change in a fresh process is a crash.
func decode(_ context.Context, d *decoder, doc Document) (Picture, error) {
	p, err := d.decode(doc)
	return p, pl.Permanent(err)
}

// A job is what to decode, and how.
type job struct {
	docs    []Document
	workers int
	timeout time.Duration // of a document
	output  io.Writer     // for what the workers print
}

// pipeline describes the way of a document. Nothing that it does to its worker does
// any harm to this process or to another document:
//
//   - A document that kills its worker, or is not done in time, whereupon the worker
//     is killed, gets a second chance in a fresh one.
//   - After that it goes to the list of the refused, and the run goes on.
//   - The decoder keeps something of every document, so that no worker lives long.
func pipeline(j job, l *list) pl.Stage[Picture] {
	decoders := process.New(
		process.MaxItems(100),
		process.Output(j.output),
		process.Env("GOTRACEBACK=none"), // the reason of a crash, and not all the stacks
	)
	return pl.Pipe1(pl.From(j.docs),
		pl.Map(decoders, decoding, pl.Name("decode"), pl.Workers(j.workers),
			pl.Timeout(j.timeout), pl.Retry(1, 10*time.Millisecond), pl.OnError(l.refuse)),
	)
}

// A result is what came of the documents.
type result struct {
	pictures []Picture
	refused  []refusal // in the order of their names
	stats    pl.StageStats
	wall     time.Duration
}

func (r *result) pixels() int {
	n := 0
	for _, p := range r.pictures {
		n += len(p.Pixels)
	}
	return n
}

// decodeAll runs the pipeline.
func decodeAll(ctx context.Context, j job) (*result, error) {
	var l list
	var m pl.Monitor
	start := time.Now()
	pictures, err := pipeline(j, &l).Collect(ctx, pl.Watch(&m))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(l.refused, func(a, b refusal) int { return cmp.Compare(a.Name, b.Name) })
	stages := m.Stages()
	return &result{pictures, l.refused, stages[len(stages)-1], time.Since(start)}, nil
}

// A list has the documents that cannot be decoded. Several workers add to it.
type list struct {
	mu      sync.Mutex
	refused []refusal
}

type refusal struct {
	Name   string
	Reason string
}

// refuse is an error handler for [pl.OnError]: the run goes on without the document.
func (l *list) refuse(_ context.Context, err *pl.StageError) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = append(l.refused, refusal{err.Item.(Document).Name, reason(err.Err)})
	return nil
}
