package tune

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/penstock/penstock/pl"
)

// An Observation is what is known about a run, during it or after.
type Observation struct {
	Stages  []pl.StageStats // the latest numbers
	Waiting []float64       // how many values waited in front of each stage, on average; nil if unknown
	Wall    time.Duration   // the time of the run so far
	CPU     time.Duration   // processor time in it; 0 if unknown
	Others  time.Duration   // processor time that other programs took meanwhile, as far as known
	Procs   int             // processors; 0 for GOMAXPROCS
}

// A Load is how much a stage had to do.
type Load struct {
	pl.StageStats
	// Busy is the part of the time that the workers were in the function: 1 if all
	// were, all the time. 0 for sources, and for operators without workers.
	Busy float64
	// Fill is how full the queue in front was, on average: 1 if there was no place
	// left. It is -1 if nobody looked, or if there is no queue.
	Fill float64
}

// A Verdict says where the time of a run went.
type Verdict struct {
	Loads      []Load
	Wall       time.Duration
	Processors float64 // how many processors were in use, on average; 0 if unknown
	Others     float64 // how many of them by other programs, as far as known
	Procs      int     // how many there are

	// Bottleneck is the index in Loads of the stage that held up the others, or -1 if
	// none did: then the source was slower than any of them.
	Bottleneck int
	// Gain is an estimate of the rate of the whole pipeline with one more worker in the
	// bottleneck, as a multiple of what it was: at least 1.
	Gain float64
	// Limit says what bounds Gain.
	Limit Limit
}

// A Limit is what keeps one more worker from bringing more.
type Limit string

// The limits.
const (
	ByWorkers    Limit = "workers"    // nothing else: the new worker brings its share
	ByStage      Limit = "stage"      // another stage would become the bottleneck
	ByProcessors Limit = "processors" // all are in use
	BySync       Limit = "sync"       // the stage is on sync, and has one worker
	BySource     Limit = "source"     // no stage holds up the others
)

const (
	sameShare = 0.05 // shares of time this close are equal
	idle      = 0.5  // below that, workers wait more than they work
)

// Diagnose says where the time of a run went. The bottleneck is the stage whose workers
// were in their function for the largest part of the time; of stages that are about
// equal in that, the one with the fullest queue in front.
//
// The estimate of [Verdict.Gain] takes the work per item for given: with w workers that
// are always busy, one more makes (w+1)/w of the rate, as long as the other stages
// have the time, there are processors for it, and the source keeps up. Of the processors
// that other programs use, this one is taken to get what it lacks to half of all.
func Diagnose(o Observation) Verdict {
	v := Verdict{Wall: o.Wall, Procs: o.Procs, Bottleneck: -1, Gain: 1, Limit: BySource}
	if v.Procs == 0 {
		v.Procs = runtime.GOMAXPROCS(0)
	}
	if o.Wall > 0 {
		v.Others = o.Others.Seconds() / o.Wall.Seconds()
		if o.CPU > 0 {
			v.Processors = min(float64(v.Procs), o.CPU.Seconds()/o.Wall.Seconds()+v.Others)
		}
	}
	most, fullest := 0.0, 0.0
	for i, s := range o.Stages {
		l := Load{StageStats: s, Fill: -1}
		if s.Workers > 0 && o.Wall > 0 {
			l.Busy = min(1, s.Time.Seconds()/(float64(s.Workers)*o.Wall.Seconds()))
		}
		if i < len(o.Waiting) && s.MaxSize > 0 {
			l.Fill = min(1, o.Waiting[i]/float64(s.MaxSize))
		}
		if l.Busy > most+sameShare || l.Busy > most-sameShare && l.Busy > 0 && l.Fill > fullest {
			v.Bottleneck, most, fullest = i, l.Busy, l.Fill
		}
		v.Loads = append(v.Loads, l)
	}
	if most < idle {
		v.Bottleneck = -1
		return v
	}
	v.estimate()
	return v
}

// estimate fills in what one more worker in the bottleneck would bring.
func (v *Verdict) estimate() {
	b := v.Loads[v.Bottleneck]
	if b.Backend == onSync {
		v.Limit = BySync
		return
	}
	w := float64(b.Workers)
	v.Gain, v.Limit = (w+1)/w, ByWorkers
	lower := func(gain float64, by Limit) {
		if gain < v.Gain {
			v.Gain, v.Limit = max(1, gain), by
		}
	}
	for i, l := range v.Loads {
		if i != v.Bottleneck && l.Busy > 0 {
			lower(1/l.Busy, ByStage)
		}
	}
	if own := v.Processors - v.Others; own > 0 {
		procs := float64(v.Procs)
		lower(max(procs-v.Others, procs/2)/own, ByProcessors)
	}
}

// String returns a sentence or two about the bottleneck.
func (v Verdict) String() string {
	if v.Bottleneck < 0 {
		return "No stage was busy even half of the time: they waited for the source."
	}
	b := v.Loads[v.Bottleneck]
	text := fmt.Sprintf("The bottleneck was %s: its %s busy %s of the time", b.Name, were(b.Workers), percent(b.Busy))
	if b.Fill >= 0 {
		text += fmt.Sprintf(", and the queue in front was %s full", percent(b.Fill))
	}
	text += ". "
	more := fmt.Sprintf("One more worker there would bring about %s", percent(v.Gain-1))
	switch v.Limit {
	case BySync:
		return text + "It is on sync, which has one worker: another backend may have more."
	case ByStage:
		return text + more + ", since another stage would be the bottleneck then."
	case ByProcessors:
		if v.Gain-1 < sameShare {
			return text + fmt.Sprintf("More workers would bring nothing: %s.", v.used())
		}
		return text + more + ": " + v.used() + "."
	default:
		return text + more + "."
	}
}

func (v Verdict) used() string {
	text := fmt.Sprintf("%.1f of %s were in use", v.Processors, count(v.Procs, "processor"))
	if v.Others >= 0.1 {
		text += fmt.Sprintf(", %.1f of them by other programs", v.Others)
	}
	return text
}

func were(n int) string {
	if n == 1 {
		return "worker was"
	}
	return fmt.Sprintf("%d workers were", n)
}

// Table returns the loads in columns, one line for each stage.
func (v Verdict) Table() string {
	var b strings.Builder
	width := len("stage") // padded by hand, since names start at the left
	for _, l := range v.Loads {
		width = max(width, len(l.Name))
	}
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%-*s\tbackend\tworkers\tbusy\tqueue full\tin\tper item\t\n", width, "stage")
	for i, l := range v.Loads {
		backend, workers, busy, fill, each, mark := "-", "-", "-", "-", "-", ""
		if l.Workers > 0 {
			backend, workers, busy = l.Backend, fmt.Sprint(l.Workers), percent(l.Busy)
			each = span(l.Time / time.Duration(max(1, l.In)))
		}
		if l.Fill >= 0 {
			fill = percent(l.Fill)
		}
		if i == v.Bottleneck {
			mark = "<-"
		}
		fmt.Fprintf(t, "%-*s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", width, l.Name, backend, workers, busy, fill, commas(math.Max(float64(l.In), 0)), each, mark)
	}
	_ = t.Flush()
	return b.String()
}
