package target

import (
	"context"
	"slices"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

// anywhere compares the better of this module's concurrent backends with the fastest
// concurrent peer, for every workload and several numbers of workers. To find that
// peer, all run once; the rest of the rounds goes to those that come near it.
type anywhere struct {
	most float64
}

func (anywhere) Name() string { return "anywhere" }

// near is how much slower than the fastest a peer may be in the first round to stay.
const near = 1.5

func (t anywhere) Measure(ctx context.Context, e Env) ([]report.Target, error) {
	var targets []report.Target
	for _, w := range e.Workloads {
		for _, workers := range crews(w) {
			job, err := e.job(w.Name, workers)
			if err != nil {
				return targets, err
			}
			found, err := t.one(ctx, e, job)
			if err != nil {
				return targets, err
			}
			targets = append(targets, found)
		}
	}
	return targets, nil
}

// crews returns the numbers of workers to try. A workload of few workers is tried
// with fewer and more; one of many, whose items wait, only with those.
func crews(w workload.Workload) []int {
	if w.Waits {
		return []int{w.Workers}
	}
	return []int{1, 2, 8}
}

func (t anywhere) one(ctx context.Context, e Env, job *workload.Job) (report.Target, error) {
	ours, theirs := sides(job)
	o := e.options(job.Workload)
	first, err := measure.Interleave(ctx, theirs, measure.Options{Rounds: 1, Warmup: true, Before: e.Before})
	if err != nil {
		return report.Target{}, err
	}
	theirs = nearest(theirs, first)
	series, err := measure.Interleave(ctx, append(ours, theirs...), o)
	if err != nil {
		return report.Target{}, err
	}
	return t.judge(job, fastest(series[:len(ours)]), fastest(series[len(ours):])), nil
}

// sides returns this module's concurrent contenders for a job, and their rivals.
func sides(job *workload.Job) (ours, theirs []measure.Entry) {
	for _, c := range peer.All() {
		e, _, ok := c.Entry(job)
		switch {
		case !ok:
		case c.Kind == peer.Penstock && !c.OneByOne:
			ours = append(ours, e)
		case c.Rival(job):
			theirs = append(theirs, e)
		}
	}
	return ours, theirs
}

// nearest returns the entries that were near the fastest of their first samples.
func nearest(entries []measure.Entry, first []measure.Series) []measure.Entry {
	best := slices.Min(fastest(first).Of(measure.Wall))
	var kept []measure.Entry
	for i, s := range first {
		if measure.Wall(s.Samples[0]) <= near*best {
			kept = append(kept, entries[i])
		}
	}
	return kept
}

func fastest(series []measure.Series) measure.Series {
	return slices.MinFunc(series, func(a, b measure.Series) int {
		return int(measure.Summarize(a.Of(measure.Wall)).Median - measure.Summarize(b.Of(measure.Wall)).Median)
	})
}
