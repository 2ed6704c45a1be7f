package peer

import (
	"context"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/workload"
)

// Entry returns what it takes to measure c on j beside others, and the note of its
// row. It checks the results of every run: an error that matches [workload.ErrResult]
// ends the measurement. ok is false if c does not run j, see [Contender.For].
func (c Contender) Entry(j *workload.Job) (e measure.Entry, note string, ok bool) {
	run, note := c.For(j)
	if run == nil {
		return measure.Entry{}, "", false
	}
	return measure.Entry{
		Name: c.Name,
		Run: func(ctx context.Context) (float64, error) {
			for range j.Repeat {
				d, err := run(ctx, j)
				if err != nil {
					return 0, err
				}
				if err := j.Check(d); err != nil {
					return 0, err
				}
			}
			return 0, nil
		},
	}, note, true
}
