package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/tune"
)

// manySamples is how many files are parsed again and again to find a setting: enough
// for small and large ones to be among them as often as in the tree.
const manySamples = 200

// tuneParsing tries the parse stage on all backends and prints what is best.
func tuneParsing(ctx context.Context, dir string, t *terminal, w io.Writer, opts ...tune.Option) error {
	root, err := findTree(ctx, dir)
	if err != nil {
		return err
	}
	samples, err := sampleFiles(ctx, root)
	if err != nil {
		return err
	}
	if len(samples) == 0 {
		return fmt.Errorf("there is no valid Go file in %s: name another folder with -dir", root)
	}
	progress := tune.OnProgress(func(p tune.Progress) {
		line := fmt.Sprintf("%d of %d: %s", p.Done, p.Total, p.Setting)
		if p.Left > 0 {
			line += fmt.Sprintf(", %v left", p.Left.Round(time.Second))
		}
		t.show(line)
	})
	report, err := tune.Sweep(ctx, parsing, samples, append(opts, tune.Backends(backends...), progress)...)
	t.erase()
	if report != nil { // also of what was complete when an error came
		fmt.Fprint(w, report)
	}
	return err
}

// sampleFiles returns valid files from all over the tree.
func sampleFiles(ctx context.Context, root string) ([]File, error) {
	s := new(skips)
	names, err := pl.Generate(tree{root: root, skips: s}.walk).Collect(ctx)
	if err != nil {
		return nil, err
	}
	var some []string
	for i := range min(manySamples, len(names)) {
		some = append(some, names[i*len(names)/min(manySamples, len(names))])
	}
	return pl.Pipe2(pl.From(some),
		task.Map(read, pl.Workers(64), pl.InOrder(), pl.OnError(s.skip)),
		pl.Filter(task.Backend, pl.Fn(valid))).Collect(ctx)
}

// valid reports whether a file can be parsed.
func valid(ctx context.Context, f File) (bool, error) {
	_, err := parse(ctx, f)
	return err == nil, nil
}
