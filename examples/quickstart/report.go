package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/penstock/penstock/pl/tune"
)

// A result is what a run found, and how it went.
type result struct {
	Counts
	job     job
	skips   *skips
	stopped error // why the counts are partial; nil if they are not
	verdict tune.Verdict
}

// print writes the report, all of it at once.
func (r *result) print(w io.Writer) error {
	var b bytes.Buffer
	r.printTotals(&b)
	r.printTop(&b, 20)
	r.printStages(&b)
	if r.Files > 0 {
		fmt.Fprintln(&b, r.verdict)
	} else {
		fmt.Fprintln(&b, "There was nothing to count.")
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (r *result) printTotals(b *bytes.Buffer) {
	if r.stopped != nil {
		fmt.Fprintf(b, "Stopped early (%v): these are the counts so far.\n\n", r.stopped)
	}
	fmt.Fprintf(b, "%s: %s files in %v, %s per second\n\n", r.job.root,
		commas(r.Files), r.verdict.Wall.Round(time.Millisecond), commas(float64(r.Files)/r.verdict.Wall.Seconds()))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\t lines\n", commas(r.Lines))
	fmt.Fprintf(t, "%s\t comments\n", commas(r.Comments))
	fmt.Fprintf(t, "%s\t identifiers\n", commas(r.identifiers()))
	fmt.Fprintf(t, "%s\t different ones\n", commas(len(r.Names)))
	_ = t.Flush()
	if r.skips.n > 0 {
		first, _, _ := strings.Cut(r.skips.first.Error(), "\n")
		fmt.Fprintf(b, "\nSkipped %s that cannot be read or are not valid Go, such as\n  %s\n", commas(r.skips.n), first)
	}
}

func (r *result) printTop(b *bytes.Buffer, n int) {
	if len(r.Names) == 0 {
		return
	}
	top := r.top(n)
	fmt.Fprintf(b, "\nThe %d most frequent identifiers\n", len(top))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, name := range top {
		fmt.Fprintf(t, "%s\t %s\n", commas(r.Names[name]), name)
	}
	_ = t.Flush()
}

// printStages writes the numbers of the Monitor. At the end nothing is busy and
// nothing waits, so those two are shown as they were on average.
func (r *result) printStages(b *bytes.Buffer) {
	width := len("stage") // padded by hand, since names start at the left
	for _, s := range r.verdict.Loads {
		width = max(width, len(s.Name))
	}
	fmt.Fprintln(b)
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%-*s\tbackend\tworkers\tin\tout\tdropped\tbusy\twaiting\tmax size\ttime\tper item\t\n", width, "stage")
	for _, s := range r.verdict.Loads {
		if s.Workers == 0 { // the source
			fmt.Fprintf(t, "%-*s\t-\t-\t-\t%s\t-\t-\t-\t-\t-\t-\t\n", width, s.Name, commas(s.Out))
			continue
		}
		waiting := "-"
		if s.Fill >= 0 {
			waiting = commas(s.Fill * float64(s.MaxSize))
		}
		each := "-"
		if s.In > 0 {
			each = (s.Time / time.Duration(s.In)).Round(time.Microsecond).String()
		}
		fmt.Fprintf(t, "%-*s\t%s\t%d\t%s\t%s\t%s\t%.1f\t%s\t%d\t%v\t%s\t\n", width, s.Name, s.Backend, s.Workers,
			commas(s.In), commas(s.Out), commas(s.Dropped),
			s.Time.Seconds()/r.verdict.Wall.Seconds(), waiting, s.MaxSize, s.Time.Round(time.Millisecond), each)
	}
	_ = t.Flush()
	fmt.Fprintln(b)
}

// commas writes a number, rounded, with a comma after each three digits.
func commas[N int | int64 | float64](n N) string {
	digits := fmt.Sprintf("%.0f", float64(n))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
