package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/pl/process"
)

func TestMain(m *testing.M) {
	process.Init()
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// runs runs the program and returns what it prints and its page.
func runs(t *testing.T, o options) (out, page string) {
	t.Helper()
	var b bytes.Buffer
	if o.backend == "" {
		o.backend = "thread"
	}
	if o.report == "" {
		o.report = filepath.Join(t.TempDir(), "report.html")
	}
	require.NoError(t, run(t.Context(), o, nil, &b, nil))
	html, err := os.ReadFile(o.report)
	require.NoError(t, err)
	return b.String(), string(html)
}

// elements counts the elements of a page, by name and by class, and fails if they do
// not match up.
func elements(t *testing.T, page string) map[string]int {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	n := map[string]int{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return n
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok {
			n[e.Name.Local]++
			for _, a := range e.Attr {
				if a.Name.Local == "class" {
					n[e.Name.Local+"."+strings.Fields(a.Value)[0]]++
				}
			}
		}
	}
}

func TestMostLikelySupernovaeAreSome(t *testing.T) {
	out, page := runs(t, options{n: 1000, seed: 5})
	t.Log(out)
	var right, shown, purity, seen, enough, found, completeness int
	text := regexp.MustCompile(`(?m)^\d+ of these .*$`).FindString(out)
	_, err := fmt.Sscanf(text, "%d of these %d are simulated supernovae (purity %d%%). Of %d supernovae with %d alerts or more, before and after their peak, %d are here (completeness %d%%).",
		&right, &shown, &purity, &seen, &enough, &found, &completeness)
	require.NoError(t, err, text)
	require.GreaterOrEqual(t, seen, 8)
	require.GreaterOrEqual(t, purity, 90)
	require.GreaterOrEqual(t, completeness, 70)

	n := elements(t, page)
	require.Equal(t, shown, n["article"])
	require.Equal(t, shown, n["svg.curve"])
	require.GreaterOrEqual(t, n["path.fit"], shown, "one fit at least in each picture, and that of the legend")
	require.GreaterOrEqual(t, n["g.seen"], shown*minDetections)
	require.Positive(t, n["path.limit"])
	require.NotContains(t, page, "http", "it needs nothing from elsewhere")
	require.NotContains(t, page, "NaN")
	require.Contains(t, page, "A simulated survey of 120 nights, seed 5.")
}

// TestGoesOn: with a database that is there already, nothing is done twice.
func TestGoesOn(t *testing.T) {
	o := options{n: 200, seed: 2, db: t.TempDir()}
	_, first := runs(t, o)
	out, second := runs(t, o)
	require.Equal(t, elements(t, first), elements(t, second))
	require.Contains(t, out, " 0 stored: ")
}

func TestProcessBackend(t *testing.T) {
	_, threads := runs(t, options{n: 200, seed: 3})
	_, processes := runs(t, options{n: 200, seed: 3, backend: "process"})
	require.Equal(t, threads, processes)
}

// TestPacketsAreWrittenAndRead: the simulated packets in an archive give what the
// simulation itself gives.
func TestPacketsAreWrittenAndRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "night.tar")
	var b bytes.Buffer
	require.NoError(t, run(t.Context(), options{n: 200, seed: 4, write: file}, nil, &b, nil))
	require.Contains(t, b.String(), "packets are in "+file)
	_, simulated := runs(t, options{n: 200, seed: 4})
	_, read := runs(t, options{alerts: file})
	names := func(page string) []string { return regexp.MustCompile(`<article id="\w+">`).FindAllString(page, -1) }
	require.NotEmpty(t, names(simulated))
	require.Equal(t, names(simulated), names(read))
	require.NotContains(t, read, "simulated supernova")
}

func TestRealPackets(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/ztf/*.avro")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("there are no real packets in ../shared/data/ztf")
	}
	dir := t.TempDir()
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f)), data, 0o644))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "0.avro"), []byte("Obj\x01"), 0o644))
	out, page := runs(t, options{alerts: dir})
	require.Contains(t, out, "T0  31 alerts, ")
	require.Contains(t, out, "1 packets are broken, such as\n          ztf: "+dir+"/0.avro: byte 4: ")
	require.Contains(t, page, "Alerts of ZTF from "+dir)
	require.NotContains(t, page, "simulated")
	require.Contains(t, page, "No light curve looks like that of a supernova.")
}

// canceler cancels when something is written.
type canceler struct {
	bytes.Buffer
	cancel func()
}

func (c *canceler) Write(p []byte) (int, error) {
	c.cancel()
	return c.Buffer.Write(p)
}

// TestStops: an interrupt between the tiers or before all of them ends the program,
// and the report stays what it was.
func TestStops(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report.html")
	o := options{n: 200, seed: 1, report: report, backend: "thread"}
	ctx, cancel := context.WithCancel(t.Context())
	out := &canceler{cancel: cancel}
	require.NoError(t, run(ctx, o, nil, out, nil))
	require.Contains(t, out.String(), "Stopped.")
	require.NoFileExists(t, report)
}

func TestBadCommandLine(t *testing.T) {
	for name, o := range map[string]options{
		"no alerts":        {n: 0, backend: "thread"},
		"no such folder":   {alerts: filepath.Join(t.TempDir(), "none"), backend: "thread"},
		"no such backend":  {n: 10, backend: "magic", report: filepath.Join(t.TempDir(), "x.html")},
		"nothing to write": {alerts: ".", write: "x.tar"},
		"nowhere":          {n: 100, backend: "thread", report: filepath.Join(t.TempDir(), "none", "x.html")},
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, run(t.Context(), o, nil, io.Discard, nil))
		})
	}
	require.ErrorContains(t, run(t.Context(), options{n: 1}, []string{"DIR"}, io.Discard, nil), "-alerts")
}
