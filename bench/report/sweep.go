package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/penstock/penstock/pl/tune"

	"github.com/penstock/penstock/bench/measure"
)

// A Sweep says which setting suits the function of a workload.
type Sweep struct {
	Workload string      `json:"workload"`
	Title    string      `json:"title"`
	Report   tune.Report `json:"report"`
}

// A Pipeline says which of its stages held up the others, what one more worker there
// was estimated to bring, and what it brought.
type Pipeline struct {
	Title      string          `json:"title"`
	Items      int             `json:"items"`
	Rounds     int             `json:"rounds"`
	Rate       measure.Summary `json:"items_per_second"`
	Stages     []Load          `json:"stages"`
	Verdict    string          `json:"verdict"`
	Bottleneck string          `json:"bottleneck"` // empty if there is none
	Estimate   measure.Summary `json:"estimate"`   // of the rate with one more worker there, by Rate
	Measured   measure.Summary `json:"measured"`   // the same, round by round
}

// A Load is how much a stage of a Pipeline had to do.
type Load struct {
	Name    string  `json:"name"`
	Backend string  `json:"backend"`
	Workers int     `json:"workers"`
	MaxSize int     `json:"max_size"`
	Busy    float64 `json:"busy"` // the part of the time that the workers were in the function
	Fill    float64 `json:"fill"` // of the queue in front; -1 if there is none
}

func (s *Sweep) write(b *strings.Builder) {
	b.WriteString(s.Report.String())
}

func (p *Pipeline) write(b *strings.Builder) {
	fmt.Fprintf(b, "pipeline: %s\n%s, median of %s: %s per second\n", p.Title, count(p.Items, "item"), count(p.Rounds, "round"), number(p.Rate.Median))
	g := grid{head: []string{"stage", "backend", "workers", "busy", "queue full"}, left: map[int]bool{0: true, 1: true}}
	for _, s := range p.Stages {
		if s.Workers == 0 {
			continue
		}
		fill := "-"
		if s.Fill >= 0 {
			fill = fmt.Sprintf("%.0f%%", 100*s.Fill)
		}
		g.rows = append(g.rows, []string{s.Name, s.Backend, strconv.Itoa(s.Workers), fmt.Sprintf("%.0f%%", 100*s.Busy), fill})
	}
	g.write(b)
	fmt.Fprintln(b, p.Verdict)
	if p.Bottleneck != "" {
		fmt.Fprintf(b, "One more worker in %s: estimated %.2f times the rate (%.2f to %.2f), measured %.2f times (%.2f to %.2f).\n",
			p.Bottleneck, p.Estimate.Median, p.Estimate.Min, p.Estimate.Max, p.Measured.Median, p.Measured.Min, p.Measured.Max)
	}
}

// sweepsCSV writes one line per setting.
func (r *Report) sweepsCSV(write func(...string)) {
	if len(r.Sweeps) > 0 {
		write("workload", "backend", "workers", "max_size", "items_per_second", "min", "max", "speedup", "p50_ns", "p99_ns",
			"in_func_ns", "cpu_ns_per_item", "peak_process_bytes", "peak_workers_bytes", "rounds", "stopped", "recommended")
	}
	for _, s := range r.Sweeps {
		for _, x := range s.Report.Results {
			write(s.Workload, x.Backend, strconv.Itoa(x.Workers), strconv.Itoa(x.MaxSize), exact(x.Rate.Median), exact(x.Rate.Min), exact(x.Rate.Max),
				exact(x.Speedup.Median), strconv.FormatInt(int64(x.Latency.P50), 10), strconv.FormatInt(int64(x.Latency.P99), 10),
				strconv.FormatInt(int64(x.InFunc), 10), exact(1e9*x.CPU), strconv.FormatUint(x.Memory.Process, 10), strconv.FormatUint(x.Memory.Workers, 10),
				strconv.Itoa(len(x.Rates)), strconv.FormatBool(x.Stopped), strconv.FormatBool(x.Setting == s.Report.Best.Setting))
		}
	}
}

// pipelinesCSV writes one line per stage.
func (r *Report) pipelinesCSV(write func(...string)) {
	if len(r.Pipelines) > 0 {
		write("stage", "backend", "workers", "busy", "fill", "bottleneck", "estimate", "measured")
	}
	for _, p := range r.Pipelines {
		for _, s := range p.Stages {
			estimate, measured := "", ""
			if s.Name == p.Bottleneck {
				estimate, measured = exact(p.Estimate.Median), exact(p.Measured.Median)
			}
			write(s.Name, s.Backend, strconv.Itoa(s.Workers), exact(s.Busy), exact(s.Fill), strconv.FormatBool(s.Name == p.Bottleneck), estimate, measured)
		}
	}
}
