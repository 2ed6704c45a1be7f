package target

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/penstock/penstock/bench/hop"
	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

// A Target can be measured. One measurement may answer several questions.
type Target interface {
	Name() string
	Measure(ctx context.Context, e Env) ([]report.Target, error)
}

// An Env is what targets are measured with.
type Env struct {
	Workloads []workload.Workload // see workload.All
	Rounds    int                 // at least 1
	Shrink    int                 // divides the number of items, at least 1
	// Before, if set, is called before every run, as in measure.Options.
	Before func(done, total int, name string)
}

// options returns how to measure, in at most the rounds that w allows.
func (e Env) options(w workload.Workload) measure.Options {
	o := measure.Options{Rounds: e.Rounds, Warmup: true, Peak: w.Memory, Before: e.Before}
	if w.Rounds > 0 {
		o.Rounds = min(o.Rounds, w.Rounds)
	}
	return o
}

// job makes the job of a workload; 0 workers are those that it has by itself.
func (e Env) job(name string, workers int) (*workload.Job, error) {
	w, err := workload.Find(name, e.Workloads)
	if err != nil {
		return nil, err
	}
	return w.Job(w.ItemsOver(e.Shrink), cmp.Or(workers, w.Workers)), nil
}

// fullJob is job for a bound that only makes sense for the whole number of items: of
// those that wait, few would not show how they hinder each other.
func (e Env) fullJob(name string, workers int) (*workload.Job, error) {
	w, err := workload.Find(name, e.Workloads)
	if err == nil && w.Waits {
		return w.Job(w.Items, cmp.Or(workers, w.Workers)), nil
	}
	return e.job(name, workers)
}

// title names a job in a list of targets.
func title(j *workload.Job) string {
	return titleOf(j.Name, j.Workers)
}

func titleOf(name string, workers int) string {
	if workers == 1 {
		return name + ", 1 worker"
	}
	return name + ", " + strconv.Itoa(workers) + " workers"
}

// met reports whether a ratio keeps within a bound. What is compared is what is
// printed, three digits after the point: a bound of 0 lets the few objects pass that
// the runtime allocates now and then.
func met(ratio, most float64) bool {
	return ratio < most+0.0005
}

// All returns the targets, in the order in which they are printed.
func All() []Target {
	return []Target{
		Pair{Workload: "trivial", Ours: "penstock thread", Theirs: "rill", Bounds: within(0.12)},
		Pair{Workload: "three", Ours: "penstock thread", Theirs: "rill", Bounds: within(0.08)},
		Pair{Workload: "ordered", Ours: "penstock thread", Theirs: "rill", Bounds: within(0.15)},
		Pair{Workload: "stragglers", Ours: "penstock thread", Theirs: "rill", Bounds: within(0.12)},
		Pair{Workload: "short", Ours: "penstock thread", Theirs: "rill", Bounds: within(0.4)},
		Pair{Workload: "cpu1", Ours: "penstock thread", Theirs: "limit", Bounds: within(1.15)},
		Pair{Workload: "cpu10", Ours: "penstock thread", Theirs: "limit", Bounds: within(1.05)},
		Pair{Workload: "cpu100", Ours: "penstock thread", Theirs: "limit", Bounds: within(1.05)},
		Pair{Workload: "sleepers", Ours: "penstock task", Theirs: "rill", Bounds: []Bound{
			{Unit: perItem, Most: 1.05}, {Unit: peakMemory, Most: 0.8},
		}},
		ideal{workload: "sleepers", ours: "penstock task", wait: 100 * time.Millisecond, most: 1.05},
		steady{workload: "trivial", ours: "penstock thread", most: 0},
		steady{workload: "three", ours: "penstock thread", most: 0},
		latency{most: 1.5},
		far{load: "int", workers: 1, theirs: hop.Gob, most: 0.01},
		far{load: "mib", workers: 1, theirs: hop.Copy, most: 1.5},
		anywhere{most: 1.05},
	}
}

func within(most float64) []Bound { return []Bound{{Unit: perItem, Most: most}} }
