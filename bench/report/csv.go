package report

import (
	"encoding/csv"
	"io"
	"strconv"
)

// WriteCSV writes one line per setting, per stage, per row of the tables and hops, per start and per target,
// each kind under a line of its column names. Machine, versions and notes are in the
// JSON form only.
func (r *Report) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	write := func(cells ...string) {
		_ = c.Write(cells) // c.Error has it in the end
	}
	r.sweepsCSV(write)
	r.pipelinesCSV(write)
	if len(r.Tables) > 0 {
		write("workload", "items", "workers", "rounds", "contender", "kind",
			"ns_per_item", "min", "max", "allocs_per_item", "bytes_per_item", "peak_bytes", "ratio", "reference", "note")
	}
	for _, t := range r.Tables {
		for _, x := range t.Rows {
			write(t.Workload, strconv.Itoa(t.Items), strconv.Itoa(t.Workers), strconv.Itoa(t.Rounds), x.Name, x.Kind,
				exact(x.Time.Median), exact(x.Time.Min), exact(x.Time.Max),
				exact(x.Allocs), exact(x.Bytes), exact(x.Peak), exact(x.Ratio), t.Reference, x.Note)
		}
	}
	r.hopsCSV(write)
	if len(r.Targets) > 0 {
		write("target", "against", "unit", "ours", "theirs", "ratio", "min", "max", "at_most", "met")
	}
	for _, t := range r.Targets {
		write(t.Name, t.Against, t.Unit, exact(t.Ours), exact(t.Theirs),
			exact(t.Ratio.Median), exact(t.Ratio.Min), exact(t.Ratio.Max), exact(t.Most), strconv.FormatBool(t.Met))
	}
	c.Flush()
	return c.Error()
}

func exact(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
