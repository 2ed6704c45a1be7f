package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
	"github.com/penstock/penstock/pl/tune"
)

func TestReport(t *testing.T) {
	r := result{
		Counts:  Counts{Files: 2000, Lines: 30, Comments: 4, Names: map[string]int{"err": 1234567, "x": 1}},
		job:     job{root: "src"},
		skips:   &skips{n: 3, first: errors.New("bad.go:1:1: expected 'package'\nand more")},
		stopped: errors.New("interrupt"),
		verdict: tune.Diagnose(tune.Observation{
			Wall: 2 * time.Second,
			Stages: []pl.StageStats{
				{Name: "walk", Out: 2003},
				{Name: "parse", Backend: "thread", Workers: 2, MaxSize: 128, In: 2003, Out: 2000, Dropped: 3, Time: 3 * time.Second},
			},
			Waiting: []float64{0, 100.4},
		}),
	}
	var b bytes.Buffer
	require.NoError(t, r.print(&b))
	for _, line := range []string{
		"Stopped early (interrupt): these are the counts so far.",
		"src: 2,000 files in 2s, 1,000 per second",
		"  1,234,568 identifiers",
		"          2 different ones",
		"Skipped 3 that cannot be read or are not valid Go, such as",
		"  bad.go:1:1: expected 'package'",
		"The 2 most frequent identifiers",
		"  1,234,567 err",
		"  stage  backend  workers     in    out  dropped  busy  waiting  max size  time  per item",
		"  walk         -        -      -  2,003        -     -        -         -     -         -",
		"  parse   thread        2  2,003  2,000        3   1.5      100       128    3s   1.498ms",
		"The bottleneck was parse: its 2 workers were busy 75% of the time, and the queue in front was 78% full. One more worker there would bring about 50%.",
	} {
		require.Contains(t, strings.Split(b.String(), "\n"), line)
	}
	require.NotContains(t, b.String(), "and more")

	b.Reset()
	nothing := result{skips: new(skips), verdict: tune.Verdict{Wall: time.Millisecond}}
	require.NoError(t, nothing.print(&b))
	require.Contains(t, b.String(), "There was nothing to count.")
	require.NotContains(t, b.String(), "frequent")
}

func TestCommas(t *testing.T) {
	for n, text := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567"} {
		require.Equal(t, text, commas(n))
	}
	require.Equal(t, "1,000", commas(999.6))
}

func TestGaugeShowsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := pl.Lift(func(x int) int { time.Sleep(time.Second / 4); return x })
		stage := thread.Map(slow, pl.MaxSize(2))(pl.Range(8))
		var b bytes.Buffer
		var m pl.Monitor
		g := newGauge(&m, &terminal{w: &b})
		require.NoError(t, stage.Run(t.Context(), pl.Watch(&m)))
		g.stop()

		lines := strings.Split(b.String(), "\r")
		require.Contains(t, strings.TrimSpace(lines[len(lines)-3]), "8 files found, 8 done, 4 per second")
		require.Empty(t, strings.TrimSpace(lines[len(lines)-2]+lines[len(lines)-1])) // erased
	})
}

func TestGaugeWithoutATerminalOrTime(t *testing.T) {
	var m pl.Monitor
	g := newGauge(&m, nil)
	require.NoError(t, pl.Range(3).Run(t.Context(), pl.Watch(&m)))
	g.look(m.Stages())
	g.stop()

	newGauge(new(pl.Monitor), nil).stop()
}
