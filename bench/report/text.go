package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteText writes r for people: the machine, the versions, and each table.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "%s\n%s, %d cores, GOMAXPROCS %d, %s %s/%s, %s\n",
		r.Command, m.CPU, m.Cores, m.GOMAXPROCS, m.Go, m.OS, m.Arch, m.Time.Format("2006-01-02 15:04 MST"))
	for i, v := range r.Versions {
		switch {
		case i%4 == 0 && i > 0:
			b.WriteString(",\n")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s", strings.TrimPrefix(v.Module, "github.com/"), v.Version)
	}
	if len(r.Versions) > 0 {
		b.WriteString("\n")
	}
	for _, s := range r.Sweeps {
		b.WriteString("\n")
		s.write(&b)
	}
	for _, p := range r.Pipelines {
		b.WriteString("\n")
		p.write(&b)
	}
	for _, t := range r.Tables {
		b.WriteString("\n")
		t.write(&b)
	}
	for _, h := range r.Hops {
		b.WriteString("\n")
		h.write(&b)
	}
	if len(r.Starts) > 0 {
		b.WriteString("\n")
		writeStarts(&b, r.Starts)
	}
	if len(r.Targets) > 0 {
		b.WriteString("\n")
		writeTargets(&b, r.Targets)
	}
	for _, n := range r.Notes {
		b.WriteString("\n" + n + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *Table) write(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s\n%s, %s, median of %s\n",
		t.Workload, t.Title, count(t.Items, "item"), count(t.Workers, "worker"), count(t.Rounds, "round"))
	head := []string{"contender", "ns/item", "min", "max", "allocs/item", "B/item"}
	if t.Memory {
		head = append(head, "peak MiB")
	}
	if t.Reference != "" {
		head = append(head, "ratio")
	}
	g := grid{head: append(head, "note"), left: map[int]bool{0: true, len(head): true}}
	for _, r := range t.Rows {
		cells := []string{
			r.Name, number(r.Time.Median), number(r.Time.Min), number(r.Time.Max),
			number(r.Allocs), number(r.Bytes),
		}
		if t.Memory {
			cells = append(cells, mebibytes(r.Peak))
		}
		if t.Reference != "" {
			cells = append(cells, number(r.Ratio))
		}
		g.rows = append(g.rows, append(cells, r.Note))
	}
	g.write(b)
	if t.Reference != "" {
		fmt.Fprintf(b, "ratio: to the fastest concurrent peer, %s\n", t.Reference)
	}
}

func writeTargets(b *strings.Builder, targets []Target) {
	g := grid{
		head: []string{"target", "against", "ours", "theirs", "unit", "ratio", "min", "max", "at most", ""},
		left: map[int]bool{0: true, 1: true, 4: true, 9: true},
	}
	missed := 0
	for _, t := range targets {
		verdict := "met"
		if !t.Met {
			verdict = "MISSED"
			missed++
		}
		theirs := number(t.Theirs)
		if t.Against == "" {
			theirs = ""
		}
		g.rows = append(g.rows, []string{
			t.Name, t.Against, number(t.Ours), theirs, t.Unit,
			ratio(t.Ratio.Median), ratio(t.Ratio.Min), ratio(t.Ratio.Max), ratio(t.Most), verdict,
		})
	}
	g.write(b)
	fmt.Fprintf(b, "%d of %s missed\n", missed, count(len(targets), "target"))
}

// ratio writes a quotient with the three digits that targets are given in.
func ratio(v float64) string {
	if v > -0.0005 && v < 0 {
		v = 0 // and not -0.000
	}
	return fmt.Sprintf("%.3f", v)
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return commas(strconv.Itoa(n)) + " " + what
}

// A grid lines cells up in columns: numbers to the right, words to the left.
type grid struct {
	head []string
	rows [][]string
	left map[int]bool
}

func (g *grid) write(b *strings.Builder) {
	width := make([]int, len(g.head))
	all := append([][]string{g.head}, g.rows...)
	for _, row := range all {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for _, row := range all {
		var line strings.Builder
		for i, c := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if g.left[i] {
				line.WriteString(c + pad)
			} else {
				line.WriteString(pad + c)
			}
			line.WriteString("  ")
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}
