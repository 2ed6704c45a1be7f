package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/penstock/penstock/bench/measure"
)

// A Hop compares ways to another process and back, for one kind of item.
type Hop struct {
	Load      string   `json:"load"`
	Title     string   `json:"title"`
	Bytes     int      `json:"bytes"` // of an item
	Workers   int      `json:"workers"`
	Rounds    int      `json:"rounds"`
	Reference string   `json:"reference"` // the way that ratios are to
	Limit     string   `json:"limit"`     // the way that no other can beat
	Rows      []HopRow `json:"rows"`
}

// A HopRow is one way in a Hop. Its ratios are medians of those of the rounds.
type HopRow struct {
	Name    string          `json:"name"`
	Items   int             `json:"items"`
	Time    measure.Summary `json:"ns_per_item"`
	Ratio   float64         `json:"ratio"`    // to the Reference
	OfLimit float64         `json:"of_limit"` // to the Limit
	Note    string          `json:"note,omitempty"`
}

// PerSecond is how many items a second has.
func (r HopRow) PerSecond() float64 { return 1e9 / r.Time.Median }

// A Start is what the worker processes of a way cost: a run of one item each, divided
// by the workers.
type Start struct {
	Name    string          `json:"name"`
	Workers int             `json:"workers"`
	Rounds  int             `json:"rounds"`
	Time    measure.Summary `json:"ms_per_worker"`
}

func (h *Hop) write(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s, to another process and back\n%s, median of %s\n",
		h.Load, h.Title, count(h.Workers, "worker"), count(h.Rounds, "round"))
	g := grid{
		head: []string{"way", "items/s", "ns/item", "min", "max", "MiB/s", "ratio", "of limit", "note"},
		left: map[int]bool{0: true, 8: true},
	}
	for _, r := range h.Rows {
		g.rows = append(g.rows, []string{
			r.Name, number(r.PerSecond()), number(r.Time.Median), number(r.Time.Min), number(r.Time.Max),
			number(r.PerSecond() * float64(h.Bytes) / (1 << 20)), ratio(r.Ratio), ratio(r.OfLimit), r.Note,
		})
	}
	g.write(b)
	fmt.Fprintf(b, "ratio: to %s; limit: %s; MiB/s: one way\n", h.Reference, h.Limit)
}

func writeStarts(b *strings.Builder, starts []Start) {
	b.WriteString("start: a run of one item per worker, with start and end of the processes\n")
	g := grid{head: []string{"way", "workers", "ms/worker", "min", "max"}, left: map[int]bool{0: true}}
	for _, s := range starts {
		g.rows = append(g.rows, []string{
			s.Name, strconv.Itoa(s.Workers), number(s.Time.Median), number(s.Time.Min), number(s.Time.Max),
		})
	}
	g.write(b)
}

// hopsCSV writes the lines of hops and starts.
func (r *Report) hopsCSV(write func(cells ...string)) {
	if len(r.Hops) > 0 {
		write("load", "workers", "rounds", "way", "items", "items_per_second", "ns_per_item", "min", "max",
			"ratio", "reference", "of_limit", "limit", "note")
	}
	for _, h := range r.Hops {
		for _, x := range h.Rows {
			write(h.Load, strconv.Itoa(h.Workers), strconv.Itoa(h.Rounds), x.Name, strconv.Itoa(x.Items),
				exact(x.PerSecond()), exact(x.Time.Median), exact(x.Time.Min), exact(x.Time.Max),
				exact(x.Ratio), h.Reference, exact(x.OfLimit), h.Limit, x.Note)
		}
	}
	if len(r.Starts) > 0 {
		write("start", "workers", "rounds", "ms_per_worker", "min", "max")
	}
	for _, s := range r.Starts {
		write(s.Name, strconv.Itoa(s.Workers), strconv.Itoa(s.Rounds), exact(s.Time.Median), exact(s.Time.Min), exact(s.Time.Max))
	}
}
