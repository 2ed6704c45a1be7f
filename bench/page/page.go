package page

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/penstock/penstock/bench/report"
)

//go:embed page.html
var source string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"bars":    bars,
	"percent": func(v float64) string { return fmt.Sprintf("%.0f%%", 100*v) },
	"times":   func(v float64) string { return fmt.Sprintf("%.2f", v) },
	"ratio":   func(v float64) string { return fmt.Sprintf("%.3f", v) },
	"short":   short,
	"nanos":   nanos,
	"items":   func(n int) string { return whole(float64(n)) + " items" },
	"workers": workers,
	"module":  func(m string) string { return strings.TrimPrefix(m, "github.com/") },
}).Parse(source))

func workers(n int) string {
	if n == 1 {
		return "1 worker"
	}
	return whole(float64(n)) + " workers"
}

// Write writes r as a page.
func Write(w io.Writer, r *report.Report) error {
	view := struct {
		*report.Report
		Views []sweepView
		When  string
	}{Report: r, When: r.Machine.Time.Format("2 January 2006, 15:04 MST")}
	for _, s := range r.Sweeps {
		view.Views = append(view.Views, viewOf(s))
	}
	return page.Execute(w, view)
}
