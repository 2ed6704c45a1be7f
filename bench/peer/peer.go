package peer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/bench/workload"
)

// ErrUnknown is the error of [Find] for a name that no contender has.
var ErrUnknown = errors.New("peer: unknown contender")

// A Kind says what a contender is compared as.
type Kind string

// The kinds.
const (
	Baseline   Kind = "baseline"   // the work alone, without anything that passes items on
	Slice      Kind = "slice"      // concurrent, but only over a slice that is there already
	Serial     Kind = "serial"     // stages, one item at a time
	Concurrent Kind = "concurrent" // takes items one by one and works on several at a time
	Penstock   Kind = "penstock"   // this module
)

// A Run runs a job and returns the digest of its results.
type Run func(ctx context.Context, j *workload.Job) (workload.Digest, error)

// A Contender is one way to run jobs.
type Contender struct {
	Name   string
	Kind   Kind
	Module string // the Go module that is measured, empty for what is written out here

	Single  Run // one stage, results in any order; nil if it cannot
	Triple  Run // three stages, results in any order; nil if it cannot
	InOrder Run // one stage, results in the order of the input; nil if it cannot

	OneByOne        bool // does one item at a time
	OneByOneInOrder bool // keeps order by doing one item at a time
	AtTheEnd        bool // stores the results, and has none before all items are done

	Note        string // what a reader of any of its numbers should know
	TripleNote  string
	InOrderNote string
}

// For returns how c runs j and what a reader should know about it, or nil if c
// cannot run j or would take for ever because it waits for one item at a time.
func (c Contender) For(j *workload.Job) (run Run, note string) {
	notes := []string{c.Note}
	switch {
	case j.Waits && !c.concurrent(j):
		return nil, ""
	case j.Shape == workload.Triple:
		run = c.Triple
		notes = append(notes, c.TripleNote)
	case j.InOrder:
		run = c.InOrder
		notes = append(notes, c.InOrderNote)
	default:
		run = c.Single
	}
	notes = slices.DeleteFunc(notes, func(s string) bool { return s == "" })
	return run, strings.Join(notes, "; ")
}

// Rival reports whether c counts among the concurrent peers when j is run: whether
// it takes items as they come and works on several at a time. If the results are to
// come in order, it has to give them in order as well: to store them all, each at its
// place, is to keep no order.
func (c Contender) Rival(j *workload.Job) bool {
	return c.Kind == Concurrent && c.concurrent(j) && !(j.InOrder && c.AtTheEnd)
}

func (c Contender) concurrent(j *workload.Job) bool {
	return !c.OneByOne && !(j.InOrder && c.OneByOneInOrder)
}

// All returns the contenders, in the order of their documentation.
func All() []Contender {
	return slices.Concat(
		[]Contender{
			loop(),
			limit(),
			channels(0),
			channels(128),
			channels(1024),
			rillMap(),
			concIter(),
			concPool(),
			concStream(),
			antsPool(),
			pondPool(),
			goStreams(),
			roPipe(),
			deliveryHero(),
		},
		penstock(),
	)
}

// Find returns the contender of that name, or an error that matches [ErrUnknown] and
// lists the choices.
func Find(name string, from []Contender) (Contender, error) {
	names := make([]string, len(from))
	for i, c := range from {
		if c.Name == name {
			return c, nil
		}
		names[i] = c.Name
	}
	return Contender{}, fmt.Errorf("%w: %q: choose one of %s", ErrUnknown, name, strings.Join(names, ", "))
}
