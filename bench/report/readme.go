package report

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The lines between which a README has the table.
const (
	readmeBegin = "<!-- what plbench readme writes begins here -->"
	readmeEnd   = "<!-- and ends here -->"
)

// ErrMarkers is the error of a README that has no place for the table.
var ErrMarkers = errors.New("report: the README has no markers: put these two lines where the table belongs\n" + readmeBegin + "\n" + readmeEnd)

// PutReadme returns the README with the block between its markers replaced.
func PutReadme(readme, block string) (string, error) {
	before, rest, ok := strings.Cut(readme, readmeBegin)
	_, after, ended := strings.Cut(rest, readmeEnd)
	if !ok || !ended {
		return "", ErrMarkers
	}
	return before + readmeBegin + "\n" + block + readmeEnd + after, nil
}

// A column of the README's table is a library, at its best.
type column struct {
	title string
	is    func(Row) bool
}

func named(title string, prefixes ...string) column {
	return column{title, func(r Row) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(r.Name, p) })
	}}
}

// stored is in the notes of contenders that have no result before the end.
const stored = "no result before the end"

var columns = []column{
	named("penstock", "penstock thread", "penstock task"),
	named("channels", "channels"),
	named("rill", "rill"),
	named("conc", "conc pool", "conc stream"),
	named("ants", "ants"),
	named("pond", "pond"),
	named("go-streams", "go-streams"),
	named("ro", "ro"),
}

// Readme returns the tables of r as one in Markdown: a line for each workload, with the
// time per item of each library at its best.
func (r *Report) Readme() string {
	var b strings.Builder
	m := r.Machine
	b.WriteString("\n| time per item |")
	for _, c := range columns {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(columns)) + "\n")
	rounds := 0
	for _, t := range r.Tables {
		rounds = max(rounds, t.Rounds)
		fmt.Fprintf(&b, "| %s, %s |", strings.TrimPrefix(t.Title, "1 stage, "), count(t.Workers, "worker"))
		for _, c := range columns {
			b.WriteString(" " + c.cell(t) + " |")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nMedians of at most %s in which all take turns, each library by the fastest of its ways that fit: `%s` on %s,\n%s, GOMAXPROCS %d, %s %s/%s, %s.\n",
		count(rounds, "round"), strings.TrimPrefix(r.Command, "plbench "), m.CPU, count(m.Cores, "core"), m.GOMAXPROCS, m.Go, m.OS, m.Arch, m.Time.Format("2 January 2006"))
	var versions []string
	for _, v := range r.Versions {
		name := strings.TrimPrefix(v.Module, "github.com/")
		if name != "penstock/penstock" {
			versions = append(versions, name+" "+v.Version)
		}
	}
	if len(versions) > 0 {
		b.WriteString("Versions: " + strings.Join(versions, ", ") + ".\n")
	}
	b.WriteString(footnotes)
	return b.String()
}

const footnotes = `¹ stores the results, and has none before the end. ² one item at a time. Of channels, the best of three lengths.
`

// cell returns the time of the fastest row of c in t. In order, rows that only store
// results come last.
func (c column) cell(t Table) string {
	var best *Row
	for i, r := range t.Rows {
		if c.is(r) && (best == nil || t.worth(r) < t.worth(*best)) {
			best = &t.Rows[i]
		}
	}
	if best == nil {
		return "–"
	}
	text := duration(best.Time.Median)
	switch {
	case strings.Contains(best.Note, stored):
		text += "¹"
	case best.Kind == "serial" || t.InOrder && (strings.Contains(best.Note, "parallelism 1") || strings.Contains(best.Note, "Process")):
		text += "²"
	}
	return text
}

func (t Table) worth(r Row) float64 {
	if t.InOrder && strings.Contains(r.Note, stored) {
		return math.MaxFloat64
	}
	return r.Time.Median
}

// duration writes nanoseconds as a time with three digits.
func duration(ns float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e6, "ms"}, {1e3, "µs"}} {
		if ns >= 0.9995*unit.size {
			return number(ns/unit.size) + " " + unit.name
		}
	}
	return number(ns) + " ns"
}
