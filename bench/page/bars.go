package page

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/penstock/penstock/bench/report"
)

const (
	barWidth  = 1060.0
	barHeight = 22.0
	barLeft   = 170.0
	letter    = 7.0 // the width of one, about
	barRight  = 130.0
)

// bars draws a table of contenders, the fastest first: the time per item, with the
// range of the rounds as a thin line.
func bars(t report.Table) template.HTML {
	low, high := math.Inf(1), 0.0
	for _, r := range t.Rows {
		low, high = min(low, r.Time.Median), max(high, r.Time.Median)
	}
	x := valueScale(low, high, barLeft, barWidth-barRight)
	height := float64(len(t.Rows))*barHeight + 40
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="time per item of each contender on %s">`, barWidth, height, html.EscapeString(t.Workload))
	for _, v := range x.ticks() {
		fmt.Fprintf(&b, `<line class="g" x1="%.1f" x2="%.1f" y1="0" y2="%g"/><text class="n m" x="%.1f" y="%g">%s</text>`,
			x.at(v), x.at(v), height-38, x.at(v), height-22, nanos(v))
	}
	label := "time per item"
	if x.log {
		label += ", on a logarithmic scale"
	}
	fmt.Fprintf(&b, `<text class="l m" x="%g" y="%g">%s</text>`, (barLeft+barWidth-barRight)/2, height-4, label)
	for i, r := range t.Rows {
		y := float64(i) * barHeight
		class := "b " + strings.ReplaceAll(r.Kind, " ", "-")
		end := x.at(r.Time.Median)
		fmt.Fprintf(&b, `<g><title>%s</title>`, html.EscapeString(barTitle(r)))
		fmt.Fprintf(&b, `<text class="n e name" x="%g" y="%g">%s</text>`, barLeft-8, y+15, html.EscapeString(r.Name))
		fmt.Fprintf(&b, `<rect class="%s" x="%g" y="%g" width="%.1f" height="%g" rx="2"/>`, class, barLeft, y+4, max(1, end-barLeft), barHeight-8)
		fmt.Fprintf(&b, `<line class="w k" x1="%.1f" x2="%.1f" y1="%g" y2="%g"/>`, x.at(max(r.Time.Min, x.low)), min(x.at(r.Time.Max), barWidth-barRight+6), y+barHeight/2, y+barHeight/2)
		text := nanos(r.Time.Median)
		if r.Ratio > 0 {
			text += fmt.Sprintf(" (%s×)", digits(r.Ratio))
		}
		at := min(max(end, x.at(r.Time.Max)), barWidth-barRight+6) + 8
		if room := barWidth - at; room < letter*float64(utf8.RuneCountInString(text)) {
			at = barWidth - letter*float64(utf8.RuneCountInString(text))
		}
		fmt.Fprintf(&b, `<text class="n" x="%.1f" y="%g">%s</text></g>`, at, y+15, text)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // made of numbers, and of texts that are escaped
}

func barTitle(r report.Row) string {
	text := fmt.Sprintf("%s: %s per item (%s to %s)", r.Name, nanos(r.Time.Median), nanos(r.Time.Min), nanos(r.Time.Max))
	if r.Note != "" {
		text += ", " + r.Note
	}
	return text
}
