package target

import (
	"math"
	"time"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/peer"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/bench/workload"
)

// FromTable returns the targets of all that are answered by samples of every contender
// on a job, so that nothing has to be measured twice.
func FromTable(job *workload.Job, series []measure.Series, all []Target) []report.Target {
	byName := map[string]measure.Series{}
	for _, s := range series {
		byName[s.Name] = s
	}
	var found []report.Target
	for _, t := range all {
		switch t := t.(type) {
		case Pair:
			ours, theirs := byName[t.Ours], byName[t.Theirs]
			if t.Workload == job.Name && (t.Workers == 0 || t.Workers == job.Workers) && len(ours.Samples) > 0 && len(theirs.Samples) > 0 {
				found = append(found, t.judge(job, ours, theirs)...)
			}
		case ideal:
			if s := byName[t.ours]; t.workload == job.Name && len(s.Samples) > 0 {
				found = append(found, t.judge(job, s))
			}
		case anywhere:
			if ours, theirs := sidesOf(job, byName); len(ours) > 0 && len(theirs) > 0 {
				found = append(found, t.judge(job, fastest(ours), fastest(theirs)))
			}
		}
	}
	return found
}

// sidesOf returns the samples of this module's concurrent contenders, and of their rivals.
func sidesOf(job *workload.Job, byName map[string]measure.Series) (ours, theirs []measure.Series) {
	for _, c := range peer.All() {
		s := byName[c.Name]
		switch {
		case len(s.Samples) == 0:
		case c.Kind == peer.Penstock && !c.OneByOne:
			ours = append(ours, s)
		case c.Rival(job):
			theirs = append(theirs, s)
		}
	}
	return ours, theirs
}

// Apart returns the targets of all that no table of contenders answers.
func Apart(all []Target) []Target {
	var rest []Target
	for _, t := range all {
		switch t.(type) {
		case Pair, ideal, anywhere:
		default:
			rest = append(rest, t)
		}
	}
	return rest
}

// judge compares the time of a job with the least that its waits take.
func (t ideal) judge(job *workload.Job, ours measure.Series) report.Target {
	turns := math.Ceil(float64(job.Items) / float64(job.Workers))
	best := turns * float64(t.wait)
	ratio := measure.Summarize(ours.Of(measure.Wall)).Scale(1 / best)
	return report.Target{
		Name:    title(job),
		Against: "ideal",
		Unit:    "ms",
		Ours:    ratio.Median * best / float64(time.Millisecond),
		Theirs:  best / float64(time.Millisecond),
		Ratio:   ratio,
		Most:    t.most,
		Met:     met(ratio.Median, t.most),
	}
}

// judge compares the better of ours with the fastest of theirs.
func (t anywhere) judge(job *workload.Job, a, b measure.Series) report.Target {
	ratio := measure.Ratio(a, b, measure.Wall)
	scale := perItem.scale(job)
	return report.Target{
		Name:    "anywhere: " + title(job) + ", " + a.Name,
		Against: b.Name,
		Unit:    perItem.name,
		Ours:    measure.Summarize(a.Of(measure.Wall)).Median * scale,
		Theirs:  measure.Summarize(b.Of(measure.Wall)).Median * scale,
		Ratio:   ratio,
		Most:    t.most,
		Met:     met(ratio.Median, t.most),
	}
}
