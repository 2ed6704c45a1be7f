package find

import (
	"context"
	"sync/atomic"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/tune"

	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

// manySamples is how many items are done again and again: enough for those of each kind.
const manySamples = 1_000

// A spec names the function of a workload, so that worker processes can make it.
type spec struct {
	Workload string
	Speed    float64 // of the Spin, which is calibrated once for all processes
}

// step is registered, since the process backend wants that.
var step = pl.RegisterTemplate(do, pl.As("plbench"))

// do calls the function of a workload.
func do(ctx context.Context, s spec, x int) (int, error) {
	m := last.Load()
	if m == nil || m.spec != s {
		var err error
		if m, err = newMade(s); err != nil {
			return 0, err
		}
		last.Store(m)
	}
	return m.f(ctx, x)
}

// A made is the function of a spec.
type made struct {
	spec spec
	f    func(context.Context, int) (int, error)
}

// last is the one that was used last: a process works on one workload at a time.
var last atomic.Pointer[made]

func newMade(s spec) (*made, error) {
	w, err := workload.Find(s.Workload, workload.Functions(workload.SpinAt(s.Speed)))
	if err != nil {
		return nil, err
	}
	return &made{s, w.Job(0, 1).First.Ctx}, nil
}

// Sweep measures the function of w. It fails like tune.Sweep, with what was complete.
func Sweep(ctx context.Context, w workload.Workload, spin workload.Spin, o ...tune.Option) (report.Sweep, error) {
	samples := make([]int, manySamples)
	for i := range samples {
		samples[i] = i
	}
	f := step.Bind(spec{w.Name, spin.Speed()})
	if _, err := f.Call(ctx, 0); err != nil { // once before, since some make large buffers
		return report.Sweep{}, err
	}
	r, err := tune.Sweep(ctx, f, samples, o...)
	s := report.Sweep{Workload: w.Name, Title: w.Title}
	if r != nil {
		r.Func = w.Name + ", " + w.Title
		s.Report = *r
	}
	return s, err
}
