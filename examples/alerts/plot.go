package main

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// The picture of a light curve, in pixels.
const (
	plotWidth, plotHeight   = 560, 260
	plotLeft, plotRight     = 46, 14
	plotTop, plotBottom     = 12, 34
	plotInnerW, plotInnerH  = plotWidth - plotLeft - plotRight, plotHeight - plotTop - plotBottom
	jdToMJD                 = 2400000.5
	curveStep               = 3.0 // pixels between points of a curve
	limitSize, detectionDot = 4.0, 2.6
)

// plot draws a light curve with its fits as SVG. Magnitudes grow downwards, as is the
// custom; times are days from the peak.
func plot(c *candidate) template.HTML {
	a := axesOf(c)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="curve" viewBox="0 0 %d %d" role="img" aria-label="Light curve of %s">`,
		plotWidth, plotHeight, template.HTMLEscapeString(c.Name))
	a.draw(&b)
	fmt.Fprintf(&b, `<svg x="%d" y="%d" width="%d" height="%d" viewBox="%d %d %d %d">`,
		plotLeft, plotTop, plotInnerW, plotInnerH, plotLeft, plotTop, plotInnerW, plotInnerH)
	for _, f := range c.Bands {
		a.drawFit(&b, f)
	}
	for _, p := range c.points {
		a.drawPoint(&b, p)
	}
	b.WriteString(`</svg></svg>`)
	return template.HTML(b.String())
}

// axes turn days and magnitudes into pixels.
type axes struct {
	origin       float64 // Julian date of day zero
	first, last  float64 // days
	bright, dark float64 // magnitudes
}

func axesOf(c *candidate) axes {
	a := axes{origin: peakOf(c), first: math.Inf(1), last: math.Inf(-1), bright: math.Inf(1), dark: math.Inf(-1)}
	for _, p := range c.points {
		a.first, a.last = math.Min(a.first, p.jd-a.origin), math.Max(a.last, p.jd-a.origin)
		a.bright, a.dark = math.Min(a.bright, p.mag-p.err), math.Max(a.dark, math.Min(p.mag+p.err, p.mag+0.5))
	}
	for _, f := range c.Bands {
		if f.PeakMag.Value > a.bright-1 {
			a.bright = math.Min(a.bright, f.PeakMag.Value)
		}
	}
	if len(c.points) == 0 {
		a.first, a.last, a.bright, a.dark = -1, 1, 18, 20
	}
	side := math.Max(0.03*(a.last-a.first), 0.5)
	a.first, a.last = a.first-side, a.last+side
	a.bright, a.dark = a.bright-0.15, a.dark+0.15
	return a
}

// peakOf returns when the fit is brightest, in r if there is one, else the first
// detection.
func peakOf(c *candidate) float64 {
	at := 0.0
	for _, f := range c.Bands {
		if at == 0 || f.Band == "r" {
			at = f.PeakJD.Value
		}
	}
	for _, p := range c.points {
		if at == 0 && !p.limit {
			at = p.jd
		}
	}
	return at
}

func (a axes) x(jd float64) float64 {
	return plotLeft + plotInnerW*(jd-a.origin-a.first)/(a.last-a.first)
}

func (a axes) y(mag float64) float64 {
	return plotTop + plotInnerH*(mag-a.bright)/(a.dark-a.bright)
}

func (a axes) draw(b *strings.Builder) {
	fmt.Fprintf(b, `<rect class="frame" x="%d" y="%d" width="%d" height="%d"/>`, plotLeft, plotTop, plotInnerW, plotInnerH)
	for _, day := range ticks(a.first, a.last, 8) {
		x := a.x(a.origin + day)
		fmt.Fprintf(b, `<path class="grid" d="M%.1f %dv%d"/><text class="tick" x="%.1f" y="%d" text-anchor="middle">%s</text>`,
			x, plotTop, plotInnerH, x, plotTop+plotInnerH+14, minus(day))
	}
	for _, mag := range ticks(a.bright, a.dark, 6) {
		y := a.y(mag)
		fmt.Fprintf(b, `<path class="grid" d="M%d %.1fh%d"/><text class="tick" x="%d" y="%.1f" text-anchor="end">%s</text>`,
			plotLeft, y, plotInnerW, plotLeft-6, y+3.5, minus(mag))
	}
	fmt.Fprintf(b, `<text class="label" x="%d" y="%d" text-anchor="middle">days from the peak, MJD %.1f</text>`,
		plotLeft+plotInnerW/2, plotHeight-4, a.origin-jdToMJD)
	fmt.Fprintf(b, `<text class="label" transform="translate(11 %d) rotate(-90)" text-anchor="middle">magnitude</text>`, plotTop+plotInnerH/2)
}

// ticks returns round numbers between two others, at most n.
func ticks(from, to float64, n int) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((to-from)/float64(n))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (to-from)/(step*factor) <= float64(n) {
			step *= factor
			break
		}
	}
	var out []float64
	for k := math.Ceil(from / step); k*step <= to; k++ {
		out = append(out, k*step)
	}
	return out
}

// minus formats a number for a reader, with the sign of printers.
func minus(f float64) string {
	return strings.Replace(fmt.Sprintf("%.4g", math.Round(f*1000)/1000+0), "-", "−", 1)
}

func (a axes) drawFit(b *strings.Builder, f bandFit) {
	b.WriteString(`<path class="fit ` + f.Band + `" d="`)
	pen := "M"
	for x := float64(plotLeft); x <= plotLeft+plotInnerW; x += curveStep {
		mag := f.magAt(a.origin + a.first + (x-plotLeft)/plotInnerW*(a.last-a.first))
		if math.IsNaN(mag) || mag > a.dark+1 || mag < a.bright-1 {
			pen = "M"
			continue
		}
		fmt.Fprintf(b, "%s%.1f %.1f", pen, x, a.y(mag))
		pen = "L"
	}
	b.WriteString(`"/>`)
}

func (a axes) drawPoint(b *strings.Builder, p point) {
	x, y := a.x(p.jd), a.y(p.mag)
	when := fmt.Sprintf("MJD %.3f", p.jd-jdToMJD)
	if p.limit {
		fmt.Fprintf(b, `<path class="limit %s" d="M%.1f %.1fh%.1fl%.1f %.1fz"><title>%s &gt; %.2f, %s</title></path>`,
			p.band, x-limitSize, y-limitSize/2, 2*limitSize, -limitSize, 1.6*limitSize, p.band, p.mag, when)
		return
	}
	class := "seen"
	if p.negative {
		class = "seen negative"
	}
	fmt.Fprintf(b, `<g class="%s %s"><path d="M%.1f %.1fV%.1f"/><circle cx="%.1f" cy="%.1f" r="%.1f"/><title>%s = %.2f ± %.2f, %s</title></g>`,
		class, p.band, x, a.y(p.mag-p.err), a.y(p.mag+p.err), x, y, detectionDot, p.band, p.mag, p.err, when)
}
