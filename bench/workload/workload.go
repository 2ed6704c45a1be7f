package workload

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnknown is the error of [Find] for a name that no workload has.
var ErrUnknown = errors.New("workload: unknown workload")

// A Shape says how many stages the items pass.
type Shape int

// The shapes.
const (
	Single Shape = iota // one map
	Triple              // map, filter, map
)

// A Workload describes work; see [All] for those that there are.
type Workload struct {
	Name    string // for flags
	Title   string // for people
	Shape   Shape
	InOrder bool // results must come in the order of the input
	Workers int  // of each stage, unless a run asks for another number
	Items   int  // of one run, unless a run asks for another number
	Repeat  int  // how many runs in a row make one measurement, at least 1
	Rounds  int  // the most rounds that are reasonable, 0 for no limit
	Waits   bool // the items wait, so that doing one after the other would take for ever
	Memory  bool // peak memory is worth a column

	build func() parts
}

// parts are the functions of a workload. They are made for each Job, since some hold
// large buffers.
type parts struct {
	first Step
	keep  Test
	last  Step
	value func(int) int // what first returns, at no cost; nil if first itself may be called
}

// A Job is a workload with its input: what a contender runs. Contenders only read
// it, so it may be run any number of times, at the same time too.
type Job struct {
	Workload
	In    []int
	First Step   // the map of a Single, the first one of a Triple
	Keep  Test   // the filter of a Triple
	Last  Step   // the second map of a Triple
	Want  Digest // of the right results
}

// Job makes a Job of n items for a number of workers. It runs the work once, in a
// plain loop, to know the right results; if the items only wait, it does not wait.
func (w Workload) Job(n, workers int) *Job {
	p := w.build()
	w.Workers = workers
	w.Items = n
	w.Repeat = max(1, w.Repeat)
	j := &Job{Workload: w, In: make([]int, n), First: p.first, Keep: p.keep, Last: p.last}
	value := p.value
	if value == nil {
		value = p.first.Plain
	}
	for i := range j.In {
		j.In[i] = i
		v := value(i)
		if w.Shape == Triple {
			if !p.keep.Plain(v) {
				continue
			}
			v = p.last.Plain(v)
		}
		j.Want.Add(v)
	}
	return j
}

// Check returns an error that matches [ErrResult] unless d sums up the right results.
func (j *Job) Check(d Digest) error {
	return d.Check(j.Want, j.InOrder)
}

// Find returns the workload of that name, or an error that matches [ErrUnknown] and
// lists the choices.
func Find(name string, from []Workload) (Workload, error) {
	names := make([]string, len(from))
	for i, w := range from {
		if w.Name == name {
			return w, nil
		}
		names[i] = w.Name
	}
	return Workload{}, fmt.Errorf("%w: %q: choose one of %s", ErrUnknown, name, strings.Join(names, ", "))
}

// Choose returns the workloads of those names, or all if there are none.
func Choose(names []string, from []Workload) ([]Workload, error) {
	if len(names) == 0 {
		return from, nil
	}
	var chosen []Workload
	for _, name := range names {
		w, err := Find(name, from)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, w)
	}
	return chosen, nil
}

// ItemsOver returns the number of items of a run that is to be n times as short, but
// at least 1,000 of them, unless w has fewer anyway: a run of very few items measures
// nothing but its start.
func (w Workload) ItemsOver(n int) int {
	return min(w.Items, max(1_000, w.Items/max(1, n)))
}
