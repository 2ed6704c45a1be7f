package page_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/bench/measure"
	"github.com/penstock/penstock/bench/page"
	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/pl/tune"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// example has one of everything.
func example() *report.Report {
	var results []tune.Result
	add := func(backend string, workers int, rate float64) {
		x := tune.Result{
			Setting: tune.Setting{Backend: backend, Workers: workers, MaxSize: 512}, CPU: 11e-6, InFunc: 10 * time.Microsecond,
			Rate: tune.Spread{Median: rate, Min: 0.9 * rate, Max: 1.1 * rate}, Rates: []float64{rate, rate},
			Speedup: tune.Spread{Median: rate / 1e5, Min: rate / 1.1e5, Max: rate / 0.9e5},
		}
		for i := range 101 {
			x.Latency.Quantiles = append(x.Latency.Quantiles, time.Duration(10_000+i*i))
		}
		results = append(results, x)
	}
	add("sync", 1, 1e5)
	for i, w := range []int{1, 2, 4} {
		add("thread", w, []float64{1e5, 1.95e5, 1.9e5}[i])
		add("task", w, []float64{0.9e5, 1.8e5, 1.85e5}[i])
		add("process", w, []float64{0.7e5, 1.3e5, 1.2e5}[i])
	}
	sweep := tune.Report{Func: "cpu10", Samples: 1000, Processors: 2, Rounds: 2, Results: results, Others: 1}
	sweep.Best = tune.Recommend(results, 2)
	sweep.Fits = []tune.Fit{{Backend: "thread", MaxSize: 512, Points: 2, Contention: 0.026}}
	row := func(name, kind string, ns float64) report.Row {
		return report.Row{Name: name, Kind: kind, Ratio: ns / 180, Time: measure.Summary{Median: ns, Min: 0.9 * ns, Max: 1.2 * ns}}
	}
	return &report.Report{
		Command: "plbench <all>", Machine: report.Machine{CPU: "a processor", Cores: 2, Time: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)},
		Versions: []report.Version{{Module: "github.com/destel/rill", Version: "v0.8.1"}},
		Sweeps:   []report.Sweep{{Workload: "cpu10", Title: "1 stage, 10µs of CPU", Report: sweep}},
		Pipelines: []report.Pipeline{{
			Title: "three stages", Items: 4000, Rounds: 3, Verdict: "The bottleneck was compute.", Bottleneck: "compute",
			Stages:   []report.Load{{Name: "source"}, {Name: "compute", Backend: "thread", Workers: 1, Busy: 0.97, Fill: 0.9}},
			Estimate: measure.Summary{Median: 1.6, Min: 1.6, Max: 1.6}, Measured: measure.Summary{Median: 1.58, Min: 1.5, Max: 1.6},
		}},
		Tables: []report.Table{{Workload: "trivial", Title: "1 stage, x+1", Items: 200_000, Workers: 2, Rounds: 7, Reference: "rill", Rows: []report.Row{
			row("plain loop", "baseline", 1), row("penstock thread", "penstock", 22), row("rill", "concurrent", 180), row("go-streams", "concurrent", 600),
		}}},
		Hops:   []report.Hop{{Load: "int", Title: "int, x+1", Workers: 1, Rows: []report.HopRow{{Name: "gob", Time: measure.Summary{Median: 20_000}}}}},
		Starts: []report.Start{{Name: "gob", Workers: 1, Time: measure.Summary{Median: 7.5}}},
		Targets: []report.Target{
			{Name: "trivial", Against: "rill", Unit: "ns/item", Ours: 22, Theirs: 180, Ratio: measure.Summary{Median: 0.122}, Most: 0.15, Met: true},
			{Name: "three", Against: "rill", Unit: "ns/item", Ours: 99, Theirs: 180, Ratio: measure.Summary{Median: 0.55}, Most: 0.15},
		},
		Notes: []string{"a note"},
	}
}

func write(t *testing.T, r *report.Report) string {
	var b bytes.Buffer
	require.NoError(t, page.Write(&b, r))
	return b.String()
}

func TestThePageHasEverything(t *testing.T) {
	text := write(t, example())
	for _, part := range []string{
		"plbench &lt;all&gt;", "a processor", "24 November 2026", "destel/rill v0.8.1", "a note",
		"Use <strong>thread with 2 workers</strong>", "CPU-bound", "Amdahl", "Throughput", "Speed-up", "ideal with 2 processors", "Latency of an item",
		"Processor time of an item", "items per second", "recommended", "other programs used 1.0 of the 2 processors",
		"The bottleneck was compute.", "measured <strong>1.58 times</strong>", "200,000 items, 2 workers", "22ns (0.122×)", "go-streams",
		"to another process and back", "7.5", `<td class="w met">met</td>`, `<td class="w missed">missed</td>`,
	} {
		require.Contains(t, text, part)
	}
	require.Equal(t, 1, strings.Count(text, `class="best"><td`), "one setting is recommended")
}

func TestThePageNeedsNothingFromElsewhere(t *testing.T) {
	text := write(t, example())
	for _, part := range []string{"http:", "https:", "<script", "<link", "<img", "@import", "url("} {
		require.NotContains(t, text, part)
	}
}

func TestChartsAreWellFormedAndStayInTheirFrame(t *testing.T) {
	text := write(t, example())
	d := xml.NewDecoder(strings.NewReader("<all>" + strings.Join(svgs(text), "") + "</all>"))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			require.NotContains(t, a.Value, "NaN")
			require.NotContains(t, a.Value, "Inf")
			var v float64
			if strings.HasPrefix(a.Name.Local, "c") || strings.HasPrefix(a.Name.Local, "x") || strings.HasPrefix(a.Name.Local, "y") {
				if _, err := fmt.Sscan(a.Value, &v); err == nil {
					require.GreaterOrEqual(t, v, 0.0, "%v", start)
					require.LessOrEqual(t, v, 1060.0, "%v", start)
				}
			}
		}
	}
}

func svgs(text string) []string {
	var all []string
	for {
		_, rest, ok := strings.Cut(text, "<svg")
		if !ok {
			return all
		}
		inside, after, _ := strings.Cut(rest, "</svg>")
		all = append(all, "<svg"+inside+"</svg>")
		text = after
	}
}

// What is strange must not break a chart: no results but one, or all of them equal.
func TestFewAndStrangeNumbers(t *testing.T) {
	one := tune.Report{Processors: 2, Results: []tune.Result{{Setting: tune.Setting{Backend: "sync", Workers: 1, MaxSize: 1}, Rates: []float64{0}}}}
	r := &report.Report{
		Sweeps: []report.Sweep{{Workload: "x", Report: one}},
		Tables: []report.Table{{Workload: "empty"}, {Workload: "zero", Rows: []report.Row{{Name: "a"}, {Name: "b"}}}},
	}
	text := write(t, r)
	require.NotContains(t, text, "NaN")
	require.NotContains(t, write(t, &report.Report{}), "<section")
}

// A browser shows the charts: there are the colors of the bars, of both schemes.
func TestThePageInABrowser(t *testing.T) {
	browser := findBrowser(t)
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, []byte(write(t, example())), 0o600))
	for _, scheme := range []struct {
		flag         string
		ground, ours color.RGBA
	}{
		{"--blink-settings=preferredColorScheme=1", color.RGBA{0xfc, 0xfc, 0xfb, 0xff}, color.RGBA{0x1f, 0x6f, 0xd1, 0xff}},
		{"--blink-settings=preferredColorScheme=0", color.RGBA{0x14, 0x18, 0x1d, 0xff}, color.RGBA{0x5b, 0xa2, 0xf5, 0xff}},
	} {
		picture := screenshot(t, browser, scheme.flag, file)
		counts := map[color.RGBA]int{}
		b := picture.Bounds()
		for x := range b.Dx() {
			for y := range b.Dy() {
				counts[color.RGBAModel.Convert(picture.At(b.Min.X+x, b.Min.Y+y)).(color.RGBA)]++
			}
		}
		all := b.Dx() * b.Dy()
		require.Greater(t, counts[scheme.ground], all/2, "the ground")
		require.Less(t, counts[scheme.ground], all*99/100, "and something on it")
		require.Greater(t, counts[scheme.ours], 4000, "the bar of penstock")
	}
}

func findBrowser(t *testing.T) string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	t.Skip("there is no Chromium on the path to look at the page with")
	return ""
}

func screenshot(t *testing.T, browser, scheme, file string) image.Image {
	out := filepath.Join(t.TempDir(), "page.png")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
		"--user-data-dir="+t.TempDir(), "--window-size=1200,3000", scheme, "--screenshot="+out, "file://"+file)
	cmd.WaitDelay = 10 * time.Second
	log, err := cmd.CombinedOutput()
	require.NoError(t, err, string(log))
	f, err := os.Open(out)
	require.NoError(t, err)
	defer f.Close()
	picture, err := png.Decode(f)
	require.NoError(t, err)
	return picture
}
