package tune

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

const (
	explains  = 0.15 // the largest error of a fit that is worth telling
	mostLimit = 1000 // and the largest speed-up: beyond that it is none
	busy      = 0.1  // that part of the processors may be used by others without a word
)

// String returns a table of the results, and below it the recommendation with its
// reason, and how the backends scale. Recommended is the line with an arrow.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %s, up to %s of %v, %v in all\n\n", r.Func, count(r.Samples, "sample"),
		count(r.Processors, "processor"), count(r.Rounds, "round"), r.Trial.Round(time.Millisecond), r.Elapsed.Round(100*time.Millisecond))
	r.table(&b)
	fmt.Fprintf(&b, "\nUse %s", r.Best.Setting)
	if r.Best.Backend != onSync {
		fmt.Fprintf(&b, " and MaxSize %d", r.Best.MaxSize)
	}
	fmt.Fprintf(&b, " (%s). %s\n", r.Best.Kind, r.Best.Reason)
	for _, text := range []string{r.Scalability(), r.Busy()} {
		if text != "" {
			fmt.Fprintln(&b, text)
		}
	}
	return b.String()
}

// Scalability says how the recommended backend scales, by Amdahl's law or Gunther's, or
// "" if neither explains what was measured.
func (r *Report) Scalability() string {
	for _, f := range r.Fits {
		if f.Backend == r.Best.Backend && f.MaxSize == r.Best.MaxSize {
			return f.text(len(r.sizes()) > 1)
		}
	}
	return ""
}

// Busy returns a warning if other programs used so much of the processors that the
// numbers are not worth much, and "" otherwise.
func (r *Report) Busy() string {
	if r.Others <= busy*float64(r.Processors) {
		return ""
	}
	return fmt.Sprintf("Mind that other programs used %.1f of the %s meanwhile: measure again on a quiet machine.", r.Others, count(r.Processors, "processor"))
}

func (r *Report) sizes() map[int]bool {
	sizes := map[int]bool{}
	for _, x := range r.Results {
		sizes[x.MaxSize] = true
	}
	return sizes
}

func (r *Report) table(b *strings.Builder) {
	many := len(r.sizes()) > 1
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")+"\t") }
	head := []string{"backend", "workers"}
	if many {
		head = append(head, "max size")
	}
	row(append(head, "items/s", "±", "speed-up", "p50", "p99", "in function", "CPU/item", "peak MiB", "")...)
	for _, x := range r.Results {
		cells := []string{x.Backend, strconv.Itoa(x.Workers)}
		if many {
			cells = append(cells, strconv.Itoa(x.MaxSize))
		}
		mark := ""
		switch {
		case x.Setting == r.Best.Setting:
			mark = "<-"
		case x.Stopped:
			mark = "stopped early"
		}
		cpu := "-"
		if x.CPU > 0 {
			cpu = span(time.Duration(x.CPU * float64(time.Second)))
		}
		row(append(cells, number(x.Rate.Median), percent(x.Rate.Noise()), times(x.Speedup.Median),
			span(x.Latency.P50), span(x.Latency.P99), span(x.InFunc), cpu,
			fmt.Sprintf("%.1f", float64(x.Memory.Total())/(1<<20)), mark)...)
	}
	_ = t.Flush()
}

// text says what a fit means, or nothing if it does not explain the rates.
func (f Fit) text(sized bool) string {
	name := f.Backend
	if sized {
		name += fmt.Sprintf(" with MaxSize %d", f.MaxSize)
	}
	switch {
	case f.Error > explains || f.Limit() > mostLimit || f.Contention > 1:
		return ""
	case f.Coherency > 0:
		return fmt.Sprintf("Scalability of %s (Gunther's law, σ = %.3f, κ = %.2g): most with %.0f workers, %.1f times the rate of one.",
			name, f.Contention, f.Coherency, f.Peak(), f.Limit())
	default:
		return fmt.Sprintf("Scalability of %s (Amdahl's law): %s of the work is done by one at a time, which bounds the speed-up to %.1f.",
			name, percent(f.Contention), f.Limit())
	}
}

// reason explains a recommendation in whole sentences.
func reason(results []Result, base, chosen Result, best Recommendation, procs int) string {
	call := span(base.InFunc)
	gain := fmt.Sprintf("%s does %s items per second, %s times as many as sync", chosen.Setting, number(chosen.Rate.Median), times(best.Speedup))
	noise := fmt.Sprintf("differences below %s are noise", percent(best.Noise))
	var parts []string
	switch best.Kind {
	case TooCheap:
		parts = append(parts, fmt.Sprintf("A call takes %s, of the %s that an item costs on sync: handing it to another goroutine costs more than the work. A plain loop would do about %s items per second, more than any setting.",
			call, span(seconds(1/base.Rate.Median)), number(1/base.InFunc.Seconds())))
	case CPUBound:
		parts = append(parts, fmt.Sprintf("A call takes %s and computes for %s of it; %s, on %s, and nothing larger does more (%s).",
			call, percent(best.Computing), gain, count(procs, "processor"), noise))
	case Waiting, Mixed:
		parts = append(parts, fmt.Sprintf("A call takes %s and waits for %s of it, so that many can wait at once: %s (%s).",
			call, percent(1-best.Computing), gain, noise))
	case Contended:
		parts = append(parts, fmt.Sprintf("A call takes %s and computes for %s of it, and still %s: workers hinder each other, or share something, such as a lock, the memory bus or a server; or the machine was busy (%s).",
			call, percent(best.Computing), gain, noise))
	}
	if chosen.Backend != onSync && best.Computing < waits {
		flight := inFlight(chosen.Rate.Median, chosen.Latency.P50)
		parts = append(parts, fmt.Sprintf("Little's law: %s items per second, %s each, are %s items on their way, with %s.",
			number(chosen.Rate.Median), span(chosen.Latency.P50), number(flight), count(chosen.Workers, "worker")))
	}
	if best.Growing {
		parts = append(parts, "More workers were not tried, and may bring more.")
	}
	if p := find(results, Setting{"process", chosen.Workers, chosen.MaxSize}); p != nil && chosen.Backend != "process" {
		parts = append(parts, fmt.Sprintf("The safety of process would cost %s of that rate.", percent(max(0, 1-p.Rate.Median/chosen.Rate.Median))))
	}
	return strings.Join(parts, " ")
}

// times writes a quotient.
func times(v float64) string {
	if v < 99.5 {
		return fmt.Sprintf("%.2f", v)
	}
	return number(v)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// span writes a duration with three digits.
func span(d time.Duration) string {
	for unit := time.Duration(1); unit <= time.Hour; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
	return d.String()
}

// percent writes a part of 1.
func percent(part float64) string {
	switch {
	case part > 0 && part < 0.01:
		return fmt.Sprintf("%.1f%%", 100*part)
	default:
		return fmt.Sprintf("%.0f%%", 100*part)
	}
}

// number writes v with three digits that count, and commas.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	if v < 99.5 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(v))-2))
	return commas(math.Round(v/unit) * unit)
}

func commas(v float64) string {
	text := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return commas(float64(n)) + " " + what
}
