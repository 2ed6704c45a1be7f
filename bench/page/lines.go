package page

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// A series is one line of a chart.
type series struct {
	name   string
	color  int // 1 and up; 0 is gray
	dashed bool
	dots   bool
	points []point
}

type point struct {
	x, y      float64
	low, high float64 // 0 for none
	ring      bool
}

// A chart has lines, an axis for each direction, and a legend.
type chart struct {
	title, x, y  string    // texts, with units
	xTicks       []float64 // from the first to the last of them goes the axis
	xLog         bool
	xText, yText func(float64) string
	series       []series
}

// The places in a chart.
const (
	chartWidth, chartHeight = 520.0, 300.0
	left, right             = 64.0, 16.0
	top, bottom             = 30.0, 48.0
)

// svg draws the chart.
func (c chart) svg() template.HTML {
	low, high := math.Inf(1), 0.0
	for _, s := range c.series {
		for _, p := range s.points {
			low, high = min(low, p.y), max(high, p.y, p.high)
			if p.low > 0 {
				low = min(low, p.low)
			}
		}
	}
	if high == 0 {
		low, high = 1, 1
	}
	y := valueScale(low, high, chartHeight-bottom, top)
	x := scale{c.xTicks[0], c.xTicks[len(c.xTicks)-1], left, chartWidth - right, c.xLog}
	if x.log {
		x.from, x.to = left+14, chartWidth-right-14
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, chartWidth, chartHeight, html.EscapeString(c.title))
	fmt.Fprintf(&b, `<text class="t" x="0" y="14">%s</text>`, html.EscapeString(c.title))
	for _, v := range y.ticks() {
		fmt.Fprintf(&b, `<line class="g" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text class="n e" x="%g" y="%.1f">%s</text>`,
			left, chartWidth-right, y.at(v), y.at(v), left-8, y.at(v)+4, c.yText(v))
	}
	for _, v := range c.xTicks {
		fmt.Fprintf(&b, `<text class="n m" x="%.1f" y="%g">%s</text>`, x.at(v), chartHeight-bottom+18, c.xText(v))
	}
	fmt.Fprintf(&b, `<line class="a" x1="%g" x2="%g" y1="%g" y2="%g"/>`, left, chartWidth-right, chartHeight-bottom, chartHeight-bottom)
	fmt.Fprintf(&b, `<text class="l m" x="%g" y="%g">%s</text>`, (left+chartWidth-right)/2, chartHeight-8, html.EscapeString(c.x))
	fmt.Fprintf(&b, `<text class="l m" transform="translate(12 %g) rotate(-90)">%s</text>`, (top+chartHeight-bottom)/2, html.EscapeString(c.y))
	for _, s := range c.series {
		s.draw(&b, x, y)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // made of numbers, and of texts that are escaped
}

func (s series) draw(b *strings.Builder, x, y scale) {
	var at [][2]float64
	for _, p := range s.points {
		at = append(at, [2]float64{x.at(p.x), y.at(p.y)})
	}
	dashed := ""
	if s.dashed {
		dashed = " d"
	}
	fmt.Fprintf(b, `<path class="s c%d%s" d="%s"/>`, s.color, dashed, trail(at))
	for i, p := range s.points {
		if p.ring {
			fmt.Fprintf(b, `<circle class="r" cx="%.1f" cy="%.1f" r="8"/>`, at[i][0], at[i][1])
		}
		if !s.dots {
			continue
		}
		if p.high > 0 {
			fmt.Fprintf(b, `<line class="w c%d" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, s.color, at[i][0], at[i][0], y.at(max(p.low, y.low)), y.at(p.high))
		}
		fmt.Fprintf(b, `<circle class="p c%d" cx="%.1f" cy="%.1f" r="3.5"/>`, s.color, at[i][0], at[i][1])
	}
}

// legend names the series.
func (c chart) legend() template.HTML {
	var b strings.Builder
	b.WriteString(`<p class="legend">`)
	for _, s := range c.series {
		dashed := ""
		if s.dashed {
			dashed = " d"
		}
		fmt.Fprintf(&b, `<span><svg viewBox="0 0 22 10" aria-hidden="true"><path class="s c%d%s" d="M1 5H21"/></svg>%s</span> `, s.color, dashed, html.EscapeString(s.name))
	}
	b.WriteString(`</p>`)
	return template.HTML(b.String()) //nolint:gosec // made of numbers, and of texts that are escaped
}

// figure is the chart with its legend.
func (c chart) figure() template.HTML {
	return "<figure>" + c.svg() + c.legend() + "</figure>"
}
