package lightcurve

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
)

var summary = summarizer{SummaryConfig{RiseDays: 20, FadeDays: 30, ColorDays: 2}}

func TestSummary(t *testing.T) {
	body, code := run(t, summary,
		limit(start-9, 2, 20.1), limit(start-6, 2, 20.3), limit(start-6, 1, 20.2),
		detection(start, 2, 19, 0.1), detection(start+2, 2, 18.6, 0.1), detection(start+4, 2, 18.2, 0.1),
		detection(start+4.5, 1, 18.0, 0.1), detection(start+14, 2, 18.7, 0.1), detection(start+24, 2, 19.2, 0.1),
		limit(start+40, 2, 20), negative(start+50, 2, 19, 0.1),
	)
	require.Equal(t, ampel.OK, code)
	for path, want := range map[string]float64{
		"detections": 7, "limits": 4, "negative": 1, "first": start, "last": start + 50, "duration": 50,
		"ra": 150, "dec": 2, "scatter": 0,
		"color.value": -0.2, "color.error": 0.1414, "color.days": 0.25,
		"bands.r.detections": 6, "bands.r.limits": 3, "bands.r.peak.jd": start + 4, "bands.r.peak.mag": 18.2, "bands.r.peak.error": 0.1,
		"bands.r.last_limit.jd": start - 6, "bands.r.last_limit.mag": 20.3,
		"bands.r.rise.rate": 0.2, "bands.r.rise.points": 3, "bands.r.fade.rate": 0.05, "bands.r.fade.points": 3,
		"bands.g.detections": 1, "bands.g.peak.mag": 18,
	} {
		require.InDelta(t, want, number(t, body, path), 1e-3, path)
	}
	require.False(t, body.Has("bands.g.rise"), "one point has no slope")
	require.Positive(t, number(t, body, "bands.r.rise.error"))
}

func TestPlaceAcrossZero(t *testing.T) {
	a, b := point{ra: 359.9999, dec: 10}, point{ra: 0.0001, dec: 10}
	ra, dec, scatter := place([]point{a, b})
	require.InDelta(t, 0, min(ra, 360-ra), 1e-9)
	require.InDelta(t, 10, dec, 1e-9)
	require.InDelta(t, 0.3545, scatter, 1e-3)
}

func TestSummaryOfLimits(t *testing.T) {
	body, code := run(t, summary, limit(start, 1, 20))
	require.Equal(t, CodeNoDetections, code)
	require.EqualValues(t, 1, number(t, body, "limits"))
}

func TestSummaryOfOneDetection(t *testing.T) {
	body, code := run(t, summary, detection(start, 1, 20, 0.1))
	require.Equal(t, ampel.OK, code)
	require.Zero(t, number(t, body, "duration"))
	require.False(t, body.Has("color"))
}
