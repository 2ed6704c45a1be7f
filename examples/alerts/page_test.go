package main

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sample is a candidate that has everything.
func sample(name string) *candidate {
	return &candidate{
		Name: name, RA: 150.1, Dec: -2.2, Detections: 3, Limits: 1, Days: 20, ReducedChi2: 1.1,
		Color: &measured{-0.1, 0.05}, Truth: "supernova",
		Bands: []bandFit{{
			Band: "r", Chi2: 3.3, DOF: 3, PeakJD: measured{2459010.2, 0.3}, PeakMag: measured{18.2, 0.02},
			Rise: measured{3, 0.2}, Fall: measured{25, 2}, scale: 700, t0: 2459004,
		}},
		points: []point{
			{jd: 2459000, mag: 20.2, band: "r", limit: true}, {jd: 2459004, mag: 19.1, err: 0.1, band: "r"},
			{jd: 2459010, mag: 18.2, err: 0.02, band: "g"}, {jd: 2459024, mag: 18.9, err: 0.05, band: "i", negative: true},
		},
	}
}

func written(t *testing.T, p *page) (file, html string) {
	file = filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, p.write(file))
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return file, string(data)
}

func TestPage(t *testing.T) {
	_, html := written(t, &page{Source: "A test", Candidates: []*candidate{sample("ZTF18a"), sample(`<script>"&`)}})
	n := elements(t, html)
	require.Equal(t, 2, n["article"])
	require.Equal(t, 2*3, n["g.seen"]-1, "and one in the legend")
	require.Equal(t, 2, n["path.limit"]-1)
	require.Equal(t, 2, n["path.fit"]-1)
	require.Zero(t, n["script"])
	for _, text := range []string{"18.20 ± 0.02", "59009.7 ± 0.3", "3.0 ± 0.2", "g−r −0.10 ± 0.05", "r &gt; 20.20", "3.3/3", "150.1000° −2.2000°"} {
		require.Contains(t, html, text)
	}
}

func TestPageWithoutCandidates(t *testing.T) {
	_, html := written(t, &page{Source: "A test"})
	require.Zero(t, elements(t, html)["article"])
	require.Contains(t, html, "No light curve")
}

// TestPictureStaysInItsFrame also for odd light curves.
func TestPictureStaysInItsFrame(t *testing.T) {
	odd := sample("x")
	odd.Bands[0].Rise.Value = math.NaN()
	single := &candidate{Name: "x", points: []point{{jd: 2459000, mag: 18, err: 0.1, band: "r"}}}
	for _, c := range []*candidate{sample("x"), odd, single, {Name: "x"}} {
		svg := string(plot(c))
		require.NotContains(t, svg, "NaN")
		require.NotContains(t, svg, "Inf")
		a := axesOf(c)
		for _, p := range c.points {
			require.GreaterOrEqual(t, a.x(p.jd), float64(plotLeft))
			require.LessOrEqual(t, a.x(p.jd), float64(plotLeft+plotInnerW))
			require.GreaterOrEqual(t, a.y(p.mag), float64(plotTop))
			require.LessOrEqual(t, a.y(p.mag), float64(plotTop+plotInnerH))
		}
	}
}

func TestTicks(t *testing.T) {
	require.Equal(t, []float64{18, 19, 20}, ticks(17.5, 20.2, 4))
	require.InDeltaSlice(t, []float64{-10, 0, 10, 20}, ticks(-14, 22, 5), 1e-9)
	for _, span := range []float64{0.01, 0.3, 7, 99, 1000} {
		n := len(ticks(3, 3+span, 8))
		require.GreaterOrEqual(t, n, 2)
		require.LessOrEqual(t, n, 9)
	}
}

// TestPageInBrowser opens the page in a browser, if there is one.
func TestPageInBrowser(t *testing.T) {
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skip("there is no Chromium on this machine; the other tests parse the page")
	}
	file, _ := written(t, &page{Source: "A test", Candidates: []*candidate{sample("ZTF18a"), sample("ZTF18b")}})
	// What the browser has laid out is put into the page, and comes back in its text.
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	probe := `<script>addEventListener("load", () => {
		const box = s => [...document.querySelectorAll(s)].map(e => e.getBoundingClientRect()).filter(r => r.width > 0 && r.height > 0).length;
		document.title = ["laid out", box("article"), box("svg.curve"), box("article .seen circle"), box("article path.fit"),
			document.documentElement.scrollWidth <= innerWidth].join(" ");
	})</script></body>`
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(data), "</body>", probe, 1)), 0o644))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for _, width := range []string{"1200,900", "600,900"} {
		command := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
			"--window-size="+width, "--dump-dom", "file://"+file)
		command.WaitDelay = 10 * time.Second
		out, err := command.Output()
		require.NoError(t, err)
		require.Contains(t, string(out), "<title>laid out 2 2 6 2 true</title>")
	}
}
