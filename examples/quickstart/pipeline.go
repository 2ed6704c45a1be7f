package main

import (
	"context"
	"errors"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/tune"
)

// A job is what to count, and how.
type job struct {
	root    string
	parse   pl.Func[File, Counts]
	backend pl.Backend // of the parse stage
	workers int        // of the parse stage
	screen  *terminal  // for the progress line; may be nil
}

// pipeline describes the way of a file: its name comes from a walk over the tree,
// it is read, it is parsed, and what was found in it is added to the total. Nothing
// runs yet.
//
// Reading is waiting, so 64 files are read at once. Parsing is work for a processor,
// so one worker per processor is right. Both pass over files they cannot use.
func pipeline(j job, t *total, s *skips) pl.Stage[pl.None] {
	tree := tree{root: j.root, skips: s}
	return pl.Pipe3(
		pl.Generate(tree.walk),
		task.Map(read, pl.Name("read"), pl.Workers(64), pl.OnError(s.skip)),
		// What waits here is the text of whole files: the queue bounds the memory.
		pl.Map(j.backend, j.parse, pl.Name("parse"), pl.Workers(j.workers), pl.MaxSize(128), pl.OnError(s.skip)),
		pl.Each(pl.Sync, pl.Do(t.add), pl.Name("total")), // one at a time: it needs no lock
	)
}

// count runs the pipeline. If ctx ends before the tree does, the result is partial
// and there is no error.
func count(ctx context.Context, j job) (*result, error) {
	t, s := newTotal(), new(skips)
	p := pipeline(j, t, s)

	var m pl.Monitor
	g := newGauge(&m, j.screen)
	rec := tune.Record(&m)
	err := p.Run(ctx, pl.Watch(&m))
	verdict := rec.Stop()
	g.stop()

	r := &result{job: j, Counts: t.Counts, skips: s, verdict: verdict}
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, cause) {
		r.stopped, err = err, nil
	}
	return r, err
}
