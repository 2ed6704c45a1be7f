package report

import (
	"github.com/penstock/penstock/bench/measure"
)

// A Report is everything that one command measured.
type Report struct {
	Command   string     `json:"command"`
	Machine   Machine    `json:"machine"`
	Versions  []Version  `json:"versions"`
	Sweeps    []Sweep    `json:"sweeps,omitempty"`
	Pipelines []Pipeline `json:"pipelines,omitempty"`
	Tables    []Table    `json:"tables,omitempty"`
	Hops      []Hop      `json:"hops,omitempty"`
	Starts    []Start    `json:"starts,omitempty"`
	Targets   []Target   `json:"targets,omitempty"`
	Notes     []string   `json:"notes,omitempty"`
}

// A Table compares contenders on one workload.
type Table struct {
	Workload  string `json:"workload"`
	Title     string `json:"title"`
	Items     int    `json:"items"`
	Workers   int    `json:"workers"`
	Rounds    int    `json:"rounds"`
	Reference string `json:"reference"` // the contender that ratios are to, empty if there is none
	Memory    bool   `json:"memory"`    // whether Peak was measured
	InOrder   bool   `json:"in_order"`  // whether the results had to be in the order of the input
	Rows      []Row  `json:"rows"`
}

// A Row is one contender in a Table.
type Row struct {
	Name   string          `json:"name"`
	Kind   string          `json:"kind"`
	Time   measure.Summary `json:"ns_per_item"`
	Allocs float64         `json:"allocs_per_item"` // median
	Bytes  float64         `json:"bytes_per_item"`  // median
	Peak   float64         `json:"peak_bytes"`      // median, 0 if not measured
	Ratio  float64         `json:"ratio"`           // of the median times, to the Reference; 0 if there is none
	Note   string          `json:"note,omitempty"`
}

// A Target is a ratio that must not be exceeded.
type Target struct {
	Name    string          `json:"name"`
	Against string          `json:"against"`
	Unit    string          `json:"unit"` // of Ours and Theirs
	Ours    float64         `json:"ours"` // median
	Theirs  float64         `json:"theirs,omitempty"`
	Ratio   measure.Summary `json:"ratio"`
	Most    float64         `json:"most"`
	Met     bool            `json:"met"`
}

// Missed returns the targets that are not met.
func (r *Report) Missed() []Target {
	var missed []Target
	for _, t := range r.Targets {
		if !t.Met {
			missed = append(missed, t)
		}
	}
	return missed
}
